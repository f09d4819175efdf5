"""Recurring slots: when they come round, and the next one that is free."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.slots import HORIZON, Slot, next_free, occurrences
from hub.rules.china import CALENDAR

ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York"]).map(ZoneInfo)
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
SLOTS = st.builds(Slot, CLOCKS, st.frozensets(st.integers(0, 6), min_size=1)) | st.builds(
    lambda clock, day: Slot(clock, monthday=day), CLOCKS, st.integers(1, 31)
)
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
SHANGHAI = ZoneInfo("Asia/Shanghai")


def never(_at: datetime) -> bool:
    return False


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_the_next_slot_skips_days_off_and_takes_the_make_up_saturday() -> None:
    mornings = Slot(time(9, 30), frozenset(range(7)))
    found = next_free(
        [mornings], local("2026-04-30T10:00"), SHANGHAI, calendar=CALENDAR, quiet=never, taken=never, count=4
    )
    assert [at.astimezone(SHANGHAI).isoformat()[:16] for at in found] == [
        "2026-05-06T09:30",
        "2026-05-07T09:30",
        "2026-05-08T09:30",
        "2026-05-09T09:30",
    ]


def test_a_31st_is_the_last_day_of_a_shorter_month() -> None:
    slot = Slot(time(9), monthday=31)
    assert slot.falls_on(date(2026, 2, 28))
    assert slot.falls_on(date(2026, 3, 31))
    assert not slot.falls_on(date(2026, 3, 30))


def test_what_is_quiet_or_taken_is_passed_over() -> None:
    hourly = [Slot(time(hour), frozenset(range(5))) for hour in (9, 10, 11)]
    start = local("2026-05-11T08:00")
    found = next_free(
        hourly,
        start,
        SHANGHAI,
        calendar=CALENDAR,
        quiet=lambda at: at == local("2026-05-11T09:00"),
        taken=lambda at: at == local("2026-05-11T10:00"),
    )
    assert found == [local("2026-05-11T11:00")]


def test_without_slots_or_with_none_free_there_is_no_next() -> None:
    start = local("2026-05-11T08:00")
    assert next_free([], start, SHANGHAI, calendar=CALENDAR, quiet=never, taken=never) == []
    daily = [Slot(time(9), frozenset(range(7)))]
    assert next_free(daily, start, SHANGHAI, calendar=CALENDAR, quiet=lambda _at: True, taken=never) == []


@given(st.lists(SLOTS, max_size=4), INSTANTS, ZONES)
def test_occurrences_are_in_order_later_and_of_a_slot(slots: list[Slot], after: datetime, zone: ZoneInfo) -> None:
    until = after + timedelta(days=40)
    found = list(occurrences(slots, after, zone, until))
    assert found == sorted(set(found))
    assert all(after < at <= until for at in found)
    assert all(any(slot.falls_on(at.astimezone(zone).date()) for slot in slots) for at in found)


@given(st.lists(SLOTS, min_size=1, max_size=3), INSTANTS, ZONES, st.sets(st.integers(0, 23)), st.integers(1, 5))
def test_the_next_free_one_is_the_first_that_fits(
    slots: list[Slot], after: datetime, zone: ZoneInfo, hours: set[int], count: int
) -> None:
    def quiet(at: datetime) -> bool:
        return at.astimezone(zone).hour in hours

    found = next_free(slots, after, zone, calendar=CALENDAR, quiet=quiet, taken=never, count=count)
    fitting = (
        at
        for at in occurrences(slots, after, zone, after + HORIZON)
        if CALENDAR.day(at.astimezone(zone).date()).works and not quiet(at)
    )
    assert found == [at for at, _ in zip(fitting, range(count), strict=False)]
