"""The site's feed once more for harvesters: an Atom document in which a withdrawn piece is a tombstone (RFC 6721).

Whoever keeps copies learns from it what to delete. Readers' programs are not shown the way there: few know tombstones,
and the W3C validator warns of each; the feeds they take hold a notice in the piece's place instead.
"""

from __future__ import annotations

from dataclasses import replace
from xml.sax.saxutils import escape, quoteattr

from channels.items import Item
from channels.manuscript import SiteInfo
from channels.site import paths
from channels.site.characters import one_line
from channels.site.feed_info import FeedInfo
from channels.site.times import machine
from channels.site.variants import ATOM, Variant

# Its entries are those of the Atom feed.
TOMBSTONES = Variant(ATOM.key, ATOM.brief, "atom-tombstones.xml", ATOM.media_type, "Atom")
NAMESPACE = "http://purl.org/atompub/tombstones/1.0"


def harvested(feed: FeedInfo) -> FeedInfo:
    """The feed under a name of its own: it says something else than the one that readers' programs take."""
    return replace(feed, identity=f"{feed.identity}:tombstones")


def tombstone(site: SiteInfo, item: Item) -> bytes:
    """What stands in the place of the withdrawn item's entry; nothing for one that isn't withdrawn."""
    if item.withdrawn is None:
        return b""
    told = item.withdrawn
    office = one_line(told.office) or one_line(item.author) or one_line(site.name) or site.domain
    ref, when = quoteattr(paths.tag_uri(site, item.identity)), quoteattr(machine(told.at, told.zone))
    comment = f"<at:comment>{escape(one_line(told.reason))}</at:comment>" if one_line(told.reason) else ""
    page = quoteattr(paths.address(site, item.place))
    return (
        f'<at:deleted-entry xmlns:at="{NAMESPACE}" ref={ref} when={when}><at:by><name>{escape(office)}</name></at:by>'
        f'{comment}<link rel="related" type="text/html" href={page}/></at:deleted-entry>'
    ).encode()
