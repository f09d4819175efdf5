"""A piece's entry in every variant of a feed, made once, by feedgen where it knows the format.

What feedgen loses or gets wrong is written by the extensions in `feed_parts`.
"""

from __future__ import annotations

import html
import json
import re
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from channels.items import Item
from channels.manuscript import SiteInfo
from channels.site import paths
from channels.site.characters import seen, untagged
from channels.site.feed_parts import (
    AtomEntryParts,
    AtomFeedParts,
    Enclosure,
    Link,
    Picture,
    RssFeedParts,
    RssItemParts,
)
from channels.site.variants import ATOM, ATOM_SUMMARY, JSON, JSON_SUMMARY, RSS, RSS_SUMMARY

# A larger text stands on its page alone: its entry carries the summary.
LARGEST_CONTENT = 1_500_000
LONGEST_SUMMARY = 2_000
_IMAGE = re.compile(r"<img\b[^>]*>")
_ATTRIBUTE = re.compile(r'(src|alt|width|height)="([^"]*)"')
_MICROSECONDS = 1_000_000


class Fragment(NamedTuple):
    """The entry in one variant: bytes that stand in a feed as they are."""

    variant: str
    data: bytes


def fragments(site: SiteInfo, item: Item) -> tuple[Fragment, ...]:
    """The item's entry in every variant."""
    entry = _Told(site, item)
    return (
        Fragment(RSS.key, _rss(entry, brief=False)),
        Fragment(RSS_SUMMARY.key, _rss(entry, brief=True)),
        Fragment(ATOM.key, _atom(entry, brief=False)),
        Fragment(ATOM_SUMMARY.key, _atom(entry, brief=True)),
        Fragment(JSON.key, _json(entry, brief=False)),
        Fragment(JSON_SUMMARY.key, _json(entry, brief=True)),
    )


def entry_document(site: SiteInfo, item: Item) -> bytes:
    """One item as an Atom entry document."""
    entry = FeedEntry()
    entry.register_extension("parts", AtomEntryParts, atom=True, rss=False)
    _fill_atom(entry, _Told(site, item), brief=False)
    element = entry.atom_entry()
    element.set("xmlns", "http://www.w3.org/2005/Atom")
    element.set("{http://www.w3.org/XML/1998/namespace}lang", site.language)
    data: bytes = etree.tostring(element, encoding="UTF-8", xml_declaration=True)
    return data


def moment(item: Item) -> datetime:
    """When the entry last changed, as feeds tell it. Pieces of one batch share their second, but Atom readers tell
    versions by `updated`: so each piece has microseconds of its own, which come from its name.
    """
    digits = re.fullmatch(r"(i|live)(\d+)", item.identity)
    if digits is None:
        return item.updated + timedelta(microseconds=zlib.crc32(item.identity.encode()) % _MICROSECONDS)
    number = 2 * int(digits[2]) + (digits[1] == "live")
    return item.updated + timedelta(microseconds=number % _MICROSECONDS)


class _Told:
    """What every format says of the item, cleaned."""

    def __init__(self, site: SiteInfo, item: Item) -> None:
        self.site, self.item = site, item
        # feedgen refuses a whole feed for one piece without a title.
        self.title = untagged(item.title) or untagged(item.summary) or item.identity
        self.summary = seen(item.summary or item.title)[:LONGEST_SUMMARY]
        self.author = untagged(item.author) or untagged(site.name) or site.domain
        self.brief = f"<p>{html.escape(self.summary, quote=False)}</p>"
        self.content = seen(item.html)
        if not self.content.strip() or len(self.content.encode()) > LARGEST_CONTENT:
            self.content = self.brief
        self.address = paths.address(site, item.place)
        self.id = paths.tag_uri(site, item.identity)

    def text(self, *, brief: bool) -> str:
        return self.brief if brief else self.content

    def words(self, *texts: str) -> list[str]:
        """The texts on a line each, without empty and repeated ones."""
        return [word for word in dict.fromkeys(map(untagged, texts)) if word]

    def recording(self) -> Enclosure | None:
        recording = self.item.recording
        if recording is None:
            return None
        return Enclosure(paths.address(self.site, recording.address), str(recording.size), recording.media_type)

    def enclosure(self) -> Enclosure | None:
        """The one file that an RSS item may have: the recording of one that has it, else its picture."""
        if (recording := self.recording()) is not None:
            return recording
        image = self.item.image
        if image is None or image.size <= 0:
            return None
        return Enclosure(paths.address(self.site, image.path), str(image.size), image.media_type)

    def pictures(self) -> Iterator[Picture]:
        """The picture that stands for the piece, where the enclosure is another file, and those of the text."""
        if self.item.recording is not None and (image := self.item.image) is not None:
            yield Picture(paths.address(self.site, image.path), seen(image.alt))
        for tag in dict.fromkeys(_IMAGE.findall(self.content)):
            facts = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
            if address := facts.get("src"):
                yield Picture(address, facts.get("alt", ""), facts.get("width", ""), facts.get("height", ""))


