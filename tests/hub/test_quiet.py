"""Quiet times: inside or outside, and when it ends, in every zone and over every change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hub.domain.quiet import Kind, Quiet, begins, ends, in_force, local_time, opens

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A change of an hour, of half an hour, in the south, and none at all.
ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")]
START = datetime(2026, 1, 1, tzinfo=UTC)

instants = st.integers(0, 2 * 366 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
clocks = st.times().map(lambda t: f"{t.hour:02}:{t.minute:02}")


@st.composite
def nights(draw: st.DrawFn) -> Quiet:
    """A night of any length, perhaps bounded."""
    begin, end = draw(clocks), draw(clocks)
    assume(begin != end)
    first = draw(instants)
    last = draw(st.none() | st.integers(1, 400).map(lambda days: first + timedelta(days=days)))
    return Quiet(Kind.NIGHTLY, first, last, begin, end)


@st.composite
def windows(draw: st.DrawFn) -> Quiet:
    """A window of minutes to days, perhaps lifted meanwhile."""
    first = draw(instants)
    last = first + timedelta(minutes=draw(st.integers(1, 10_000)))
    lifted = draw(st.none() | st.just(first + (last - first) / 2))
    return Quiet(Kind.WINDOW, first, last, lifted_at=lifted)


quiets = nights() | windows() | instants.map(lambda at: Quiet(Kind.SWITCH, at))
zones = st.sampled_from(ZONES)


def _read(at: datetime, zone: ZoneInfo) -> time:
    return at.astimezone(zone).time()


def _jumps(at: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks change within a day and a half."""
    offsets = {(at + timedelta(hours=h)).astimezone(zone).utcoffset() for h in (-36, 0, 36)}
    return len(offsets) > 1


@settings(max_examples=60, deadline=None)
@given(nights(), instants, zones)
def test_a_night_is_what_the_clock_on_the_wall_says(night: Quiet, at: datetime, zone: ZoneInfo) -> None:
    assume(not _jumps(at, zone))
    begin, end = local_time(night.daily_from), local_time(night.daily_to)
    assert begin is not None
    assert end is not None
    wall = _read(at, zone)
    dark = begin <= wall < end if begin < end else wall >= begin or wall < end
    bounded = night.starts_at <= at and (night.ends_at is None or at < night.ends_at)
    assert in_force(night, at, zone) == (dark and bounded)


@settings(max_examples=60, deadline=None)
@given(quiets, instants, zones)
def test_it_is_quiet_until_the_end_and_not_at_the_end(quiet: Quiet, at: datetime, zone: ZoneInfo) -> None:
    over = ends(quiet, at, zone)
    if not in_force(quiet, at, zone):
        assert over is None
    elif over is None:
        assert quiet.kind is Kind.SWITCH
    else:
        assert at < over
        assert in_force(quiet, over - timedelta(microseconds=1), zone)
        assert not in_force(quiet, over, zone)


@settings(max_examples=60, deadline=None)
@given(quiets, instants, zones)
def test_the_next_one_begins_when_it_becomes_quiet(quiet: Quiet, at: datetime, zone: ZoneInfo) -> None:
    start = begins(quiet, at, zone)
    if start is None:
        assert quiet.kind is not Kind.NIGHTLY or quiet.ends_at is not None
    else:
        assert start >= at
        assert in_force(quiet, start, zone)


@settings(max_examples=60, deadline=None)
@given(st.lists(quiets, max_size=4), instants, zones)
def test_it_opens_at_the_first_instant_that_lies_in_none(several: list[Quiet], at: datetime, zone: ZoneInfo) -> None:
    opening = opens(several, at, zone)
    if opening is None:
        return
    assert opening >= at
    assert not any(in_force(q, opening, zone) for q in several)
    for share in (0.0, 0.3, 0.6, 0.999):
        before = at + (opening - at) * share
        assert before >= opening or any(in_force(q, before, zone) for q in several)


def _berlin(day: int, month: int) -> Quiet:
    return Quiet(Kind.NIGHTLY, datetime(2026, month, day, 12, tzinfo=UTC), None, "22:00", "02:30")


def test_the_night_in_which_the_hour_comes_twice_ends_at_the_second() -> None:
    zone = ZoneInfo("Europe/Berlin")
    night = _berlin(24, 10)
    # 02:30 comes at 00:30 UTC and again at 01:30 UTC.
    assert in_force(night, datetime(2026, 10, 25, 0, 45, tzinfo=UTC), zone)
    assert ends(night, datetime(2026, 10, 24, 21, tzinfo=UTC), zone) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_night_in_which_the_hour_is_missing_is_rather_too_long() -> None:
    zone = ZoneInfo("Europe/Berlin")
    # 02:30 never comes: the clocks go from 02:00 to 03:00 at 01:00 UTC.
    over = ends(_berlin(28, 3), datetime(2026, 3, 28, 22, tzinfo=UTC), zone)
    assert over == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_nights_that_reach_into_one_another_are_one() -> None:
    zone = ZoneInfo("Europe/Berlin")
    night = Quiet(Kind.NIGHTLY, datetime(2026, 3, 27, tzinfo=UTC), None, "02:30", "02:29")
    over = ends(night, datetime(2026, 3, 28, 12, tzinfo=UTC), zone)
    assert over == datetime(2026, 3, 30, 0, 29, tzinfo=UTC)
    assert not in_force(night, over, zone)


def test_a_night_begun_in_the_middle_begins_then() -> None:
    at = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)
    night = Quiet(Kind.NIGHTLY, at, None, "22:00", "07:00")
    assert begins(night, at - timedelta(days=3), SHANGHAI) == at
    assert begins(night, at + timedelta(minutes=1), SHANGHAI) == datetime(2026, 5, 5, 14, tzinfo=UTC)


def test_a_lifted_one_is_over_from_that_instant() -> None:
    switch = Quiet(Kind.SWITCH, START, lifted_at=START + timedelta(hours=1))
    assert in_force(switch, START, SHANGHAI)
    assert not in_force(switch, START + timedelta(hours=1), SHANGHAI)
    assert opens([switch], START, SHANGHAI) == START + timedelta(hours=1)


def test_a_switch_that_is_on_has_no_end_in_sight() -> None:
    assert opens([Quiet(Kind.SWITCH, START)], START, SHANGHAI) is None


@pytest.mark.parametrize("text", ["", "7:00", "24:00", "07:60", "07:00:00", "abcde", "0700"])
def test_what_is_no_time_of_day(text: str) -> None:
    assert local_time(text) is None
