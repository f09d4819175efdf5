"""A withdrawn piece: a notice in its place, the same entry in feeds with the notice for its text, a cancelled event."""

from __future__ import annotations

import io
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import html5lib
import pytest
from icalendar import Calendar
from lxml import etree

from channels.items import Item
from channels.manuscript import Correction, Form, InterpreterRef, LivestreamRef, PolicyRef, Withdrawal
from channels.site.feeds import FeedInfo, atom, rss
from channels.site.notice import entry, notice
from channels.site.shelves import Directory
from tests.channels.site.making import COLUMN, MORNING, POLICY, SITE, item, picture
from tests.site_files import site_files

WITHDRAWAL = Withdrawal(
    at=datetime(2026, 11, 28, 2, 5, tzinfo=UTC),
    reason="成本监审结论尚未公布，待公布后重新发布。",
    office="锦溪区发改局",
)
PERSON = InterpreterRef(name="水长清", office="锦溪区发改局价格科", phone="028-55500166")
STREAM = LivestreamRef(
    topic="阶梯水价怎么算",
    starts=datetime(2026, 12, 1, 7, 0, tzinfo=UTC),
    ends=datetime(2026, 12, 1, 8, 0, tzinfo=UTC),
    room="https://live.example/309",
)


def gone(number: int = 1, **changes: Any) -> Item:
    """A withdrawn item."""
    facts = {"withdrawn": WITHDRAWAL, "interpreters": (PERSON,), "image": picture(), "html": "<p>错的原文</p>"}
    return item(number, **(facts | changes))


def gone_live(**changes: Any) -> Item:
    """A withdrawn livestream announcement."""
    facts = {
        "identity": "live1",
        "place": "live/1/",
        "calendar": "live/1/event.ics",
        "livestream": STREAM,
        "form": Form.LIVESTREAM,
    }
    return gone(1, **(facts | changes))


def page(withdrawn: Item) -> str:
    return notice(SITE, COLUMN, withdrawn).file("index.html").data.decode()


def test_the_notice_says_that_it_was_withdrawn_when_why_by_whom_and_whom_to_ask() -> None:
    made = page(gone())
    for told in (
        "本文已撤回",
        "水价怎么算（1）",
        "2026年11月28日10:05（北京时间）",
        WITHDRAWAL.reason,
        WITHDRAWAL.office,
        '<a href="tel:028-55500166">028-55500166</a>',
        '<a href="../../p/7/index.html">《锦溪区供水价格管理办法》</a>',
        '<a href="../../c/jiedu/index.html">返回政策解读</a>',
    ):
        assert told in made, told


def test_nothing_of_the_withdrawn_text_stays() -> None:
    made = notice(SITE, COLUMN, gone())
    assert [f.path for f in made.files] == ["index.html", ".gone"]
    for left in ("错的原文", "居民用水分三档计价", "a.png"):
        assert left not in made.files[0].data.decode()


def test_the_page_is_valid_and_carries_each_tag_once_with_the_date_it_had() -> None:
    made = page(gone())
    html5lib.HTMLParser(strict=True).parse(made)
    tags = re.findall(r'<meta name="(\w+)" content="([^"]*)">', made)
    named = dict(tags)
    assert len(tags) == len(named)
    assert all(named.values())
    assert {"SiteName", "SiteDomain", "SiteIDCode", "ColumnName", "ColumnDescription", "ColumnKeywords"} <= set(named)
    assert named["ColumnType"] == "政策解读"
    assert named["ArticleTitle"] == "水价怎么算（1）"
    assert named["PubDate"] == "2026-11-20 10:30"
    assert named["ContentSource"] == "锦溪区发展和改革局"
    assert named["robots"] == "noindex"


def test_the_same_item_is_the_same_bytes() -> None:
    assert notice(SITE, COLUMN, gone_live()) == notice(SITE, COLUMN, gone_live())


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x>', "\x00\x0b\ufffe"])
def test_a_hostile_title_or_reason_is_shown_as_it_was_written(hostile: str) -> None:
    withdrawal = WITHDRAWAL.model_copy(update={"reason": hostile, "office": hostile})
    person = PERSON.model_copy(update={"office": hostile, "phone": hostile or "1"})
    withdrawn = gone(title=f"题{hostile}", author=hostile, withdrawn=withdrawal, interpreters=(person,))
    made = page(withdrawn)
    html5lib.HTMLParser(strict=True).parse(made)
    assert "<script>alert" not in made
    assert "<img src=x" not in made
    for make in (rss, atom):
        etree.fromstring(make(FEED, [entry(SITE, withdrawn)]))


def test_what_is_not_known_leaves_no_empty_line() -> None:
    bare = Withdrawal(at=WITHDRAWAL.at, reason="")
    made = page(gone(withdrawn=bare, interpreters=(), policies=(), author=""))
    assert "本文已撤回" in made
    for absent in ("撤回原因", "撤回单位", "联系电话", "相关政策文件", "来源："):
        assert absent not in made


