"""RSS 2.0 and Atom by the rules that make the W3C feed validator say nothing, and that readers act on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import timedelta
from email.utils import parsedate_to_datetime

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from channels.manuscript import Correction
from channels.site import feeds, paths
from channels.site.feeds import FeedInfo, atom, entry_document, rss
from tests.channels.site.samples import AT, SITE, item, pictured

FEED = FeedInfo(SITE, "锦溪区人民政府：政策解读", "对本地政策文件的权威解读。", "feed:c:jiedu", "c/jiedu/")
NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "c": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
ITEMS = [item(3), pictured(1), item(2)]


def find(data: bytes, path: str) -> list[etree._Element]:
    return etree.fromstring(data).xpath(path, namespaces=NAMES)


def texts(data: bytes, path: str) -> list[str]:
    return [str(found) for found in find(data, path)]


@pytest.mark.parametrize("make", [rss, atom])
def test_a_reader_gets_the_chinese_text_whole_and_newest_first(make) -> None:
    read = feedparser.parse(make(FEED, ITEMS))
    assert not read.bozo
    assert read.feed.title == "锦溪区人民政府：政策解读"
    assert read.feed.language == "zh-CN"
    assert [e.title for e in read.entries] == [f"助餐补贴怎么领（{n}）" for n in (1, 2, 3)]
    assert read.entries[0].summary == "每餐补贴二元至六元，结账时直接抵扣。"
    assert read.entries[0].content[0].value == "<p>第1篇：带身份证到社区登记。</p>"
    assert read.entries[0].author == "锦溪区民政局"
    assert read.entries[0].link == "https://jinxi.example.gov.cn/i/1/"
    assert {t.term for t in read.entries[0].tags} >= {"政策解读", "老年助餐", "补贴"}


@pytest.mark.parametrize("make", [rss, atom])
def test_an_entry_is_named_for_good_and_never_after_its_address(make) -> None:
    moved = SITE.model_copy(update={"base_url": "https://new.example.gov.cn/portal/"})
    before = [e.id for e in feedparser.parse(make(FEED, ITEMS)).entries]
    after = [
        e.id for e in feedparser.parse(make(FeedInfo(moved, "新", "新", "feed:c:jiedu", "c/jiedu/"), ITEMS)).entries
    ]
    assert before == after == [f"tag:jinxi.example.gov.cn,2026-01-01:i{n}" for n in (1, 2, 3)]


def test_the_feed_says_its_own_address_and_the_page_it_belongs_to() -> None:
    read = rss(FEED, ITEMS)
    assert texts(read, "/rss/channel/a:link[@rel='self']/@href") == ["https://jinxi.example.gov.cn/c/jiedu/feed.xml"]
    assert texts(read, "/rss/channel/link/text()") == ["https://jinxi.example.gov.cn/c/jiedu/"]
    read = atom(FEED, ITEMS)
    assert texts(read, "/a:feed/a:link[@rel='self']/@href") == ["https://jinxi.example.gov.cn/c/jiedu/atom.xml"]
    assert texts(read, "/a:feed/a:link[@rel='alternate']/@href") == ["https://jinxi.example.gov.cn/c/jiedu/"]


def test_rss_keeps_the_rules_readers_trip_over() -> None:
    data = rss(FEED, ITEMS)
    assert set(texts(data, "//item/guid/@isPermaLink")) == {"false"}
    assert not find(data, "//item/author | //image | //category[@domain]")
    assert texts(data, "//item/dc:creator/text()") == ["锦溪区民政局"] * 3
    assert len(find(data, "//item/pubDate")) == 3
    assert parsedate_to_datetime(texts(data, "//item/pubDate/text()")[0]) == AT - timedelta(hours=1)
    assert all(len(found.findall("enclosure")) <= 1 for found in find(data, "//item"))
    assert texts(data, "//enclosure/@*") == ["https://jinxi.example.gov.cn/i/1/images/a.png", "2048", "image/png"]


def test_atom_entries_have_what_the_rfc_asks_for() -> None:
    data = atom(FEED, ITEMS)
    for entry in find(data, "/a:feed/a:entry"):
        for name in ("id", "title", "updated", "published", "content", "author"):
            assert len(entry.findall(f"{{{NAMES['a']}}}{name}")) == 1, name
        assert entry.find(f"{{{NAMES['a']}}}content").get("type") == "html"
    assert texts(data, "//a:link[@rel='enclosure']/@*") == [
        "https://jinxi.example.gov.cn/i/1/images/a.png",
        "enclosure",
        "image/png",
        "2048",
    ]
    assert all(scheme.startswith("https://") for scheme in texts(data, "//a:category/@scheme"))


def test_updated_is_the_newest_change_and_a_correction_keeps_the_date_of_publication() -> None:
    corrected = pictured(1)
    assert isinstance(corrected.correction, Correction)
    read = feedparser.parse(atom(FEED, ITEMS))
    assert read.feed.updated == read.entries[0].updated == "2026-11-25T01:30:00+00:00"
    assert read.entries[0].published == "2026-11-23T00:30:00+00:00"
    assert parsedate_to_datetime(texts(rss(FEED, ITEMS), "//lastBuildDate/text()")[0]) == corrected.updated


def test_entries_of_one_batch_have_updates_of_their_own() -> None:
    batch = [item(n, published=AT, updated=AT) for n in range(1, 20)]
    updates = texts(atom(FEED, batch), "//a:entry/a:updated/text()")
    assert len(set(updates)) == len(batch)
    assert updates == sorted(updates, reverse=True)


@pytest.mark.parametrize("make", [rss, atom])
def test_the_same_items_in_any_order_are_the_same_bytes(make) -> None:
    batch = [item(n, published=AT, updated=AT) for n in range(1, 9)]
    assert make(FEED, batch) == make(FEED, batch[::-1])


def test_no_feed_depends_on_the_clock_the_zone_or_the_language_of_the_process() -> None:
    script = (
        "import sys; from tests.channels.site.test_feeds import *;"
        "sys.stdout.buffer.write(rss(FEED, ITEMS) + atom(FEED, ITEMS) + rss(FEED, []) + atom(FEED, []))"
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", script],
            check=True,
            capture_output=True,
            env={"PYTHONHASHSEED": seed, "TZ": zone, "LANG": lang, "PATH": os.environ["PATH"]},
        ).stdout
        for seed, zone, lang in (("1", "UTC", "C.UTF-8"), ("2", "Asia/Shanghai", "zh_CN.UTF-8"))
    ]
    assert answers[0] == answers[1]
    assert b"2026-11-25" in answers[0]


@pytest.mark.parametrize("make", [rss, atom])
def test_an_empty_feed_is_a_feed(make) -> None:
    read = feedparser.parse(make(FEED, []))
    assert not read.bozo
    assert read.feed.title == FEED.title
    assert read.entries == []


@pytest.mark.parametrize("make", [rss, atom])
def test_one_bad_article_does_not_take_the_feed_down(make) -> None:
    bad = item(
        1,
        title="]]> <b>标题</b> &amp; \x00\x0b\ufffe\ud800",
        summary="\x1f<script>alert(1)</script>",
        html="<p>\x08正文 ]]&gt; &amp; <a href='https://例子.cn/文件'>链接</a>\uffff</p>",
        author="\x00",
        keywords=("\x00", "<b>", ""),
    )
    read = feedparser.parse(make(FEED, [bad, item(2)]))
    assert not read.bozo
    assert len(read.entries) == 2
    assert "标题" in read.entries[0].title
    assert "<p>" in read.entries[0].content[0].value


def test_titles_in_rss_can_not_be_read_as_markup() -> None:
    (title,) = texts(rss(FEED, [item(1, title="<b>粗</b> & <script>")]), "//item/title/text()")
    assert "<" not in title
    assert title == "＜b＞粗＜/b＞ & ＜script＞"


def test_the_newest_fifty_stay_and_a_feed_stays_below_what_readers_refuse() -> None:
    many = [item(n, html="<p>" + "长" * 100_000 + "</p>") for n in range(1, 80)]
    data = rss(FEED, many)
    assert len(data) < 5_000_000
    read = feedparser.parse(data)
    assert len(read.entries) == feeds.ENTRIES
    assert "长" * 100_000 in read.entries[0].content[0].value
    assert read.entries[-1].content[0].value == "<p>每餐补贴二元至六元，结账时直接抵扣。</p>"


def test_an_entry_stands_alone_as_an_atom_entry_document() -> None:
    data = entry_document(SITE, pictured(1))
    root = etree.fromstring(data)
    assert root.tag == f"{{{NAMES['a']}}}entry"
    assert root.findtext(f"{{{NAMES['a']}}}id") == "tag:jinxi.example.gov.cn,2026-01-01:i1"
    assert feedparser.parse(data).bozo == 0
    assert entry_document(SITE, pictured(1)) == data


@given(st.text(), st.text(), st.text())
@settings(max_examples=60, deadline=None)
def test_any_text_makes_well_formed_feeds(title: str, summary: str, keyword: str) -> None:
    hostile = item(1, title=title, summary=summary, html=f"<p>{summary}</p>", keywords=(keyword,), author=title)
    for data in (rss(FEED, [hostile]), atom(FEED, [hostile]), entry_document(SITE, hostile)):
        etree.fromstring(data)


@pytest.mark.parametrize(
    ("iri", "uri"),
    [
        (
            "https://例子.cn/文件/a b?问=答&x=%E4%B8%80#节",
            "https://xn--fsqu00a.cn/%E6%96%87%E4%BB%B6/a%20b?%E9%97%AE=%E7%AD%94&x=%E4%B8%80#%E8%8A%82",
        ),
        ("https://a.cn/b", "https://a.cn/b"),
    ],
)
def test_addresses_are_ascii(iri: str, uri: str) -> None:
    assert paths.uri(iri) == uri


@given(st.text(min_size=1, max_size=20))
def test_a_tag_uri_is_a_uri_whatever_the_identity(identity: str) -> None:
    made = paths.tag_uri(SITE, identity.encode("utf-8", "replace").decode())
    assert re.fullmatch(r"tag:[a-z0-9.-]+,\d{4}-\d{2}-\d{2}:[\x21-\x7e]+", made)
