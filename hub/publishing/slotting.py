"""Recurring slots (固定档期) as verbs, and the next one that is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain import quiet, slots
from hub.domain.quiet import local_time
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import State
from hub.domain.workdays import Calendar
from hub.models import Account, Delivery, Hold, Slot
from hub.permissions import require, require_before
from hub.publishing.quieting import may_apply, quiet_of
from hub.rules import pack
from hub.services import Services
from hub.trail import note
from hub.workflow import Actor

LONGEST_NAME = 60


@dataclass(frozen=True)
class Facts:
    """What is said of a slot: on which weekdays (0 is Monday) or which day of the month, at what local time, and for
    which channels; none: for all of the office's accounts.
    """

    name: str
    weekdays: Sequence[int]
    monthday: int | None
    clock: str
    channels: Sequence[str] = ()


def add_slot(services: Services, *, actor: Actor, office_id: int, facts: Facts, now: datetime) -> int:
    """Add a slot; returns its id. Raises Refusal for what comes round never, has no name or no time."""
    require_before(services.db, actor, Right.PUBLISH, office_id)
    row = Slot(office_id=office_id, created_at=now, created_by=actor.name, **_checked(facts))
    with services.db.writing() as session:
        require(session, actor, Right.PUBLISH, office_id)
        session.add(row)
        session.flush()
        note(session, actor=actor, kind="slot.added", subject=row, now=now, after=_said(row))
        return row.id


def change_slot(services: Services, *, actor: Actor, slot_id: int, facts: Facts, now: datetime) -> Facts:
    """Say something else of a slot; returns what was said of it before. What is scheduled stays at its time. Raises
    Refusal as `add_slot` does, and when there is none such.
    """
    with services.db.writing() as session:
        row = _found(session, actor, slot_id)
        before, was = _said(row), facts_of(row)
        for name, value in _checked(facts).items():
            setattr(row, name, value)
        row.version += 1
        note(session, actor=actor, kind="slot.changed", subject=row, now=now, before=before, after=_said(row))
    return was


def _checked(facts: Facts) -> dict[str, Any]:
    """The columns that the facts make. Raises Refusal for what comes round never, has no name or no time."""
    name, days = " ".join(facts.name.split()), {day for day in facts.weekdays if 0 <= day <= 6}
    monthday = facts.monthday
    if not name or len(name) > LONGEST_NAME:
        raise Refusal("SCH-101", Words("请给档期起个名字，不超过 60 字。", "Name the slot, in at most 60 characters."))
    if local_time(facts.clock) is None:
        raise Refusal("SCH-102", Words("请填写几点发布，例如 09:30。", "Say at what time, such as 09:30."))
    if bool(days) == (monthday is not None) or (monthday is not None and not 1 <= monthday <= 31):
        raise Refusal(
            "SCH-103",
            Words("请选择星期几，或者每月几号，二选一。", "Choose days of the week or a day of the month, not both."),
        )
    return {
        "name": name,
        "weekdays": sum(1 << day for day in days),
        "monthday": monthday,
        "clock": facts.clock,
        "channels": list(facts.channels),
    }


def switch_slot(services: Services, *, actor: Actor, slot_id: int, active: bool, now: datetime) -> None:
    """Put a slot out of use, or into use again. Raises Refusal when there is none such."""
    with services.db.writing() as session:
        row = _found(session, actor, slot_id)
        before = _said(row)
        row.active, row.version = active, row.version + 1
        note(session, actor=actor, kind="slot.changed", subject=row, now=now, before=before, after=_said(row))


def _found(session: Session, actor: Actor, slot_id: int) -> Slot:
    row = session.get(Slot, slot_id)
    if row is None:
        raise Refusal("SCH-404", Words("没有这个档期。", "There is no such slot."))
    require(session, actor, Right.PUBLISH, row.office_id)
    return row


def _said(row: Slot) -> dict[str, Any]:
    names = ("name", "weekdays", "monthday", "clock", "channels", "active")
    return {name: getattr(row, name) for name in names} | {"active": row.active is not False}


def slots_of(session: Session, office_id: int) -> Sequence[Slot]:
    """The office's slots, those in use first, then by their time."""
    return session.scalars(
        select(Slot).where(Slot.office_id == office_id).order_by(Slot.active.desc(), Slot.clock, Slot.id)
    ).all()


def facts_of(row: Slot) -> Facts:
    """What is said of it."""
    return Facts(row.name, sorted(domain_slot(row).weekdays), row.monthday, row.clock, row.channels)


def domain_slot(row: Slot) -> slots.Slot:
    """The row as the domain knows it."""
    days = frozenset(day for day in range(7) if row.weekdays >> day & 1)
    return slots.Slot(local_time(row.clock) or time(), days, row.monthday)


@dataclass(frozen=True)
class Coming:
    """A time that is free, and the channels it is meant for; none: all."""

    at: datetime
    channels: tuple[str, ...] = ()


def next_slots(
    session: Session, office_id: int, after: datetime, zone: ZoneInfo, calendar: Calendar, count: int
) -> list[Coming]:
    """The next slots of the office that are working time, not quiet, and not taken: nothing of the office is scheduled
    for a channel of theirs within the gap that two texts to one account should have.
    """
    alike: dict[tuple[str, ...], list[slots.Slot]] = {}
    for row in slots_of(session, office_id):
        if row.active:
            alike.setdefault(tuple(sorted(row.channels)), []).append(domain_slot(row))
    if not alike:
        return []
    gap = timedelta(minutes=pack("timeliness")["account_gap_minutes"])
    holds = [quiet_of(hold) for hold in session.scalars(select(Hold).where(_ours(office_id), may_apply(after)))]
    due = _due(session, office_id, after - gap)
    found: dict[datetime, list[tuple[str, ...]]] = {}
    for channels, mine in alike.items():
        theirs = [at for at, channel in due if not channels or channel in channels]
        for at in slots.next_free(
            mine,
            after,
            zone,
            calendar=calendar,
            quiet=lambda at: any(quiet.in_force(hold, at, zone) for hold in holds),
            taken=lambda at, theirs=theirs: any(abs(at - other) < gap for other in theirs),  # type: ignore[misc]
            count=count,
        ):
            found.setdefault(at, []).append(channels)
    return [Coming(at, _together(found[at])) for at in sorted(found)[:count]]


def _due(session: Session, office_id: int, since: datetime) -> list[tuple[datetime, str]]:
    rows = session.execute(
        select(Delivery.due_at, Delivery.channel)
        .distinct()
        .join(Account, Account.id == Delivery.account_id)
        .where(Account.office_id == office_id, Delivery.state == State.SCHEDULED, Delivery.due_at > since)
    )
    return [(at, channel) for at, channel in rows]


def _together(meant: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """What several slots of one time are meant for: all channels, once one of them is."""
    return tuple(sorted({key for channels in meant for key in channels})) if all(meant) else ()


def _ours(office_id: int) -> Any:
    return Hold.office_id.is_(None) | (Hold.office_id == office_id)
