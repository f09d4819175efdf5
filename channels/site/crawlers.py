"""What search engines read: robots.txt and the sitemap (sitemaps.org protocol 0.9)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from channels.base import File
from channels.manuscript import SiteInfo
from channels.site import paths
from channels.site.characters import one_line

# The protocol allows 50,000 in a file. One that changes is written whole, so that fewer are better.
PLACES_PER_PART = 1_000
NEWS = "sitemap-news.xml"
NEWS_SPAN = timedelta(days=2)
# The extension allows 1,000.
MOST_NEWS = 200
_XML = "application/xml"
_NEWS_NAMESPACE = "http://www.google.com/schemas/sitemap-news/0.9"
# Nearly all places; nothing in them has to be encoded.
_PLAIN = re.compile(r"[A-Za-z0-9/._-]*")
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


class Stop(NamedTuple):
    """A place with a page, and when what it shows last changed."""

    place: str
    changed: datetime


def robots(site: SiteInfo) -> File:
    """robots.txt: everything may be read, and here are the maps."""
    maps = "".join(f"Sitemap: {paths.address(site, path)}\n" for path in (paths.SITEMAP, NEWS))
    # An answer to a question is no page of the site.
    text = f"User-agent: *\nAllow: /\nDisallow: /search/?\n{maps}"
    return File(paths.ROBOTS, text.encode(), "text/plain; charset=utf-8")


def sitemap(site: SiteInfo, part: str, stops: Sequence[Stop]) -> File:
    """One part of the map, `sitemap-i-0.xml`."""
    return _document(site, part_path(part), "urlset", "url", stops)


def sitemap_index(site: SiteInfo, parts: Sequence[tuple[str, datetime]]) -> File:
    """sitemap.xml: the parts, and when each last changed."""
    stops = [Stop(part_path(part), changed) for part, changed in parts]
    return _document(site, paths.SITEMAP, "sitemapindex", "sitemap", stops)


def news(site: SiteInfo, entries: Sequence[Mapping[str, Any]]) -> File:
    """sitemap-news.xml (the protocol's extension for news, 0.9): what came out in the two days up to the newest piece.
    Reckoned from that and not from today, so that the file is the same until something is published.
    """
    newest = max((datetime.fromisoformat(entry["machine"]) for entry in entries), default=None)
    lines = [f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{_NAMESPACE}" xmlns:news="{_NEWS_NAMESPACE}">']
    for entry in entries:
        if newest is not None and newest - datetime.fromisoformat(entry["machine"]) <= NEWS_SPAN:
            lines.append(_news(site, entry))
    lines.append("</urlset>\n")
    return File(NEWS, "\n".join(lines).encode(), _XML)


def _news(site: SiteInfo, entry: Mapping[str, Any]) -> str:
    facts = (
        f"<news:publication><news:name>{escape(one_line(site.name) or site.domain)}</news:name>"
        f"<news:language>{_news_language(site.language)}</news:language></news:publication>"
        f"<news:publication_date>{entry['machine']}</news:publication_date>"
        f"<news:title>{escape(entry['title'])}</news:title>"
    )
    return f"<url><loc>{escape(paths.address(site, entry['place']))}</loc><news:news>{facts}</news:news></url>"


def _news_language(language: str) -> str:
    """Two letters, but for Chinese, which is written in two ways."""
    known = {"zh-cn": "zh-cn", "zh": "zh-cn", "zh-hans": "zh-cn", "zh-tw": "zh-tw", "zh-hant": "zh-tw"}
    return known.get(language.lower(), language[:2].lower())


def part_path(part: str) -> str:
    """The file of a part of the map."""
    return f"sitemap-{part}.xml"


def part_of(kind: str, number: int | None) -> str:
    """The part that the `number`th thing of a kind belongs to, for good: so that something new touches one part."""
    return kind if number is None else f"{kind}-{number // PLACES_PER_PART}"


def _document(site: SiteInfo, path: str, root: str, element: str, stops: Sequence[Stop]) -> File:
    lines = [f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}">']
    base = escape(paths.address(site, ""))
    for stop in stops:
        changed = stop.changed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        address = base + stop.place if _PLAIN.fullmatch(stop.place) else escape(paths.address(site, stop.place))
        lines.append(f"<{element}><loc>{address}</loc><lastmod>{changed}</lastmod></{element}>")
    lines.append(f"</{root}>\n")
    return File(path, "\n".join(lines).encode(), _XML)
