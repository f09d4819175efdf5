"""What feedgen doesn't write, as its own extension hooks: links of Atom entries whole, dates of RSS items, creators."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import Any, NamedTuple

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

DC = "http://purl.org/dc/elements/1.1/"


class Enclosure(NamedTuple):
    """A file that belongs to an entry; `length` is its size in bytes."""

    url: str
    length: str
    media_type: str


class Link(NamedTuple):
    """A link of an Atom entry."""

    href: str
    rel: str
    media_type: str
    length: str = ""


class RssFeedParts(BaseExtension):  # type: ignore[misc]  # feedgen ships no types
    """Declares the namespaces that items use."""

    def extend_ns(self) -> dict[str, str]:
        """Prefixes and namespaces of the root element."""
        return {"dc": DC}


class RssItemParts(BaseEntryExtension):  # type: ignore[misc]
    """`dc:creator` and `pubDate`. RSS's own author must be an e-mail address, and feedgen's date changes the whole
    process's locale for each item.
    """

    published: datetime
    creator: str

    def extend_rss(self, feed: Any) -> Any:
        """Append the elements to the item."""
        etree.SubElement(feed, f"{{{DC}}}creator").text = self.creator
        etree.SubElement(feed, "pubDate").text = format_datetime(self.published)
        return feed


class AtomFeedParts(BaseExtension):  # type: ignore[misc]
    """Nothing of its own: entries' parts need a feed's to be registered."""


class AtomEntryParts(BaseEntryExtension):  # type: ignore[misc]
    """Links with their relation, type and length, which feedgen drops: an enclosure without them is a second page."""

    links: tuple[Link, ...] = ()

    def extend_atom(self, feed: Any) -> Any:
        """Append the links to the entry."""
        for link in self.links:
            element = etree.SubElement(feed, "link", href=link.href, rel=link.rel, type=link.media_type)
            if link.length:
                element.set("length", link.length)
        return feed
