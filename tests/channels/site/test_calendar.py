"""A livestream's calendar file: what subscribers' programs need, and nothing that makes it an invitation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from channels.manuscript import LivestreamRef
from channels.site.calendar import event_calendar
from channels.site.characters import legal

BEIJING = ZoneInfo("Asia/Shanghai")
LIVE = LivestreamRef(
    topic="水价怎么算；政策“面对面”,\n请您来问",
    starts=datetime(2026, 12, 10, 7, 0, tzinfo=UTC),
    ends=datetime(2026, 12, 10, 8, 30, tzinfo=UTC),
    platform="云上锦溪",
    room="https://live.example.cn/room/1?a=1&b=2",
)
STAMPED = datetime(2026, 11, 23, 9, 0, tzinfo=BEIJING)


def made(livestream: LivestreamRef = LIVE, **changes: object) -> bytes:
    facts: dict[str, object] = {
        "uid": "live12@www.example.gov.cn",
        "livestream": livestream,
        "zone": "Asia/Shanghai",
        "stamped": STAMPED,
        "sequence": 3,
        "url": "https://www.example.gov.cn/live/12/",
        "description": "第一行\n第二行；有逗号,",
        "organizer_name": "锦溪区发展和改革局",
        "calendar_name": "锦溪区政务直播",
    }
    return event_calendar(**(facts | changes))  # type: ignore[arg-type]


def event(data: bytes) -> Calendar:
    return Calendar.from_ical(data).walk("VEVENT")[0]


def test_it_says_when_in_the_offices_zone_and_what() -> None:
    found = event(made())
    assert found.decoded("dtstart") == datetime(2026, 12, 10, 15, 0, tzinfo=BEIJING)
    assert found.decoded("dtend") == datetime(2026, 12, 10, 16, 30, tzinfo=BEIJING)
    assert found["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert str(found["summary"]) == "水价怎么算；政策“面对面”, 请您来问"
    assert str(found["description"]) == "第一行\n第二行；有逗号,"
    assert str(found["location"]) == "云上锦溪"
    assert str(found["url"]) == "https://www.example.gov.cn/live/12/"
    assert str(found["conference"]) == "https://live.example.cn/room/1?a=1&b=2"


def test_a_client_can_tell_a_newer_version_from_stored_data_alone() -> None:
    found = event(made())
    assert str(found["uid"]) == "live12@www.example.gov.cn"
    assert found["sequence"] == 3
    assert found.decoded("dtstamp") == found.decoded("last-modified") == STAMPED
    assert made() == made()


def test_it_is_a_publication_and_no_invitation() -> None:
    text = made().decode()
    assert "METHOD" not in text
    assert "ORGANIZER" not in text
    assert "CONTACT:锦溪区发展和改革局" in text


def test_the_calendar_has_its_name_and_its_zone_without_a_comment() -> None:
    calendar = Calendar.from_ical(made())
    assert calendar.decoded("refresh-interval") == timedelta(hours=1)
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in made()
    assert b"X-PUBLISHED-TTL:PT1H\r\n" in made()
    assert str(calendar["name"]) == str(calendar["x-wr-calname"]) == "锦溪区政务直播"
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["tzid"] == "Asia/Shanghai"
    assert "COMMENT" not in made().decode()


def test_a_zone_with_summer_time_carries_both_halves_of_the_year() -> None:
    (zone,) = Calendar.from_ical(made(zone="Europe/Berlin")).walk("VTIMEZONE")
    assert zone.walk("STANDARD")
    assert zone.walk("DAYLIGHT")


def test_it_reminds_before_the_start_unless_told_not_to() -> None:
    (alarm,) = Calendar.from_ical(made(remind_minutes=15)).walk("VALARM")
    assert alarm.decoded("trigger") == timedelta(minutes=-15)
    assert not Calendar.from_ical(made(remind_minutes=0)).walk("VALARM")


@pytest.mark.parametrize("ends", [None, LIVE.starts, LIVE.starts - timedelta(hours=1)])
def test_an_end_that_is_no_end_is_left_out(ends: datetime | None) -> None:
    assert "dtend" not in event(made(LIVE.model_copy(update={"ends": ends})))


def test_a_room_that_is_no_address_is_no_conference() -> None:
    assert "conference" not in event(made(LIVE.model_copy(update={"room": "房间号 1024"})))


@given(st.text(max_size=200))
def test_any_text_comes_back_line_by_line_made_legal(text: str) -> None:
    data = made(description="从" + text)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert str(event(data)["description"]).split("\n") == legal("从" + text).splitlines()
