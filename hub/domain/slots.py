"""Recurring slots (固定档期): the hours an office publishes at, and the next one that is free. Standard library only;
what is quiet, free or taken is asked of the caller.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.domain.workdays import Calendar

# A slot that has not come round in so long will not: a 31st, or a calendar without working days.
HORIZON = timedelta(days=400)


@dataclass(frozen=True)
class Slot:
    """An hour that comes back: on `weekdays` (0 is Monday), or on the `monthday` of each month; in a shorter month on
    its last day. `clock` is local time.
    """

    clock: time
    weekdays: frozenset[int] = frozenset()
    monthday: int | None = None

    def falls_on(self, day: date) -> bool:
        """Whether it comes round on that day."""
        if self.monthday is not None:
            return day.day == min(self.monthday, months.monthrange(day.year, day.month)[1])
        return day.weekday() in self.weekdays


def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant of a local time; where the clocks jump over it, the one after the jump."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def occurrences(slots: Iterable[Slot], after: datetime, zone: ZoneInfo, until: datetime) -> Iterator[datetime]:
    """When the slots come round, later than `after` up to `until`, the earliest first, each instant once."""
    all_ = list(slots)
    day, last = after.astimezone(zone).date(), until.astimezone(zone).date()
    while all_ and day <= last:
        yield from sorted(
            {at for slot in all_ if slot.falls_on(day) and after < (at := instant(day, slot.clock, zone)) <= until}
        )
        day += timedelta(days=1)


def next_free(
    slots: Iterable[Slot],
    after: datetime,
    zone: ZoneInfo,
    *,
    calendar: Calendar,
    quiet: Callable[[datetime], bool],
    taken: Callable[[datetime], bool],
    count: int = 1,
) -> list[datetime]:
    """The next `count` instants of the slots on a working day that are neither quiet nor taken; fewer when there are
    none within HORIZON.
    """
    found: list[datetime] = []
    for at in occurrences(slots, after, zone, after + HORIZON):
        if calendar.day(at.astimezone(zone).date()).works and not quiet(at) and not taken(at):
            found.append(at)
            if len(found) == count:
                break
    return found
