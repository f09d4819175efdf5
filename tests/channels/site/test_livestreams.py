"""The calendars of a shelf: every livestream once, moved and cancelled ones told as such, the same bytes again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from channels.items import Item
from channels.manuscript import Form, LivestreamRef, Withdrawal
from channels.site.livestreams import MOST, calendar_file, livestreams, subscription

from .making import MORNING, POLICY, SITE, item

STARTS = datetime(2026, 12, 10, 7, 0, tzinfo=UTC)
STREAM = LivestreamRef(
    topic="走进直播间",
    starts=STARTS,
    ends=STARTS + timedelta(hours=1),
    platform="云上锦溪",
    room="https://live.example.cn/1",
    host="言清和",
    guests=("田有禾", "林一"),
)


def live(number: int, stream: LivestreamRef = STREAM, **changes: Any) -> Item:
    facts = {"identity": f"live{number}", "place": f"live/{number}/", "form": Form.LIVESTREAM}
    return item(number, **(facts | {"livestream": stream, "calendar": f"live/{number}/event.ics"} | changes))


def events(*items: Item) -> list[Event]:
    file = calendar_file(SITE, "c/jiedu/", "直播", items, "Asia/Shanghai")
    return list(Calendar.from_ical(file.data).walk("VEVENT"))


def test_it_lies_beside_the_list_and_says_where() -> None:
    file = calendar_file(SITE, "c/jiedu/", "锦溪：政策解读直播", [live(1)], "Asia/Shanghai")
    assert file.path == "c/jiedu/livestreams.ics"
    found = Calendar.from_ical(file.data)
    assert str(found["name"]) == str(found["x-wr-calname"]) == "锦溪：政策解读直播"
    assert str(found["url"]) == str(found["source"]) == "https://www.jinxi.example/c/jiedu/livestreams.ics"
    assert b"\r\nSOURCE;VALUE=URI:" in file.data
    assert b"METHOD" not in file.data
    assert b"COMMENT" not in file.data


def test_every_livestream_stands_once_by_its_time_and_articles_are_none() -> None:
    later = STREAM.model_copy(update={"starts": STARTS + timedelta(days=1), "ends": None})
    article = item(3, livestream=STREAM)
    found = events(live(1, later), live(2), article, item(4))
    assert [str(e["uid"]) for e in found] == ["live2@www.jinxi.example", "live1@www.jinxi.example"]


def test_an_event_says_what_its_page_says() -> None:
    (found,) = events(live(1))
    assert str(found["summary"]) == "走进直播间"
    assert str(found["url"]) == "https://www.jinxi.example/live/1/"
    assert str(found["contact"]) == "锦溪区发展和改革局"
    said = str(found["description"]).split("\n")
    assert said[0] == "主持人：言清和"
    assert said[1] == "嘉宾：田有禾、林一"
    assert POLICY.number in said[2]
    assert [str(a["trigger"].to_ical(), "ascii") for a in found.walk("VALARM")] == ["-PT30M"]


def test_a_moved_event_is_a_newer_version_of_the_same() -> None:
    first = live(1)
    moved = STREAM.model_copy(update={"starts": STARTS + timedelta(days=7), "ends": None})
    second = live(1, moved, updated=MORNING + timedelta(days=1), sequence=1)
    (before,), (after,) = events(first), events(second)
    assert before["uid"] == after["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after.decoded("dtstamp") == MORNING + timedelta(days=1)
    assert after.decoded("dtstart") == moved.starts


def test_a_withdrawn_one_stays_cancelled() -> None:
    told = Withdrawal(at=MORNING + timedelta(days=2), reason="改期", office="锦溪区政府办")
    (found,) = events(live(1, withdrawn=told, sequence=1))
    assert str(found["status"]) == "CANCELLED"
    assert str(found["transp"]) == "TRANSPARENT"
    assert found["sequence"] == 2
    assert not found.walk("VALARM")
    assert "改期" in str(found["description"])
    assert "conference" not in found


def test_nothing_is_made_of_the_moment() -> None:
    items = [live(n) for n in range(1, 9)]
    once = calendar_file(SITE, "", "直播", items, "Asia/Shanghai")
    assert once == calendar_file(SITE, "", "直播", items[::-1], "Asia/Shanghai")


def test_a_calendar_without_events_is_one_too() -> None:
    file = calendar_file(SITE, "", "直播", [], "Asia/Shanghai")
    assert Calendar.from_ical(file.data).walk("VTIMEZONE")
    assert not events()


def test_the_file_has_an_end_and_the_latest_are_in_it() -> None:
    many = [
        live(n, STREAM.model_copy(update={"starts": STARTS + timedelta(hours=n), "ends": None}))
        for n in range(1, MOST + 5)
    ]
    found = events(*many)
    assert len(found) == MOST
    assert str(found[-1]["uid"]) == f"live{MOST + 4}@www.jinxi.example"
    assert len(livestreams(many)) == MOST + 4


def test_lines_are_folded_and_end_as_the_rfc_says() -> None:
    stream = STREAM.model_copy(update={"topic": "很长的主题" * 60, "guests": ("名" * 80,)})
    data = calendar_file(SITE, "", "直播", [live(1, stream)], "Asia/Shanghai").data
    assert data.endswith(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 75


def test_programs_subscribe_by_their_own_scheme() -> None:
    assert subscription("https://www.jinxi.example/livestreams.ics") == "webcal://www.jinxi.example/livestreams.ics"
