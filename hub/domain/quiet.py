"""Quiet times (暂停发布): whether an instant lies in one, and when it ends. Standard library only; no clock is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
# Stretches that follow one another without a gap are followed this far before we say "not foreseeable".
_FAR = 400


class Kind(StrEnum):
    """How a quiet time is given."""

    SWITCH = "switch"  # from an instant until somebody lifts it
    WINDOW = "window"  # between two instants
    NIGHTLY = "nightly"  # every day between two local times


@dataclass(frozen=True)
class Quiet:
    """A quiet time. All instants are aware; `daily_from` and `daily_to` ("22:00") are local times of the office, only
    for the nightly kind, which `starts_at` and `ends_at` bound. A lifted one is over from `lifted_at` on.
    """

    kind: Kind
    starts_at: datetime
    ends_at: datetime | None = None
    daily_from: str = ""
    daily_to: str = ""
    lifted_at: datetime | None = None


def in_force(quiet: Quiet, at: datetime, zone: ZoneInfo) -> bool:
    """Whether `at` lies inside: the first instant of a stretch does, the last does not."""
    return _stretch(quiet, at, zone) is not None


def ends(quiet: Quiet, at: datetime, zone: ZoneInfo) -> datetime | None:
    """When the stretch that `at` lies in is over; None when nobody knows (a switch), or when `at` lies in none."""
    found = _stretch(quiet, at, zone)
    return found[1] if found else None


def begins(quiet: Quiet, after: datetime, zone: ZoneInfo) -> datetime | None:
    """When the next stretch begins, at or after `after`; None when there is none any more."""
    first = max(after, quiet.starts_at)
    if quiet.kind is not Kind.NIGHTLY:
        starts = iter([quiet.starts_at])
    else:
        starts = (max(start, quiet.starts_at) for start, end in _nights(quiet, first, zone) if end > quiet.starts_at)
    over = min((o for o in (quiet.ends_at, quiet.lifted_at) if o is not None), default=None)
    return next((s for s in starts if s >= after and (over is None or s < over)), None)


def opens(quiets: Iterable[Quiet], at: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant from `at` on that lies in none of them; None when that can't be foreseen (a switch is on)."""
    all_, instant = list(quiets), at
    for _ in range(_FAR):
        found = [stretch for quiet in all_ if (stretch := _stretch(quiet, instant, zone))]
        if not found:
            return instant
        if any(end is None for _, end in found):
            return None
        instant = max(end for _, end in found if end is not None)
    return None


def local_time(text: str) -> time | None:
    """The time of day in "22:00", or None when it is none."""
    try:
        return time.fromisoformat(text) if len(text) == len("22:00") else None
    except ValueError:
        return None


_Stretch = tuple[datetime, datetime | None]


def _stretch(quiet: Quiet, at: datetime, zone: ZoneInfo) -> _Stretch | None:
    """The stretch that `at` lies in, with the bounds of the whole already applied."""
    over = [o for o in (quiet.lifted_at, quiet.ends_at if quiet.kind is not Kind.SWITCH else None) if o is not None]
    if at < quiet.starts_at or any(at >= o for o in over):
        return None
    if quiet.kind is not Kind.NIGHTLY:
        return quiet.starts_at, min(over, default=None)
    found: tuple[datetime, datetime] | None = None
    for start, end in _nights(quiet, at, zone):
        if found is None and start <= at < end:
            found = start, end
        elif found is not None and start <= found[1] < end:
            # Nearly the whole day, and the clocks jump: one night reaches into the next.
            found = found[0], end
    return (max(found[0], quiet.starts_at), min([found[1], *over])) if found else None


def _nights(quiet: Quiet, at: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The nights around `at`: the one before, its own, and the two after."""
    begin, end = local_time(quiet.daily_from), local_time(quiet.daily_to)
    if begin is None or end is None:
        return
    today = at.astimezone(zone).date()
    for day in (today - _DAY, today, today + _DAY, today + 2 * _DAY):
        last = day + _DAY if end <= begin else day
        # Where the clocks jump, a local time is two instants or none: the night is then the longer of both readings,
        # because a post in the night can't be taken back and one that is an hour late harms nobody.
        yield min(_instants(day, begin, zone)), max(_instants(last, end, zone))


def _instants(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    return [datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)]
