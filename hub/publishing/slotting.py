"""Recurring slots (固定档期) as verbs, and the next one that is free."""

from __future__ import annotations

from collections.abc import Sequence
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


def save_slot(
    services: Services,
    *,
    actor: Actor,
    office_id: int,
    name: str,
    weekdays: Sequence[int],
    monthday: int | None,
    clock: str,
    channels: Sequence[str],
    now: datetime,
) -> int:
    """Add a slot; returns its id. Raises Refusal for what comes round never, has no name or no time."""
    require_before(services.db, actor, Right.PUBLISH, office_id)
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Refusal("SCH-101", Words("请给档期起个名字，不超过 60 字。", "Name the slot, in at most 60 characters."))
    if local_time(clock) is None:
        raise Refusal("SCH-102", Words("请填写几点发布，例如 09:30。", "Say at what time, such as 09:30."))
    days = {day for day in weekdays if 0 <= day <= 6}
    if bool(days) == (monthday is not None) or (monthday is not None and not 1 <= monthday <= 31):
        raise Refusal(
            "SCH-103",
            Words("请选择星期几，或者每月几号，二选一。", "Choose days of the week or a day of the month, not both."),
        )
    row = Slot(
        office_id=office_id,
        name=name,
        weekdays=sum(1 << day for day in days),
        monthday=monthday,
        clock=clock,
        channels=list(channels),
        created_at=now,
        created_by=actor.name,
    )
    with services.db.writing() as session:
        require(session, actor, Right.PUBLISH, office_id)
        session.add(row)
        session.flush()
        note(session, actor=actor, kind="slot.added", subject=row, now=now, after=_said(row))
        return row.id


def switch_slot(services: Services, *, actor: Actor, slot_id: int, active: bool, now: datetime) -> None:
    """Put a slot out of use, or into use again. Raises Refusal when there is none such."""
    with services.db.writing() as session:
        row = session.get(Slot, slot_id)
        if row is None:
            raise Refusal("SCH-404", Words("没有这个档期。", "There is no such slot."))
        require(session, actor, Right.PUBLISH, row.office_id)
        before = _said(row)
        row.active, row.version = active, row.version + 1
        note(session, actor=actor, kind="slot.changed", subject=row, now=now, before=before, after=_said(row))


def _said(row: Slot) -> dict[str, Any]:
    names = ("name", "weekdays", "monthday", "clock", "channels", "active")
    return {name: getattr(row, name) for name in names} | {"active": row.active is not False}


def slots_of(session: Session, office_id: int) -> Sequence[Slot]:
    """The office's slots, those in use first, then by their time."""
    return session.scalars(
        select(Slot).where(Slot.office_id == office_id).order_by(Slot.active.desc(), Slot.clock, Slot.id)
    ).all()


def domain_slot(row: Slot) -> slots.Slot:
    """The row as the domain knows it."""
    days = frozenset(day for day in range(7) if row.weekdays >> day & 1)
    return slots.Slot(local_time(row.clock) or time(), days, row.monthday)


def next_slots(
    session: Session, office_id: int, after: datetime, zone: ZoneInfo, calendar: Calendar, count: int
) -> list[datetime]:
    """The next slots of the office that are working time, not quiet, and not taken: nothing of the office is scheduled
    within the gap that two texts to one account should have.
    """
    mine = [domain_slot(row) for row in slots_of(session, office_id) if row.active]
    if not mine:
        return []
    gap = timedelta(minutes=pack("timeliness")["account_gap_minutes"])
    holds = [quiet_of(hold) for hold in session.scalars(select(Hold).where(_ours(office_id), may_apply(after)))]
    due = session.scalars(
        select(Delivery.due_at)
        .distinct()
        .join(Account, Account.id == Delivery.account_id)
        .where(Account.office_id == office_id, Delivery.state == State.SCHEDULED, Delivery.due_at > after - gap)
    ).all()
    return slots.next_free(
        mine,
        after,
        zone,
        calendar=calendar,
        quiet=lambda at: any(quiet.in_force(hold, at, zone) for hold in holds),
        taken=lambda at: any(abs(at - other) < gap for other in due),
        count=count,
    )


def _ours(office_id: int) -> Any:
    return Hold.office_id.is_(None) | (Hold.office_id == office_id)
