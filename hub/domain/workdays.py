"""Working days (工作日): which days people of an office work, and deadlines counted in them. Standard library only; the
calendar that says which days are free is an argument.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from channels.words import NO_WORDS, Words

_DAY = timedelta(days=1)


class Kind(StrEnum):
    """What a day is."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"  # a Saturday or Sunday on which people work for a day off before or after it


@dataclass(frozen=True)
class Day:
    """One day of the calendar. `provisional` (暂算): its year has not been announced, so it is computed by the law's
    own days off, without the make-up days that an announcement adds.
    """

    date: date
    kind: Kind
    name: Words = NO_WORDS
    provisional: bool = False

    @property
    def works(self) -> bool:
        """Whether people work on it."""
        return self.kind in (Kind.WORKDAY, Kind.MAKEUP)


class Calendar(Protocol):
    """Says what a day is."""

    def day(self, of: date) -> Day:
        """What that day is."""
        ...


@dataclass(frozen=True)
class Deadline:
    """The last day on which something is in time; provisional when any day that was counted was."""

    date: date
    provisional: bool


def after(calendar: Calendar, start: date, count: int) -> Deadline:
    """The `count`-th working day after `start`, which itself is not counted: "within three working days" of a Friday is
    the Wednesday that follows. With 0 it is `start` itself. Raises ValueError for less.
    """
    if count < 0:
        raise ValueError("a deadline lies ahead")
    provisional, last = False, start
    days = _days(calendar, start + _DAY)
    while count:
        day = next(days)
        provisional, last = provisional or day.provisional, day.date
        count -= day.works
    return Deadline(last, provisional)


def between(calendar: Calendar, start: date, end: date) -> int:
    """How many working days there are after `start` up to and with `end`; negative when `end` is the earlier one."""
    if end < start:
        return -between(calendar, end, start)
    return sum(day.works for day in _days(calendar, start + _DAY, end))


def next_workday(calendar: Calendar, start: date) -> date:
    """The first working day after `start`."""
    return after(calendar, start, 1).date


def _days(calendar: Calendar, first: date, last: date | None = None) -> Iterator[Day]:
    day = first
    while last is None or day <= last:
        yield calendar.day(day)
        day += _DAY


def months_before(day: date, months: int) -> date:
    """The same day of the month, so many months earlier; in a shorter month its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_between(first: date, last: date) -> int:
    """The whole months that have passed from `first` to `last`."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months if first <= months_before(last, months) else months - 1
