"""One list of all feeds (OPML 2.0), which readers' programs take in at once."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from channels.base import File
from channels.site import paths
from channels.site.shelves import BY_CODE, Directory, Shelf, feed_of


def opml(directory: Directory, shelves: Sequence[Shelf]) -> File:
    """The list, a group for each kind of shelf."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = directory.site_name
    body = etree.SubElement(root, "body")
    for code, kind in BY_CODE.items():
        mine = [feed_of(shelf, directory) for shelf in shelves if shelf.code == code]
        if not mine:
            continue
        group = etree.SubElement(body, "outline", text=kind.heading)
        for feed in mine:
            facts = {"text": feed.title, "title": feed.title, "type": "rss", "language": feed.site.language}
            etree.SubElement(
                group, "outline", facts, xmlUrl=feed.address(paths.RSS), htmlUrl=feed.address(""), version="RSS2"
            )
    data = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return File(paths.OPML, data, "text/x-opml")