def test_without_an_office_of_its_own_the_pieces_author_withdrew() -> None:
    assert "<dd>锦溪区发展和改革局</dd>" in page(gone(withdrawn=WITHDRAWAL.model_copy(update={"office": ""})))


def test_times_are_the_offices() -> None:
    made = page(gone(withdrawn=WITHDRAWAL.model_copy(update={"zone": "Asia/Urumqi"})))
    assert "2026年11月28日8:05（乌鲁木齐时间）" in made
    assert '<meta name="PubDate" content="2026-11-20 08:30">' in made


def test_an_item_that_stands_has_no_notice() -> None:
    with pytest.raises(ValueError, match="not withdrawn"):
        notice(SITE, COLUMN, item(1))


FEED = FeedInfo(SITE, "锦溪区：政策解读", "权威解读。", "feed", "")
NAMES = {"atom": "http://www.w3.org/2005/Atom"}


@pytest.mark.parametrize("make", [rss, atom])
def test_the_feed_keeps_the_entry_and_tells_the_withdrawal(make: Any) -> None:
    before = feedparser.parse(io.BytesIO(make(FEED, [item(1)]))).entries[0]
    found = feedparser.parse(io.BytesIO(make(FEED, [entry(SITE, gone())])))
    assert not found.bozo
    (after,) = found.entries
    assert (after.id, after.link, after.published) == (before.id, before.link, before.published)
    assert after.title == "已撤回：水价怎么算（1）"
    assert "撤回原因：成本监审结论尚未公布" in after.content[0].value
    assert 'href="https://www.jinxi.example/p/7/"' in after.content[0].value
    assert after.summary == f"本文已于2026年11月28日10:05（北京时间）撤回。原因：{WITHDRAWAL.reason}"
    assert "错的原文" not in str(after)
    assert not after.get("enclosures")


def test_the_feeds_time_moves_to_the_withdrawal() -> None:
    (found,) = feedparser.parse(io.BytesIO(atom(FEED, [entry(SITE, gone())]))).entries
    assert found.updated == "2026-11-28T02:05:00.000002+00:00"


def built(items: list[Item], policies: list[PolicyRef]) -> dict[str, str]:
    made = site_files(Directory(SITE, (COLUMN,)), items, policies)
    return {path: f.data.decode() for path, f in made.items() if f.media_type != "image/png"}


def test_lists_policies_and_the_map_drop_it_and_every_feed_tells_it() -> None:
    files = built([item(2), gone()], [POLICY])
    for path in ("index.html", "c/jiedu/index.html", "f/qa/index.html", "p/7/index.html", "sitemap-i-0.xml"):
        assert "i/1/" not in files[path], path
        assert "i/2/" in files[path], path
    for path in ("feed.xml", "atom.xml", "c/jiedu/feed.xml", "c/jiedu/atom.xml", "f/qa/atom.xml"):
        assert "已撤回：水价怎么算（1）" in files[path], path
        assert "错的原文" not in files[path], path


def test_the_page_of_its_policy_stays_when_it_was_the_only_piece() -> None:
    files = built([gone()], [POLICY])
    assert "目前没有已发布的解读" in files["p/7/index.html"]
    assert "<lastmod>2026-11-28T02:05:00Z</lastmod>" in files["sitemap-p-0.xml"]


def test_a_withdrawn_announcement_leaves_a_cancelled_event() -> None:
    made = notice(SITE, COLUMN, gone_live(correction=Correction(at=MORNING, reason="", number=2), sequence=2))
    assert [f.path for f in made.files] == ["index.html", ".gone", "event.ics"]
    assert "本预告已撤回" in made.files[0].data.decode()
    (event,) = Calendar.from_ical(made.file("event.ics").data).walk("VEVENT")
    assert event["STATUS"] == "CANCELLED"
    assert event["SEQUENCE"] == 3
    assert event["UID"] == "live1@www.jinxi.example"
    assert event["TRANSP"] == "TRANSPARENT"
    assert event.decoded("DTSTAMP") == event.decoded("LAST-MODIFIED") == WITHDRAWAL.at
    assert WITHDRAWAL.reason in event["DESCRIPTION"]
    assert event.walk("VALARM") == []
    assert "CONFERENCE" not in event
    assert event.decoded("DTSTART") == STREAM.starts


GOLDEN = Path(__file__).parents[2] / "golden" / "site"


@pytest.mark.parametrize(
    ("name", "withdrawn", "path"),
    [
        ("notice.html", gone(), "index.html"),
        ("announcement.html", gone_live(), "index.html"),
        ("event.ics", gone_live(), "event.ics"),
    ],
)
def test_the_notice_is_the_one_that_was_looked_at(name: str, withdrawn: Item, path: str) -> None:
    """The style sheet aside. After a wanted change `UPDATE_GOLDEN=1` writes them anew."""
    made = re.sub(
        rb"<style>.*?</style>", b"<style></style>", notice(SITE, COLUMN, withdrawn).file(path).data, flags=re.S
    )
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / name).write_bytes(made)
    assert made == (GOLDEN / name).read_bytes()
