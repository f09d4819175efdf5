"""What search engines read: robots.txt and the sitemap (sitemaps.org protocol 0.9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from xml.sax.saxutils import escape

from channels.base import File
from channels.manuscript import SiteInfo
from channels.site import paths

# The protocol's limit of one sitemap file; more places are split and listed in an index.
PLACES_PER_FILE = 50_000
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


def sitemaps(site: SiteInfo, stops: Sequence[Stop], per_file: int = PLACES_PER_FILE) -> Iterator[File]:
    """sitemap.xml with every place; beyond the limit it is an index of sitemap-1.xml, sitemap-2.xml, …"""
    if len(stops) <= per_file:
        yield _document(site, paths.SITEMAP, "urlset", "url", stops)
        return
    parts = []
    for number, start in enumerate(range(0, len(stops), per_file), 1):
        part = stops[start : start + per_file]
        parts.append(Stop(f"sitemap-{number}.xml", max(stop.changed for stop in part)))
        yield _document(site, parts[-1].place, "urlset", "url", part)
    yield _document(site, paths.SITEMAP, "sitemapindex", "sitemap", parts)


def _document(site: SiteInfo, path: str, root: str, element: str, stops: Sequence[Stop]) -> File:
    lines = [f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}">']
    for stop in stops:
        changed = stop.changed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        address = escape(paths.address(site, stop.place))
        lines.append(f"<{element}><loc>{address}</loc><lastmod>{changed}</lastmod></{element}>")
    lines.append(f"</{root}>\n")
    return File(path, "\n".join(lines).encode(), _XML)
