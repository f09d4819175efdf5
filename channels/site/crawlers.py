"""What search engines read: robots.txt and the sitemap (sitemaps.org protocol 0.9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from xml.sax.saxutils import escape

from channels.base import File
from channels.manuscript import SiteInfo
from channels.site import paths

# The protocol allows 50,000 in a file. One that changes is written whole, so that fewer are better.
PLACES_PER_PART = 1_000
_XML = "application/xml"
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


class Stop(NamedTuple):
    """A place with a page, and when what it shows last changed."""

    place: str
    changed: datetime


def robots(site: SiteInfo) -> File:
    """robots.txt: everything may be read, and here is the map."""
    text = f"User-agent: *\nAllow: /\nSitemap: {paths.address(site, paths.SITEMAP)}\n"
    return File(paths.ROBOTS, text.encode(), "text/plain; charset=utf-8")


def sitemap(site: SiteInfo, part: str, stops: Sequence[Stop]) -> File:
    """One part of the map, `sitemap-i-0.xml`."""
    return _document(site, part_path(part), "urlset", "url", stops)


def sitemap_index(site: SiteInfo, parts: Sequence[tuple[str, datetime]]) -> File:
    """sitemap.xml: the parts, and when each last changed."""
    stops = [Stop(part_path(part), changed) for part, changed in parts]
    return _document(site, paths.SITEMAP, "sitemapindex", "sitemap", stops)


def part_path(part: str) -> str:
    """The file of a part of the map."""
    return f"sitemap-{part}.xml"


def part_of(kind: str, number: int | None) -> str:
    """The part that the `number`th thing of a kind belongs to, for good: so that something new touches one part."""
    return kind if number is None else f"{kind}-{number // PLACES_PER_PART}"


def _document(site: SiteInfo, path: str, root: str, element: str, stops: Sequence[Stop]) -> File:
    lines = [f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}">']
    for stop in stops:
        changed = stop.changed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        address = escape(paths.address(site, stop.place))
        lines.append(f"<{element}><loc>{address}</loc><lastmod>{changed}</lastmod></{element}>")
    lines.append(f"</{root}>\n")
    return File(path, "\n".join(lines).encode(), _XML)
