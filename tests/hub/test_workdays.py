"""Working days by the State Council's calendar, deadlines counted in them, and the rules as data."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.workdays import Deadline, Kind, after, between, months_before, months_between, next_workday
from hub.rules import pack, packs
from hub.rules.china import CALENDAR, announced

# 国办发明电〔2024〕12号 and 〔2025〕7号: the notices for 2025 and 2026.
MAKEUP = {
    2025: ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"],
    2026: ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"],
}
FREE = {
    2025: [("2025-01-01", 1), ("2025-01-28", 8), ("2025-04-04", 3), ("2025-05-01", 5), ("2025-05-31", 3),
           ("2025-10-01", 8)],
    2026: [("2026-01-01", 3), ("2026-02-15", 9), ("2026-04-04", 3), ("2026-05-01", 5), ("2026-06-19", 3),
           ("2026-09-25", 3), ("2026-10-01", 7)],
}  # fmt: skip
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


def of(text: str) -> date:
    return date.fromisoformat(text)


def year(number: int) -> list[date]:
    first = date(number, 1, 1)
    return [first + timedelta(days=n) for n in range((date(number + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("number", [2025, 2026])
def test_make_up_days_are_those_of_the_notice(number: int) -> None:
    found = [day.isoformat() for day in year(number) if CALENDAR.day(day).kind is Kind.MAKEUP]
    assert found == MAKEUP[number]


@pytest.mark.parametrize("number", [2025, 2026])
def test_days_off_are_those_of_the_notice_and_the_other_weekends(number: int) -> None:
    off = {of(first) + timedelta(days=n) for first, count in FREE[number] for n in range(count)}
    weekends = {day for day in year(number) if day.weekday() >= 5} - {of(day) for day in MAKEUP[number]}
    assert {day for day in year(number) if not CALENDAR.day(day).works} == off | weekends


def test_days_off_have_names_in_both_languages() -> None:
    spring = CALENDAR.day(of("2026-02-17")).name
    assert spring.zh == "春节"
    assert spring.en.startswith("Chinese New Year")
    assert CALENDAR.day(of("2026-02-14")).name.zh == "调休上班"
    assert CALENDAR.day(of("2026-10-07")).name.zh == "调休放假"


def test_an_announced_year_is_sure_and_a_later_one_provisional() -> None:
    assert {2025, 2026} <= announced()
    assert not CALENDAR.day(of("2026-10-10")).provisional
    later = max(announced()) + 1
    assert CALENDAR.day(date(later, 10, 1)).kind is Kind.HOLIDAY
    assert CALENDAR.day(date(later, 10, 1)).provisional


@pytest.mark.parametrize(
    ("published", "last"),
    [
        ("2026-05-11", "2026-05-14"),  # an ordinary Monday
        ("2026-04-30", "2026-05-08"),  # over the May holiday
        ("2026-05-06", "2026-05-09"),  # the Saturday is a make-up day
        ("2026-02-12", "2026-02-24"),  # the make-up Saturday counts, the spring festival does not
        ("2026-09-30", "2026-10-10"),  # over the National Day to another make-up Saturday
        ("2026-05-09", "2026-05-13"),  # published on the make-up day itself
        ("2026-05-03", "2026-05-08"),  # published on a day off
    ],
)
def test_three_working_days_after_a_policy(published: str, last: str) -> None:
    assert after(CALENDAR, of(published), 3) == Deadline(of(last), provisional=False)


def test_a_deadline_that_reaches_into_a_year_not_announced_is_provisional() -> None:
    last = max(announced())
    assert after(CALENDAR, date(last, 12, 31), 3).provisional
    assert not after(CALENDAR, date(last, 12, 1), 3).provisional


def test_a_deadline_lies_ahead() -> None:
    assert after(CALENDAR, of("2026-05-03"), 0).date == of("2026-05-03")
    with pytest.raises(ValueError, match="ahead"):
        after(CALENDAR, of("2026-05-03"), -1)


@given(DAYS, st.integers(1, 40))
def test_a_deadline_is_a_working_day_and_counts_back(start: date, count: int) -> None:
    last = after(CALENDAR, start, count).date
    assert CALENDAR.day(last).works
    assert between(CALENDAR, start, last) == count
    assert between(CALENDAR, last, start) == -count
    assert between(CALENDAR, start, last - timedelta(days=1)) == count - 1


@given(DAYS, st.integers(0, 20), st.integers(0, 20))
def test_deadlines_add_up(start: date, one: int, other: int) -> None:
    assert after(CALENDAR, after(CALENDAR, start, one).date, other).date == after(CALENDAR, start, one + other).date


@given(DAYS)
def test_the_next_working_day_has_only_free_days_before_it(start: date) -> None:
    last = next_workday(CALENDAR, start)
    assert all(not CALENDAR.day(start + timedelta(days=n)).works for n in range(1, (last - start).days))


def test_rules_have_a_sentence_a_source_and_a_date_where_it_is_known() -> None:
    for found in packs():
        for rule in found.rules.values():
            assert all((*rule.says, *rule.source))
            assert rule.value > 0
            assert str(rule.value) in rule.says.zh
            assert rule.since is None or rule.since <= date(2026, 12, 31)
            assert rule.unit in ("workdays", "days", "months", "minutes")


def test_amber_comes_before_red() -> None:
    rules = pack("timeliness")
    assert rules["account_amber_days"] == 10
    assert rules["account_red_days"] == 13
    assert rules["interpretation_workdays"] == 3
    assert rules["policy_column_amber_months"] == 5
    assert rules["policy_column_months"] == 6


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [("2026-03-31", 1, "2026-02-28"), ("2026-01-15", 1, "2025-12-15"), ("2026-05-01", 6, "2025-11-01")],
)
def test_months_are_the_calendars(day: str, months: int, expected: str) -> None:
    assert months_before(date.fromisoformat(day), months) == date.fromisoformat(expected)


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.dates(date(2000, 1, 1), date(2040, 1, 1)))
def test_so_many_months_have_passed_and_not_one_more(first: date, last: date) -> None:
    first, last = sorted((first, last))
    months = months_between(first, last)
    assert first <= months_before(last, months)
    assert first > months_before(last, months + 1)
