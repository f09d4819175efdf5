"""Releasing what is due, and holding what is too late or falls into a quiet time. Any number of clocks may call it at
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain import quiet
from hub.domain.states import State
from hub.domain.troubles import Press, Turn, trouble
from hub.models import Account, Delivery, Office
from hub.publishing.holding import hold_back, put_by, resume
from hub.publishing.quieting import HeldOffices, held_offices, quiet_of
from hub.services import Services
from hub.workflow import Actor, move_all

CLOCK = Actor("clock")
# Rows a transaction: SQLite has one writer, and an editor's save should not wait for a city-wide release.
BATCH = 500

LATE = trouble(
    "DLV-210",
    Words(
        "已超过预定时间太久，没有自动发布。请选择立即发布、改时间或取消。",
        "It is too late after its time to go out by itself. Publish now, reschedule or cancel.",
    ),
    Turn.EDITOR,
    Press.CHOOSE,
)


def release_due(services: Services, now: datetime) -> int:
    """Queue every scheduled delivery whose time has come, and what a quiet time held that is over; return their
    number. One that is later than its tolerance is held instead, also when it was queued in time but no worker ever
    took it; so is every one of an office that is quiet now.
    """
    released = resume(services, now)
    hold_back(services, now)
    with services.db.writing() as session:
        waiting = _rows(session, Delivery.state == State.QUEUED, Delivery.attempt == 0, Delivery.due_at < now)
        _too_late(session, [row for row in waiting if _late(row, now)], State.QUEUED, now)
    while True:
        with services.db.writing() as session:
            due = _rows(session, Delivery.state == State.SCHEDULED, Delivery.due_at <= now)
            released += _release(session, due, now)
        if len(due) < BATCH:
            return released


def _release(session: Session, due: Sequence[Any], now: datetime) -> int:
    held = held_offices(session, now)
    late: list[Any] = []
    kept: list[Any] = []
    going: list[Any] = []
    for row in due:
        if _late(row, now) and not _was_quiet(held, row):
            late.append(row)
        else:
            (kept if held.stops(row.office_id, row.hold_id) else going).append(row)
    _too_late(session, late, State.SCHEDULED, now)
    put_by(session, held, [(row.id, row.office_id, row.hold_id) for row in kept], State.SCHEDULED, now)
    values: dict[str, Any] = {"hinted_at": None, "ready_at": None}
    ids = [row.id for row in going]
    return len(move_all(session, ids, State.SCHEDULED, State.QUEUED, actor=CLOCK, now=now, **values))


def _rows(session: Session, *where: ColumnElement[bool]) -> Sequence[Any]:
    """The earliest such rows, locked where the database can, without those another clock is at."""
    return session.execute(
        select(
            Delivery.id, Delivery.due_at, Delivery.tolerance_minutes, Delivery.hold_id, Account.office_id, Office.zone
        )
        .join(Account, Account.id == Delivery.account_id)
        .join(Office, Office.id == Account.office_id)
        .where(*where)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=Delivery)
    ).all()


def _late(row: Any, now: datetime) -> bool:
    latest: datetime = row.due_at + timedelta(minutes=row.tolerance_minutes)
    return latest < now


def _was_quiet(held: HeldOffices, row: Any) -> bool:
    """Whether its own time fell into the quiet time that goes on: then that held it back, however late it is seen."""
    stopping = held.stops(row.office_id, row.hold_id)
    return stopping is not None and quiet.in_force(quiet_of(stopping), row.due_at, ZoneInfo(row.zone))


def _too_late(session: Session, late: Sequence[Any], source: State, now: datetime) -> None:
    ids = [row.id for row in late]
    move_all(session, ids, source, State.HELD, actor=CLOCK, now=now, reason=LATE["code"], trouble=LATE)
