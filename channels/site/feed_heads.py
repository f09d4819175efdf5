"""What stands before, between and behind a feed's entries: made by feedgen without any, and cut open."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from feedgen.feed import FeedGenerator

from channels.site import paths
from channels.site.characters import one_line, untagged
from channels.site.feed_info import FeedInfo
from channels.site.feed_parts import AtomEntryParts, AtomFeedParts, Link, RssFeedParts, RssItemParts
from channels.site.icon import SIDE as ICON_SIDE
from channels.site.variants import ATOM, JSON, RSS, Variant

# Minutes a reader may wait before it asks again.
TTL = 15


def frame(feed: FeedInfo, variant: Variant, updated: datetime) -> tuple[bytes, bytes, bytes]:
    """Head, what goes between two entries, and tail."""
    if variant.media_type == JSON.media_type:
        return _json(feed, variant)
    if variant.media_type == RSS.media_type:
        return _cut(_rss(feed, variant, updated), b"</channel>", _style(feed))
    return _cut(_atom(feed, variant, updated), b"</feed>", _style(feed))


def archive(feed: FeedInfo, number: int, updated: datetime) -> tuple[bytes, bytes, bytes]:
    """The same of a page of the feed's history (RFC 5005, 4). It does not name the next page, so that it stays as it is
    when there is one.
    """
    older = (Link(paths.address(feed.site, paths.archive(number - 1)), "prev-archive", ATOM.media_type),)
    links = (Link(feed.address(ATOM.file), "current", ATOM.media_type), *(older if number > 1 else ()))
    made = _atom_feed(feed, paths.archive(number), updated, links, archive=True)
    return _cut(made, b"</feed>", _style(feed))


def _cut(data: bytes, end: bytes, style: bytes) -> tuple[bytes, bytes, bytes]:
    declaration, _, rest = data.partition(b"\n")
    at = rest.rindex(end)
    return declaration + b"\n" + style + rest[:at] + b"\n", b"\n", b"\n" + rest[at:]


def _style(feed: FeedInfo) -> bytes:
    """A browser shows the feed as a readable page. XSLT is leaving browsers; CSS is not."""
    return f'<?xml-stylesheet href="{paths.root_of(feed.place)}{paths.FEED_STYLE}" type="text/css"?>\n'.encode()


def _feed(feed: FeedInfo, updated: datetime) -> FeedGenerator:
    made = FeedGenerator()
    made.id(paths.tag_uri(feed.site, feed.identity))
    made.title(_title(feed))
    made.language(feed.site.language)
    made.generator("Yigao")
    # Left unset, feedgen writes the time of the call.
    made.updated(updated)
    return made


def _title(feed: FeedInfo) -> str:
    return untagged(feed.title) or feed.site.domain


def _rss(feed: FeedInfo, variant: Variant, updated: datetime) -> bytes:
    made = _feed(feed, updated)
    # feedgen takes its RSS link from the last link given, so the page comes after the feed itself.
    made.link(href=feed.address(variant.file), rel="self", type=variant.media_type)
    made.link(href=feed.address(""), rel="alternate")
    made.description(one_line(feed.description) or one_line(feed.title))
    made.ttl(TTL)
    # The validator wants the picture's title and link to be the channel's; feedgen fills them in itself.
    side = str(ICON_SIDE)
    made.image(paths.address(feed.site, paths.ICON), width=side, height=side)
    made.register_extension("parts", RssFeedParts, RssItemParts, atom=False, rss=True)
    made.parts.links = (*((Link(feed.hub, "hub", ""),) if feed.hub else ()), *_history(feed))
    data: bytes = made.rss_str()
    return data


def _atom(feed: FeedInfo, variant: Variant, updated: datetime) -> bytes:
    return _atom_feed(feed, variant.file, updated, _history(feed))


def _history(feed: FeedInfo) -> tuple[Link, ...]:
    """The link to what the feed no longer shows. RSS points to it too: readers that know such links know both."""
    address = paths.address(feed.site, feed.archive)
    return (Link(address, "prev-archive", ATOM.media_type),) if feed.archive else ()


def _atom_feed(
    feed: FeedInfo, file: str, updated: datetime, links: tuple[Link, ...], *, archive: bool = False
) -> bytes:
    made = _feed(feed, updated)
    made.link(href=feed.address(file), rel="self", type=ATOM.media_type)
    if feed.hub:
        made.link(href=feed.hub, rel="hub")
    made.link(href=feed.address(""), rel="alternate", type="text/html")
    made.subtitle(one_line(feed.description) or None)
    made.author({"name": one_line(feed.site.name) or feed.site.domain})
    made.icon(paths.address(feed.site, paths.ICON))
    made.register_extension("parts", AtomFeedParts, AtomEntryParts, atom=True, rss=False)
    made.parts.links, made.parts.archive = links, archive
    data: bytes = made.atom_str()
    return data


def _json(feed: FeedInfo, variant: Variant) -> tuple[bytes, bytes, bytes]:
    """JSON Feed 1.1, which has no date of its own."""
    facts: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(feed),
        "home_page_url": feed.address(""),
        "feed_url": feed.address(variant.file),
        "description": one_line(feed.description) or one_line(feed.title),
        "icon": paths.address(feed.site, paths.ICON),
        "authors": [{"name": one_line(feed.site.name) or feed.site.domain, "url": paths.uri(feed.site.base_url)}],
        "language": feed.site.language,
    }
    if feed.hub:
        facts["hubs"] = [{"type": "WebSub", "url": feed.hub}]
    head = json.dumps(facts, ensure_ascii=False)[:-1]
    return f'{head}, "items": [\n'.encode(), b",\n", b"\n]}\n"
