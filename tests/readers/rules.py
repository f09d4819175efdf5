"""What the W3C feed validator and readers' programs ask of a feed, as a list of complaints.

The validator itself is no package. Whoever has its source runs it over the same files, of `yigao up --sample`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import html5lib
from lxml import etree

MOST_BYTES = 5_000_000
ATOM = "http://www.w3.org/2005/Atom"
NAMES = {
    "atom": ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
}
# What the validator calls a risk wherever a reader's program shows it, and what none of ours needs.
FORBIDDEN = frozenset(
    {"script", "iframe", "object", "embed", "applet", "form", "input", "link", "meta", "base", "style"}
)
SCHEMES = frozenset({"http", "https", "mailto", "tel"})


def complaints(data: bytes, url: str, now: datetime) -> list[str]:
    """Everything wrong with the feed that is fetched from `url`; `now` is the latest that anything may be dated."""
    found = [f"{len(data)} bytes"] if len(data) > MOST_BYTES else []
    found += sorted({f"a damaged character: {c!r}" for c in re.findall("[\x80-\x9f\ufffd]", data.decode())})
    if url.endswith(".json"):
        return [*found, *_json(json.loads(data), url, now)]
    root = etree.fromstring(data)
    check = _rss if root.tag == "rss" else _atom
    return [*found, *check(root, url, now)]


def _rss(root: Any, url: str, now: datetime) -> Iterator[str]:
    channel = root.find("channel")
    base = {name: channel.findtext(name) for name in ("title", "link", "description")}
    yield from (f"no {name}" for name, text in base.items() if not (text or "").strip())
    if channel.findtext("language") != "zh-CN":
        yield f"language {channel.findtext('language')}"
    yield from _self(channel, url)
    for image in channel.findall("image"):
        if (image.findtext("title"), image.findtext("link")) != (base["title"], base["link"]):
            yield "the image's title or link is not the channel's"
    for path in ("//link", "//image/url", "//enclosure/@url", "//media:content/@url", "//atom:link/@href", "//docs"):
        yield from _addresses(root.xpath(path, namespaces=NAMES))
    yield from _plain(root.xpath("//title | //category | //dc:creator", namespaces=NAMES))
    yield from _repeated("guid", root.xpath("//item/guid/text()"))
    for item in root.iter("item"):
        yield from _rss_item(item, now)


def _rss_item(item: Any, now: datetime) -> Iterator[str]:
    guid = item.find("guid")
    if guid is None or guid.get("isPermaLink") != "false" or not re.match(r"tag:[\w.-]+,[\d-]+:\S+$", guid.text or ""):
        yield "a guid is no lasting name"
    if len(item.findall("enclosure")) > 1:
        yield "more than one enclosure"
    yield from (f"author {e.text}" for e in item.findall("author"))
    if len(item.findall("dc:creator", NAMES)) != 1:
        yield "not one creator"
    yield from ("a category with a domain" for e in item.findall("category") if e.get("domain"))
    yield from _enclosures(item.xpath("enclosure | media:content", namespaces=NAMES), "url")
    yield from _dated(item.findtext("pubDate"), parsedate_to_datetime, now)
    for html in item.xpath("description/text() | content:encoded/text()", namespaces=NAMES):
        yield from _content(html)


def _atom(root: Any, url: str, now: datetime) -> Iterator[str]:
    if not (root.findtext("atom:id", "", NAMES)).startswith("tag:"):
        yield "the feed's id is no lasting name"
    yield from _self(root, url)
    for what in ("atom:title", "atom:updated"):
        if not root.findtext(what, "", NAMES).strip():
            yield f"no {what}"
    yield from _plain(root.xpath("//atom:title | //atom:subtitle | //atom:name", namespaces=NAMES))
    yield from _plain(e for e in root.iter(f"{{{ATOM}}}summary") if e.get("type") != "html")
    entries = root.findall("atom:entry", NAMES)
    yield from _repeated("id", [e.findtext("atom:id", "", NAMES) for e in entries])
    yield from _repeated("updated", [e.findtext("atom:updated", "", NAMES) for e in entries])
    yield from _addresses(root.xpath("//atom:link/@href | //atom:icon | //atom:logo | //@scheme", namespaces=NAMES))
    for entry in entries:
        yield from _atom_entry(entry, now)


def _atom_entry(entry: Any, now: datetime) -> Iterator[str]:
    if not entry.findtext("atom:id", "", NAMES).startswith("tag:"):
        yield "an entry's id is no lasting name"
    if not entry.findtext("atom:author/atom:name", "", NAMES).strip():
        yield "an entry without an author"
    for name in ("published", "updated"):
        yield from _dated(entry.findtext(f"atom:{name}", None, NAMES), datetime.fromisoformat, now)
    links = [(e.get("rel", "alternate"), e.get("type"), e.get("hreflang")) for e in entry.findall("atom:link", NAMES)]
    yield from _repeated("alternate link", [str(link) for link in links if link[0] == "alternate"])
    if not any(link[0] == "alternate" for link in links):
        yield "an entry without a page"
    yield from _enclosures(entry.xpath("atom:link[@rel='enclosure'] | media:content", namespaces=NAMES), "href")
    content = entry.find("atom:content", NAMES)
    if content is not None and content.get("type") != "html":
        yield f"content of type {content.get('type')}"
    yield from _content("" if content is None else content.text or "")


def _json(feed: dict[str, Any], url: str, now: datetime) -> Iterator[str]:
    if feed.get("version") != "https://jsonfeed.org/version/1.1":
        yield f"version {feed.get('version')}"
    if feed.get("feed_url") != url:
        yield f"self is {feed.get('feed_url')}"
    yield from (f"no {name}" for name in ("title", "home_page_url", "items") if name not in feed)
    yield from _repeated("id", [item.get("id", "") for item in feed.get("items", ())])
    for item in feed.get("items", ()):
        if not str(item.get("id", "")).startswith("tag:"):
            yield "an id is no lasting name"
        yield from _addresses([item.get("url", ""), *(a["url"] for a in item.get("attachments", ()))])
        for name in ("date_published", "date_modified"):
            yield from _dated(item.get(name), datetime.fromisoformat, now)
        if not item.get("content_html") and not item.get("content_text"):
            yield "an item without content"
        yield from _content(item.get("content_html", ""))


def _plain(found: Iterable[Any]) -> Iterator[str]:
    """What a program might take for markup, where there is none."""
    for each in found:
        if re.search(r"[<>]|&#?\w", each.text or ""):
            yield f"markup in {each.tag}: {each.text}"


def _self(head: Any, url: str) -> Iterator[str]:
    told = [link.get("href") for link in head.findall("atom:link", NAMES) if link.get("rel") == "self"]
    if told != [url]:
        yield f"self is {told}"


def _addresses(found: Iterable[Any]) -> Iterator[str]:
    """URIs, not IRIs, and whole ones."""
    for each in found:
        text = each if isinstance(each, str) else each.text
        if text is not None and (not text.isascii() or urlsplit(text).scheme not in ("http", "https") or " " in text):
            yield f"no address: {text}"


def _enclosures(found: Iterable[Any], address: str) -> Iterator[str]:
    for each in found:
        length = each.get("length") or each.get("fileSize") or ""
        kind = each.get("type") or ("" if each.tag == "enclosure" else each.get("medium")) or ""
        if not (each.get(address) or each.get("url")) or not kind:
            yield "an enclosure without address or type"
        if each.tag == "enclosure" and not (length.isdigit() and int(length) > 0):
            yield "an enclosure without a length"


def _dated(text: str | None, parse: Any, now: datetime) -> Iterator[str]:
    try:
        moment = parse(text)
    except (TypeError, ValueError):
        yield f"no date: {text}"
        return
    if moment.tzinfo is None:
        yield f"a date without a zone: {text}"
    elif moment > now + timedelta(days=1) or moment < datetime(2000, 1, 1, tzinfo=UTC):
        yield f"a date out of its time: {text}"


def _repeated(what: str, values: Iterable[str]) -> Iterator[str]:
    yield from (f"{what} {value} stands {times} times" for value, times in Counter(values).items() if times > 1)


def _content(html: str) -> Iterator[str]:
    """HTML of an item: well nested, nothing that acts, every address whole."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("lxml"), namespaceHTMLElements=False)
    fragment = parser.parseFragment(html)
    yield from (f"markup: {code}" for _, code, _ in parser.errors)
    for top in fragment:
        for element in top.iter() if not isinstance(top, str) else ():
            if not isinstance(element.tag, str):
                continue
            if element.tag in FORBIDDEN:
                yield f"an element {element.tag}"
            for name, value in element.attrib.items():
                yield from _attribute(name, value)


def _attribute(name: str, value: str) -> Iterator[str]:
    if name.startswith("on"):
        yield f"an attribute {name}"
    if name == "style" and re.search(r"position|expression|url\(", value):
        yield f"a style {value}"
    if name in ("href", "src", "cite", "poster", "data") and urlsplit(value).scheme not in SCHEMES:
        yield f"an address that is not whole: {value}"
