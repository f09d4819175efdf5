"""Releasing what is due, and holding what is too late. Any number of clocks may call it at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from hub.domain.states import State
from hub.models import Delivery
from hub.services import Services
from hub.workflow import Actor, move_all

CLOCK = Actor("clock")
# Rows a transaction: SQLite has one writer, and an editor's save should not wait for a city-wide release.
BATCH = 500

LATE = {
    "code": "DLV-210",
    "zh": "DLV-210 已超过预定时间太久，没有自动发布。请选择立即发布、改时间或取消。",
    "en": "DLV-210 It is too late after its time to go out by itself. Publish now, reschedule or cancel.",
}


def release_due(services: Services, now: datetime) -> int:
    """Queue every scheduled delivery whose time has come and return their number. One that is later than its
    tolerance is held instead, also when it was queued in time but no worker ever took it.
    """
    with services.db.writing() as session:
        waiting = _rows(session, Delivery.state == State.QUEUED, Delivery.attempt == 0, Delivery.due_at < now)
        _hold(session, [row for row in waiting if _late(row, now)], State.QUEUED, now)
    released = 0
    while True:
        with services.db.writing() as session:
            due = _rows(session, Delivery.state == State.SCHEDULED, Delivery.due_at <= now)
            _hold(session, [row for row in due if _late(row, now)], State.SCHEDULED, now)
            in_time = [row.id for row in due if not _late(row, now)]
            values: dict[str, Any] = {"hinted_at": None, "ready_at": None}
            released += len(move_all(session, in_time, State.SCHEDULED, State.QUEUED, actor=CLOCK, now=now, **values))
        if len(due) < BATCH:
            return released


def _rows(session: Session, *where: ColumnElement[bool]) -> Sequence[Any]:
    """The earliest such rows, locked where the database can, without those another clock is at."""
    return session.execute(
        select(Delivery.id, Delivery.due_at, Delivery.tolerance_minutes)
        .where(*where)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()


def _late(row: Any, now: datetime) -> bool:
    latest: datetime = row.due_at + timedelta(minutes=row.tolerance_minutes)
    return latest < now


def _hold(session: Session, late: Sequence[Any], source: State, now: datetime) -> None:
    ids = [row.id for row in late]
    move_all(session, ids, source, State.HELD, actor=CLOCK, now=now, reason=LATE["code"], trouble=LATE)
