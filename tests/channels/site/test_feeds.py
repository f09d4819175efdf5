"""The feeds: what readers' programs act on, and what the W3C validator finds fault with."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from channels.items import Recording
from channels.site.entries import entry_document, fragments, moment
from channels.site.feeds import ENTRIES, FULL_CONTENT_BYTES, Entry, FeedInfo, atom, document, joined, rss, whole
from channels.site.paths import tag_uri
from channels.site.variants import ATOM_SUMMARY, JSON, JSON_SUMMARY, RSS_SUMMARY, VARIANTS
from tests.channels.site.making import MORNING, SITE, item, picture

FEED = FeedInfo(SITE, "锦溪区：政策解读", "对本地政策文件的权威解读。", "feed:c:jiedu", "c/jiedu/")
NAMES = {"atom": "http://www.w3.org/2005/Atom", "dc": "http://purl.org/dc/elements/1.1/"}
BOTH = pytest.mark.parametrize("make", [rss, atom])


def texts(data: bytes, path: str) -> list[Any]:
    found = etree.fromstring(data).xpath(path, namespaces=NAMES)
    assert isinstance(found, list)
    return found


def read(data: bytes) -> Any:
    found = feedparser.parse(io.BytesIO(data))
    assert not found.bozo, found.get("bozo_exception")
    return found


@BOTH
def test_a_reader_gets_the_chinese_as_it_was_written(make: Any) -> None:
    found = read(make(FEED, [item(1, image=picture())]))
    assert found.feed.title == "锦溪区：政策解读"
    assert found.feed.language == "zh-CN"
    (entry,) = found.entries
    assert entry.title == "水价怎么算（1）"
    assert entry.summary == "居民用水分三档计价。"
    assert entry.content[0].value == "<p>居民用水分三档计价。</p>"
    assert entry.author == "锦溪区发展和改革局"
    assert entry.link == "https://www.jinxi.example/i/1/"
    assert entry.id == "tag:www.jinxi.example,2026-01-01:i1"
    assert [tag.label or tag.term for tag in entry.tags] == (
        ["政策解读", "问答", "水价", "民生"] if make is rss else ["问答", "政策解读", "水价", "民生"]
    )


@BOTH
def test_the_newest_stands_first_and_only_so_many_are_carried(make: Any) -> None:
    found = read(make(FEED, [item(n) for n in range(ENTRIES + 5)]))
    assert len(found.entries) == ENTRIES
    assert found.entries[0].id.endswith(f":i{ENTRIES + 4}")
    assert found.entries[-1].id.endswith(":i5")


@BOTH
def test_the_same_items_in_any_order_are_the_same_bytes(make: Any) -> None:
    items = [item(n) for n in range(4)]
    assert make(FEED, items) == make(FEED, reversed(items))


@BOTH
def test_a_correction_moves_the_feeds_date_and_keeps_its_name_and_its_publication_date(make: Any) -> None:
    before = item(1)
    after = before.model_copy(update={"updated": MORNING + timedelta(days=9), "title": "水价怎么算（更正）"})
    old, new = read(make(FEED, [before])), read(make(FEED, [after]))
    assert new.entries[0].id == old.entries[0].id
    assert new.entries[0].published == old.entries[0].published
    assert new.feed.updated_parsed > old.feed.updated_parsed


@BOTH
def test_an_empty_feed_is_a_feed_with_a_fixed_date(make: Any) -> None:
    found = read(make(FEED, []))
    assert found.entries == []
    assert found.feed.updated_parsed[:3] == (2026, 1, 1)


def test_the_rss_document_keeps_the_validators_rules() -> None:
    data = rss(FEED, [item(1, image=picture("i/1/images/图.png")), item(2)])
    assert texts(data, "/rss/channel/atom:link[@rel='self']/@href") == ["https://www.jinxi.example/c/jiedu/feed.xml"]
    assert texts(data, "/rss/channel/link/text()") == ["https://www.jinxi.example/c/jiedu/"]
    assert texts(data, "//guid/@isPermaLink") == ["false", "false"]
    assert texts(data, "//item/dc:creator/text()") == ["锦溪区发展和改革局"] * 2
    assert texts(data, "//author | //category/@domain | //managingEditor") == []
    assert texts(data, "//enclosure/@url") == ["https://www.jinxi.example/i/1/images/%E5%9B%BE.png"]
    assert texts(data, "//enclosure/@length") == ["1234"]
    assert texts(data, "//item/pubDate/text()")[1] == "Fri, 20 Nov 2026 02:30:00 +0000"


def test_the_atom_document_keeps_the_validators_rules() -> None:
    data = atom(FEED, [item(1, image=picture(), calendar="live/1/event.ics")])
    assert texts(data, "/atom:feed/atom:link[@rel='self']/@href") == ["https://www.jinxi.example/c/jiedu/atom.xml"]
    assert texts(data, "/atom:feed/@xml:lang") == ["zh-CN"]
    assert texts(data, "/atom:feed/atom:id/text()") == ["tag:www.jinxi.example,2026-01-01:feed:c:jiedu"]
    assert texts(data, "//atom:content/@type") == ["html"]
    links = [(link.get("rel"), link.get("type"), link.get("length")) for link in texts(data, "//atom:entry/atom:link")]
    assert links == [
        ("alternate", "text/html", None),
        ("enclosure", "image/png", "1234"),
        ("related", "text/calendar", None),
    ]
    assert all(scheme.startswith("https://") for scheme in texts(data, "//atom:category/@scheme"))


def test_entries_of_one_batch_have_times_of_their_own() -> None:
    batch = [item(n, published=MORNING, updated=MORNING) for n in range(5)]
    updated = texts(atom(FEED, batch), "//atom:entry/atom:updated/text()")
    assert len(set(updated)) == 5
    assert updated == sorted(updated, reverse=True)
    assert datetime.fromisoformat(updated[-1]) == MORNING


@BOTH
def test_no_tag_stands_in_a_title_and_an_item_without_a_picture_has_no_enclosure(make: Any) -> None:
    data = make(FEED, [item(1, title="<b>办法</b>\n怎么看")])
    (title,) = texts(data, "//item/title/text() | //atom:entry/atom:title/text()")
    assert title == "＜b＞办法＜/b＞ 怎么看"
    assert b"enclosure" not in data


@BOTH
def test_a_feed_stays_below_what_readers_take(make: Any) -> None:
    long = "<p>" + "字" * 60_000 + "</p>"
    data = make(FEED, [item(n, html=long) for n in range(ENTRIES)])
    assert len(data) < FULL_CONTENT_BYTES + 200_000
    found = read(data)
    assert len(found.entries) == ENTRIES
    assert found.entries[0].content[0].value == long
    assert "content" not in found.entries[-1]
    assert found.entries[-1].summary == "居民用水分三档计价。"


def test_a_site_with_a_chinese_name_has_ascii_names_and_addresses() -> None:
    site = SITE.model_copy(update={"domain": "锦溪.政务", "base_url": "https://锦溪.政务/站/"})
    data = rss(FeedInfo(site, "锦溪", "", "feed", ""), [item(1)])
    (link,) = texts(data, "//item/link/text()")
    assert re.fullmatch(r"https://xn--[a-z0-9]+\.xn--[a-z0-9]+/%E7%AB%99/i/1/", link)
    assert tag_uri(site, "i1").isascii()


def test_an_entry_stands_alone_as_a_document() -> None:
    entry = etree.fromstring(entry_document(SITE, item(3)))
    assert entry.tag == "{http://www.w3.org/2005/Atom}entry"
    assert entry.findtext("atom:id", namespaces=NAMES) == "tag:www.jinxi.example,2026-01-01:i3"
    assert entry.findtext("atom:author/atom:name", namespaces=NAMES) == "锦溪区发展和改革局"


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=60)
def test_no_character_of_one_entry_spoils_a_feed(title: str, content: str) -> None:
    hostile = item(1, title=title + "]]>", html=content + "]]>", summary=title, author=title, keywords=(title,))
    for make in (rss, atom):
        root = etree.fromstring(make(FEED, [hostile, item(2)]))
        assert len(root.findall(".//item") + root.findall("atom:entry", NAMES)) == 2
    etree.fromstring(entry_document(SITE, hostile))


@BOTH
def test_a_piece_without_a_title_or_an_author_takes_no_feed_down(make: Any) -> None:
    found = read(make(FEED, [item(1, title=" ", author="", summary=""), item(2, title="")]))
    assert [entry.title for entry in found.entries] == ["居民用水分三档计价。", "i1"]
    assert found.entries[1].author == SITE.name


def test_no_feed_depends_on_the_zone_or_the_language_of_the_process() -> None:
    script = (
        "import sys; from tests.channels.site.test_feeds import *;"
        "sys.stdout.buffer.write(rss(FEED, [item(1)]) + atom(FEED, [item(1)]) + atom(FEED, []))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", script],
            check=True,
            capture_output=True,
            cwd=Path(__file__).parents[3],
            env={"PYTHONHASHSEED": seed, "TZ": zone, "LANG": language, "PATH": "/usr/bin"},
        ).stdout
        for seed, zone, language in (("1", "UTC", "C.UTF-8"), ("2", "Asia/Shanghai", "zh_CN.UTF-8"))
    }
    assert len(answers) == 1
    assert b"2026-11-20" in answers.pop()


def test_the_feed_carries_the_sites_mark_under_its_own_title_and_link() -> None:
    data = rss(FEED, [item(1)])
    assert texts(data, "//image/url/text()") == ["https://www.jinxi.example/icon.png"]
    assert texts(data, "//image/title/text()") == texts(data, "/rss/channel/title/text()")
    assert texts(data, "//image/link/text()") == texts(data, "/rss/channel/link/text()")
    assert texts(atom(FEED, []), "//atom:icon/text()") == ["https://www.jinxi.example/icon.png"]


def _json(*items: Any, variant: Any = JSON, hub: str = "") -> dict[str, Any]:
    found = json.loads(whole(replace(FEED, hub=hub), variant, items))
    assert isinstance(found, dict)
    return found


def test_the_json_feed_says_what_the_others_say() -> None:
    found = _json(item(1, image=picture()), item(2), hub="https://hub.example/")
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert (found["feed_url"], found["home_page_url"]) == (FEED.address("feed.json"), FEED.address(""))
    assert found["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    newest, oldest = found["items"]
    assert newest["id"] == "tag:www.jinxi.example,2026-01-01:i2"
    assert oldest["content_html"] == "<p>居民用水分三档计价。</p>"
    assert oldest["image"] == "https://www.jinxi.example/i/1/images/a.png"
    assert datetime.fromisoformat(oldest["date_published"]) == MORNING + timedelta(hours=1)
    assert set(oldest) <= JSON_ITEM


JSON_ITEM = {
    *("id", "url", "title", "summary", "content_html", "content_text", "image", "attachments"),
    *("date_published", "date_modified", "authors", "tags", "language"),
}


def test_an_empty_json_feed_is_one() -> None:
    assert _json()["items"] == []


@pytest.mark.parametrize("variant", [RSS_SUMMARY, ATOM_SUMMARY, JSON_SUMMARY])
def test_the_variant_of_summaries_has_no_texts_and_names_itself(variant: Any) -> None:
    data = whole(FEED, variant, [item(1, html="<p>全文在此</p>")])
    assert "全文在此" not in data.decode()
    assert "居民用水分三档计价。" in data.decode()
    assert FEED.address(variant.file) in data.decode()


@BOTH
def test_pictures_of_the_text_are_media_too(make: Any) -> None:
    shown = '<p><img src="https://www.jinxi.example/i/1/a%E5%9B%BE.png" alt="水价&amp;图" width="640" height="360"></p>'
    found = read(make(FEED, [item(1, html=shown)])).entries[0]
    assert found.media_content[0]["url"] == "https://www.jinxi.example/i/1/a%E5%9B%BE.png"
    assert (found.media_content[0]["width"], found.media_content[0]["height"]) == ("640", "360")
    assert b'<media:description type="plain">\xe6\xb0\xb4' in make(FEED, [item(1, html=shown)])
    assert "<img" in found.content[0].value


def test_a_recording_is_the_enclosure_and_the_picture_stands_beside_it() -> None:
    recording = Recording(address="i/1/解读.mp3", media_type="audio/mpeg", size=4321)
    made = item(1, recording=recording, image=picture())
    entry = read(rss(FEED, [made])).entries[0]
    [enclosure] = entry.enclosures
    assert (enclosure.type, enclosure.length) == ("audio/mpeg", "4321")
    assert enclosure.href == "https://www.jinxi.example/i/1/%E8%A7%A3%E8%AF%BB.mp3"
    assert entry.media_content[0]["url"] == "https://www.jinxi.example/i/1/images/a.png"
    assert read(atom(FEED, [made])).entries[0].enclosures[0].type == "audio/mpeg"
    [attached] = _json(made)["items"][0]["attachments"]
    assert attached == {"url": enclosure.href, "mime_type": "audio/mpeg", "size_in_bytes": 4321}


HUGE = "<p>" + "字" * 600_000 + "</p>"
PICTURED = "".join(f'<p><img src="https://www.jinxi.example/i/1/{n}.png" alt="图{n}"></p>' for n in range(300))


@pytest.mark.parametrize("content", [HUGE, PICTURED, PICTURED * 9, "<p>]]>&amp;\x00\ufffe</p>" * 9_000])
def test_no_variant_is_larger_than_readers_take_whatever_comes(content: str) -> None:
    items = [item(n, html=content, summary="概" * 9_000) for n in range(ENTRIES)]
    made = [fragments(SITE, one) for one in items]
    entries = [Entry(moment(i), {f.variant: len(f.data) for f in some}) for i, some in zip(items, made, strict=True)]
    for variant in VARIANTS:
        data = joined(document(FEED, variant, entries), made)
        assert len(data) < 5_000_000, variant.key
        if variant.media_type.endswith("json"):
            assert len(json.loads(data)["items"]) == ENTRIES
        else:
            etree.fromstring(data, etree.XMLParser(huge_tree=True))


def test_a_browser_is_told_how_to_show_a_feed() -> None:
    assert b'<?xml-stylesheet href="../../feed.css" type="text/css"?>' in rss(FEED, [])