def _rss(entry: _Told, *, brief: bool) -> bytes:
    made = FeedGenerator()
    made.title("-")
    made.link(href="-")
    made.description("-")
    made.register_extension("parts", RssFeedParts, RssItemParts, atom=False, rss=True)
    _fill_rss(made.add_entry(), entry, brief=brief)
    data: bytes = made.rss_str()
    return data[data.index(b"<item>") : data.rindex(b"</item>") + len(b"</item>")]


def _fill_rss(made: FeedEntry, entry: _Told, *, brief: bool) -> None:
    item = entry.item
    made.guid(entry.id, permalink=False)
    made.title(entry.title)
    made.link(href=entry.address)
    made.description(html.escape(entry.summary, quote=False))
    if not brief:
        made.content(entry.content, type="html")
    # A domain attribute would break a widely used reader library, so categories are words alone.
    for term in entry.words(item.column, item.form.label, *item.keywords):
        made.category(term=term)
    if (enclosure := entry.enclosure()) is not None:
        made.enclosure(enclosure.url, enclosure.length, enclosure.media_type)
    made.parts.published = item.published
    made.parts.creator = entry.author
    made.parts.pictures = () if brief else tuple(entry.pictures())


def _atom(entry: _Told, *, brief: bool) -> bytes:
    made = FeedGenerator()
    made.id("-")
    made.title("-")
    made.register_extension("parts", AtomFeedParts, AtomEntryParts, atom=True, rss=False)
    made.updated(entry.item.updated)
    _fill_atom(made.add_entry(), entry, brief=brief)
    data: bytes = made.atom_str()
    return data[data.index(b"<entry>") : data.rindex(b"</entry>") + len(b"</entry>")]


def _fill_atom(made: FeedEntry, entry: _Told, *, brief: bool) -> None:
    item, site = entry.item, entry.site
    made.id(entry.id)
    made.title(entry.title)
    made.author({"name": entry.author})
    made.published(item.published)
    made.updated(moment(item))
    if item.summary or brief:
        made.summary(html.escape(entry.summary, quote=False), type="html")
    if brief:
        # feedgen wants a content or a link of its own, of which it writes the address alone: that is an alternate.
        made.link(href=entry.address)
    else:
        made.content(entry.content, type="html")
    made.category(term=item.form.value, scheme=paths.address(site, "f/"), label=item.form.label)
    if item.column:
        made.category(term=untagged(item.column), scheme=paths.address(site, "c/"))
    for term in entry.words(*item.keywords):
        made.category(term=term)
    made.parts.links = tuple(link for link in _links(entry) if not brief or link.rel != "alternate")
    made.parts.pictures = () if brief else tuple(entry.pictures())


def _links(entry: _Told) -> Iterator[Link]:
    yield Link(entry.address, "alternate", "text/html")
    if (enclosure := entry.enclosure()) is not None:
        yield Link(enclosure.url, "enclosure", enclosure.media_type, enclosure.length)
    if entry.item.calendar:
        yield Link(paths.address(entry.site, entry.item.calendar), "related", "text/calendar")


def _json(entry: _Told, *, brief: bool) -> bytes:
    item = entry.item
    made: dict[str, Any] = {
        "id": entry.id,
        "url": entry.address,
        "title": entry.title,
        "summary": entry.summary,
        **({"content_text": entry.summary} if brief else {"content_html": entry.content}),
        "date_published": item.published.isoformat(),
        "date_modified": moment(item).isoformat(),
        "authors": [{"name": entry.author}],
        "tags": entry.words(item.column, item.form.label, *item.keywords),
        "language": entry.site.language,
    }
    if item.image is not None:
        made["image"] = paths.address(entry.site, item.image.path)
    if (recording := entry.recording()) is not None:
        size = {"size_in_bytes": int(recording.length)} if int(recording.length) else {}
        made["attachments"] = [{"url": recording.url, "mime_type": recording.media_type, **size}]
    return json.dumps(made, ensure_ascii=False).encode()
