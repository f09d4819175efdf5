"""The calendar event: strict parsers read it, its UID stays, its sequence grows with a correction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from channels.livestream.announcement import announce
from channels.livestream.event import event
from channels.livestream.settings import LivestreamSettings
from channels.manuscript import Correction, Manuscript, Withdrawal

GOLDEN = Path(__file__).parents[2] / "golden" / "livestream"
Make = Callable[..., Manuscript]


def ics(manuscript: Manuscript, **settings: Any) -> bytes:
    stream = manuscript.content.livestream
    assert stream is not None
    return event(announce(manuscript, stream), stream, manuscript, LivestreamSettings(**settings))


def parsed(manuscript: Manuscript, **settings: Any) -> Any:
    calendar = Calendar.from_ical(ics(manuscript, **settings))
    (found,) = calendar.walk("VEVENT")
    return found


def test_it_is_the_golden_file(make: Make, golden: Callable[[Path, bytes], None]) -> None:
    golden(GOLDEN / "event.ics", ics(make()))


def test_the_identity_does_not_depend_on_what_is_said(make: Make) -> None:
    later = datetime(2027, 3, 10, 7, 0, tzinfo=UTC)
    moved = make(topic="改了主题", starts=later, ends=later + timedelta(hours=1))
    assert parsed(make())["UID"] == parsed(moved)["UID"] == "live12@jinxi.example.gov.cn"
    assert parsed(make(imprint={"id": 13}))["UID"] != parsed(make())["UID"]


def test_a_correction_raises_the_sequence_and_the_stamp(make: Make) -> None:
    at = datetime(2027, 3, 5, 2, 0, tzinfo=UTC)
    before, after = parsed(make()), parsed(make(imprint={"corrections": (Correction(at=at, reason="时间变更"),)}))
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert (before["DTSTAMP"].dt, after["DTSTAMP"].dt) == (datetime(2027, 3, 1, 1, 0, tzinfo=UTC), at)


def test_every_change_raises_the_sequence_again(make: Make) -> None:
    at = [datetime(2027, 3, day, 2, 0, tzinfo=UTC) for day in (5, 6, 7)]
    first, second = (Correction(at=at[n], reason="时间变更", number=n + 1) for n in (0, 1))
    gone = Withdrawal(at=at[2], reason="改期")
    found = [
        parsed(make(imprint={"corrections": (first,)})),
        parsed(make(imprint={"corrections": (first, second)})),
        parsed(make(imprint={"corrections": (first, second), "withdrawals": (gone,)})),
    ]
    # Between the last two stands the notice, with one more than the second.
    assert [event["SEQUENCE"] for event in found] == [1, 2, 4]
    assert found[2]["DTSTAMP"].dt > gone.at


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Asia/Urumqi", "Europe/London", "America/St_Johns", "UTC"])
def test_the_instant_is_the_same_in_every_zone(make: Make, zone: str) -> None:
    found = parsed(make(imprint={"zone": zone}))
    assert found["DTSTART"].dt == datetime(2027, 3, 9, 7, 0, tzinfo=UTC)
    assert found["DTEND"].dt == datetime(2027, 3, 9, 8, 30, tzinfo=UTC)


def test_an_open_end_sets_no_end(make: Make) -> None:
    assert "DTEND" not in parsed(make(ends=None))


def test_the_reminder_is_the_accounts_choice(make: Make) -> None:
    (alarm,) = parsed(make(), reminder_minutes=45).walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(minutes=-45)
    assert parsed(make(), reminder_minutes=0).walk("VALARM") == []


def test_text_cannot_add_properties(make: Make) -> None:
    hostile = "第一行\r\nEND:VEVENT\nBEGIN:VEVENT;,\\"
    manuscript = make(topic=hostile, host=hostile, platform=hostile)
    found = parsed(manuscript)
    assert [str(found[name]) for name in ("SUMMARY", "LOCATION")] == ["第一行 END:VEVENT BEGIN:VEVENT;,\\"] * 2
    assert ics(manuscript).split(b"\r\n").count(b"END:VEVENT") == 1
