"""RSS 2.0 and Atom through feedgen, wrapped here once against its traps.

What feedgen loses or gets wrong is written by the extensions in `feed_parts`. No clock: every date comes from the
items, so the same items are the same bytes and a server's ETag holds.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from channels.items import Item
from channels.manuscript import SiteInfo
from channels.site import paths
from channels.site.characters import legal, one_line
from channels.site.feed_parts import AtomEntryParts, AtomFeedParts, Enclosure, Link, RssFeedParts, RssItemParts
from channels.site.icon import SIDE as ICON_SIDE

# What readers fetch each time; older items stay on the list pages.
ENTRIES = 50
# Readers refuse feeds over 5 MB. Entries beyond this much content, in bytes, carry their summary only.
FULL_CONTENT_BYTES = 3_000_000
# Minutes a reader may wait before it asks again.
TTL = 15


@dataclass(frozen=True)
class FeedInfo:
    """One feed in its two formats: `identity` names it for good ("feed", "feed:c:jiedu"), `place` is the list it
    belongs to, where `feed.xml` and `atom.xml` lie beside the page.
    """

    site: SiteInfo
    title: str
    description: str
    identity: str
    place: str

    def address(self, file: str) -> str:
        """The absolute address of the list (`""`) or of one of its feeds."""
        return paths.address(self.site, self.place + file)


def newest(items: Iterable[Item]) -> list[Item]:
    """The items in the one order of every list and feed: newest first, by identity where the times are equal."""
    return sorted(items, key=lambda item: (item.published, item.identity), reverse=True)


def rss(feed: FeedInfo, items: Iterable[Item]) -> bytes:
    """The RSS 2.0 document of the newest items."""
    entries = list(_entries(newest(items)[:ENTRIES]))
    made = _feed(feed, entries)
    # feedgen takes its RSS link from the last link given, so the page comes after the feed itself.
    made.link(href=feed.address(paths.RSS), rel="self", type="application/rss+xml")
    made.link(href=feed.address(""), rel="alternate")
    made.description(one_line(feed.description) or one_line(feed.title))
    made.ttl(TTL)
    # The validator wants the picture's title and link to be the channel's; feedgen fills them in itself.
    side = str(ICON_SIDE)
    made.image(paths.address(feed.site, paths.ICON), width=side, height=side)
    made.register_extension("parts", RssFeedParts, RssItemParts, atom=False, rss=True)
    for entry in entries:
        _rss_item(made.add_entry(order="append"), feed.site, entry)
    data: bytes = made.rss_str()
    return data


def atom(feed: FeedInfo, items: Iterable[Item]) -> bytes:
    """The Atom document (RFC 4287) of the newest items."""
    entries = list(_entries(newest(items)[:ENTRIES]))
    made = _feed(feed, entries)
    made.link(href=feed.address(paths.ATOM), rel="self", type="application/atom+xml")
    made.link(href=feed.address(""), rel="alternate", type="text/html")
    made.subtitle(one_line(feed.description) or None)
    made.author({"name": _author(feed.site, "")})
    made.icon(paths.address(feed.site, paths.ICON))
    made.register_extension("parts", AtomFeedParts, AtomEntryParts, atom=True, rss=False)
    for entry in entries:
        _atom_entry(made.add_entry(order="append"), feed.site, entry)
    data: bytes = made.atom_str()
    return data


def entry_document(site: SiteInfo, item: Item) -> bytes:
    """One item as an Atom entry document."""
    entry = FeedEntry()
    entry.register_extension("parts", AtomEntryParts, atom=True, rss=False)
    _atom_entry(entry, site, next(_entries([item])))
    element = entry.atom_entry()
    element.set("xmlns", "http://www.w3.org/2005/Atom")
    element.set("{http://www.w3.org/XML/1998/namespace}lang", site.language)
    data: bytes = etree.tostring(element, encoding="UTF-8", xml_declaration=True)
    return data


@dataclass(frozen=True)
class _Entry:
    item: Item
    updated: datetime
    content: str


def _entries(items: Sequence[Item]) -> Iterator[_Entry]:
    """Each item with a time of its own and the content that fits.

    Entries of one batch share their second; Atom readers tell versions by `updated`, so equal ones are set a
    microsecond apart, the oldest first.
    """
    taken: set[datetime] = set()
    updates: dict[str, datetime] = {}
    for item in reversed(items):
        moment = item.updated
        while moment in taken:
            moment += timedelta(microseconds=1)
        taken.add(moment)
        updates[item.identity] = moment
    room = FULL_CONTENT_BYTES
    for item in items:
        content = legal(item.html)
        room -= len(content.encode())
        if room < 0 or not content.strip():
            content = f"<p>{html.escape(legal(item.summary or item.title), quote=False)}</p>"
        yield _Entry(item, updates[item.identity], content)


def _feed(feed: FeedInfo, entries: Sequence[_Entry]) -> FeedGenerator:
    made = FeedGenerator()
    made.id(paths.tag_uri(feed.site, feed.identity))
    made.title(_untagged(feed.title) or feed.site.domain)
    made.language(feed.site.language)
    made.generator("Yigao")
    # Left unset, feedgen writes the time of the call.
    made.updated(max((entry.updated for entry in entries), default=paths.instant_before_all(feed.site)))
    return made


def _rss_item(made: FeedEntry, site: SiteInfo, entry: _Entry) -> None:
    item = entry.item
    made.guid(paths.tag_uri(site, item.identity), permalink=False)
    made.title(_untagged(_title(item)))
    made.link(href=paths.address(site, item.place))
    made.description(html.escape(legal(item.summary or item.title), quote=False))
    made.content(entry.content, type="html")
    # A domain attribute would break a widely used reader library, so categories are words alone.
    for term in _words(item.column, item.form.label, *item.keywords):
        made.category(term=term)
    if (enclosure := _enclosure(site, item)) is not None:
        made.enclosure(enclosure.url, enclosure.length, enclosure.media_type)
    made.parts.published = item.published
    made.parts.creator = _author(site, item.author)


def _atom_entry(made: FeedEntry, site: SiteInfo, entry: _Entry) -> None:
    item = entry.item
    made.id(paths.tag_uri(site, item.identity))
    made.title(_title(item))
    made.author({"name": _author(site, item.author)})
    made.published(item.published)
    made.updated(entry.updated)
    if item.summary:
        made.summary(legal(item.summary))
    made.content(entry.content, type="html")
    made.category(term=item.form.value, scheme=paths.address(site, "f/"), label=item.form.label)
    if item.column:
        made.category(term=one_line(item.column), scheme=paths.address(site, "c/"))
    for term in _words(*item.keywords):
        made.category(term=term)
    made.parts.links = tuple(_links(site, item))


def _links(site: SiteInfo, item: Item) -> Iterator[Link]:
    yield Link(paths.address(site, item.place), "alternate", "text/html")
    if (enclosure := _enclosure(site, item)) is not None:
        yield Link(enclosure.url, "enclosure", enclosure.media_type, enclosure.length)
    if item.calendar:
        yield Link(paths.address(site, item.calendar), "related", "text/calendar")


def _enclosure(site: SiteInfo, item: Item) -> Enclosure | None:
    if item.image is None or item.image.size <= 0:
        return None
    return Enclosure(paths.address(site, item.image.path), str(item.image.size), item.image.media_type)


def _words(*texts: str) -> list[str]:
    """The texts on a line each, without empty and repeated ones."""
    return [word for word in dict.fromkeys(map(one_line, texts)) if word]


def _title(item: Item) -> str:
    """The title; for a piece without one its summary or its name, because feedgen refuses the whole feed otherwise."""
    return one_line(item.title) or one_line(item.summary) or item.identity


def _author(site: SiteInfo, author: str) -> str:
    return one_line(author) or one_line(site.name) or site.domain


def _untagged(title: str) -> str:
    """A title for RSS, where readers differ on whether `<` begins markup: full-width signs can't be taken for it."""
    return one_line(title).replace("<", "＜").replace(">", "＞")
