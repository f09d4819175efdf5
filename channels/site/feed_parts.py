"""What feedgen doesn't write, as its own extension hooks: links of Atom entries whole, dates of RSS items, creators."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from typing import Any, NamedTuple

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
ATOM = "http://www.w3.org/2005/Atom"
HISTORY = "http://purl.org/syndication/history/1.0"


class Enclosure(NamedTuple):
    """A file that belongs to an entry; `length` is its size in bytes."""

    url: str
    length: str
    media_type: str


class Picture(NamedTuple):
    """A picture of an entry's text; width and height in pixels, empty when not known."""

    url: str
    alt: str
    width: str = ""
    height: str = ""


class Link(NamedTuple):
    """A link of an Atom entry."""

    href: str
    rel: str
    media_type: str
    length: str = ""


class RssFeedParts(BaseExtension):  # type: ignore[misc]  # feedgen ships no types
    """Declares the namespaces that items use, and writes the links that feedgen leaves out of RSS."""

    links: tuple[Link, ...] = ()

    def extend_ns(self) -> dict[str, str]:
        """Prefixes and namespaces of the root element."""
        return {"dc": DC, "media": MEDIA}

    def extend_rss(self, feed: Any) -> Any:
        """Append the elements to the channel."""
        for link in self.links:
            _append_link(feed[0], link, f"{{{ATOM}}}link")
        return feed


class RssItemParts(BaseEntryExtension):  # type: ignore[misc]
    """`dc:creator` and `pubDate`. RSS's own author must be an e-mail address, and feedgen's date changes the whole
    process's locale for each item.
    """

    published: datetime
    creator: str
    pictures: tuple[Picture, ...] = ()

    def extend_rss(self, feed: Any) -> Any:
        """Append the elements to the item."""
        etree.SubElement(feed, f"{{{DC}}}creator").text = self.creator
        etree.SubElement(feed, "pubDate").text = format_datetime(self.published)
        _append(feed, self.pictures)
        return feed


class AtomFeedParts(BaseExtension):  # type: ignore[misc]
    """Declares the namespaces that are used, and writes what a page of the feed's history has (RFC 5005)."""

    links: tuple[Link, ...] = ()
    archive: bool = False

    def extend_ns(self) -> dict[str, str]:
        """Prefixes and namespaces of the root element."""
        return {"media": MEDIA, **({"fh": HISTORY} if self.archive else {})}

    def extend_atom(self, feed: Any) -> Any:
        """Append the elements to the feed."""
        for link in self.links:
            _append_link(feed, link, "link")
        if self.archive:
            etree.SubElement(feed, f"{{{HISTORY}}}archive")
        return feed


class AtomEntryParts(BaseEntryExtension):  # type: ignore[misc]
    """Links with their relation, type and length, which feedgen drops: an enclosure without them is a second page."""

    links: tuple[Link, ...] = ()
    pictures: tuple[Picture, ...] = ()

    def extend_atom(self, feed: Any) -> Any:
        """Append the links to the entry."""
        for link in self.links:
            element = etree.SubElement(feed, "link", href=link.href, rel=link.rel, type=link.media_type)
            if link.length:
                element.set("length", link.length)
        _append(feed, self.pictures)
        return feed


def _append_link(element: Any, link: Link, name: str) -> None:
    facts = {"href": link.href, "rel": link.rel, "type": link.media_type}
    etree.SubElement(element, name, {key: value for key, value in facts.items() if value})


def _append(entry: Any, pictures: Iterable[Picture]) -> None:
    """Each picture of the text as `media:content` too: many programs look for pictures there alone."""
    for picture in pictures:
        facts = {"url": picture.url, "medium": "image", "width": picture.width, "height": picture.height}
        element = etree.SubElement(entry, f"{{{MEDIA}}}content", {k: v for k, v in facts.items() if v})
        if picture.alt:
            described = etree.SubElement(element, f"{{{MEDIA}}}description", type="plain")
            described.text = picture.alt
