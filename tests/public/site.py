"""A small site as files."""

from __future__ import annotations

import json

BASE = "https://www.example.gov.cn/"
HUB = "https://hub.example.gov.cn/"
PAGE = ("<!doctype html><title>解读</title>" + "<p>关于养老助餐的解读。</p>" * 60).encode()
OTHER = PAGE.replace("养老".encode(), "托育".encode())


def rss(*entries: tuple[int, str], path: str = "feed.xml", hub: str = HUB) -> bytes:
    """An RSS document of numbered entries with their words."""
    items = "".join(
        f'<item><title>第{n}篇</title><guid isPermaLink="false">tag:example.gov.cn,2026-01-01:i{n}</guid>'
        f"<link>{BASE}i/{n}/</link><description>{words}</description></item>"
        for n, words in entries
    )
    links = f'<atom:link href="{hub}" rel="hub"/>' if hub else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet href="feed.css" type="text/css"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>锦溪区</title>'
        f"<link>{BASE}</link><description>全部</description>"
        f'<atom:link href="{BASE}{path}" rel="self" type="application/rss+xml"/>{links}{items}</channel></rss>'
    ).encode()


def atom(*entries: tuple[int, str]) -> bytes:
    """The same as Atom."""
    items = "".join(
        f"<entry><id>tag:example.gov.cn,2026-01-01:i{n}</id><title>第{n}篇</title>"
        f'<updated>2026-05-04T01:00:0{n}Z</updated><link href="{BASE}i/{n}/"/><summary>{words}</summary></entry>'
        for n, words in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        "<id>tag:example.gov.cn,2026-01-01:feed</id><title>锦溪区</title><updated>2026-05-04T01:00:00Z</updated>"
        f'<author><name>锦溪区</name></author><link rel="self" href="{BASE}atom.xml"/><link rel="hub" href="{HUB}"/>'
        f"{items}</feed>"
    ).encode()


WORDS = "说明" * 200
ENTRIES = tuple((n, f"{WORDS}{n}") for n in range(5, 0, -1))
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "锦溪区",
        "feed_url": f"{BASE}feed.json",
        "hubs": [{"type": "WebSub", "url": HUB}],
        "items": [],
    }
).encode()
FILES: dict[str, bytes] = {
    "index.html": "首页".encode(),
    "i/1/index.html": PAGE,
    "i/1/images/0123456789abcdef.png": b"\x89PNG" + bytes(range(256)) * 20,
    "i/9/index.html": "本文已撤回".encode(),
    "i/9/.gone": b"410\n",
    "subscribe/index.html": PAGE,
    "search/index.html": PAGE,
    "subscribe/feeds.opml": b"<opml/>",
    "feed.xml": rss(*ENTRIES),
    "atom.xml": atom(*ENTRIES),
    "feed.json": JSON_FEED,
    "feed.css": b"item{display:block}",
    "sitemap.xml": b"<urlset/>",
    "robots.txt": b"User-agent: *\n",
    "live/1/event.ics": b"BEGIN:VCALENDAR\r\n" + b"X-PAD:1\r\n" * 200,
    "icon.png": b"\x89PNG",
    "404.html": b"nothing there, " + PAGE,
    "410.html": b"gone, " + PAGE,
}
