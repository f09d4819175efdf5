"""Sweeping: what to do about deliveries whose worker died or lost its time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain.deadlines import FIRST_LOOK, MAX_ATTEMPTS
from hub.domain.states import State
from hub.domain.troubles import Press, Trouble, Turn, trouble
from hub.models import Delivery
from hub.publishing import retracting
from hub.services import Services
from hub.workflow import Actor, move, move_all

SWEEPER = Actor("clock")

LOST_ANSWER = trouble(
    "DLV-501",
    Words(
        "发送途中程序中断，结果待核。系统会先核对，不会盲目重发。",
        "The program was interrupted while sending. The outcome is looked up; nothing is resent blindly.",
    ),
    Turn.MACHINE,
    Press.WAIT,
)
WORN_OUT = trouble(
    "DLV-502",
    Words(
        f"处理这项任务时程序连续中断 {MAX_ATTEMPTS} 次，已停止。请联系管理员查看日志，再重试。",
        f"The program broke off {MAX_ATTEMPTS} times over this. Have the log looked at, then retry.",
    ),
    Turn.ADMINISTRATOR,
    Press.RETRY,
)
BROKE_OFF = trouble(
    "DLV-508",
    Words(
        "处理途中程序中断，没有发出任何内容，自动再试。",
        "The program was interrupted; nothing was sent. Tried again by itself.",
    ),
    Turn.MACHINE,
    Press.WAIT,
)


def sweep(services: Services, now: datetime) -> int:
    """Settle every claim whose lease has ended; returns how many. Without an intent nothing has left the house: queued
    again, or failed when too many workers died of it. With one: unknown, to be looked up. Nothing that was withdrawn
    meanwhile is queued. Any number may sweep at once.
    """
    with services.db.writing() as session:
        swept = _sweep_work(session, now) + _sweep_withdrawals(session, now)
        session.execute(
            update(Delivery)
            .where(Delivery.state.in_((State.UNKNOWN, State.CONFIRMING)), Delivery.lease_until < now)
            .values(token=None, lease_until=None)
            .execution_options(synchronize_session=False)
        )
        _cancel_withdrawn(session, now)
        return swept


def _sweep_work(session: Session, now: datetime) -> int:
    begun = Delivery.intent_at.is_not(None)
    worn = Delivery.attempt >= MAX_ATTEMPTS
    looked_for = {"trouble": LOST_ANSWER, "ready_at": now + FIRST_LOOK, "hinted_at": None}
    endings: tuple[tuple[Select[int], State, Trouble, dict[str, Any]], ...] = (
        (_expired(now).where(begun), State.UNKNOWN, LOST_ANSWER, looked_for),
        (_expired(now).where(~begun, worn), State.FAILED, WORN_OUT, {"trouble": WORN_OUT, "finished_at": now}),
        (_expired(now).where(~begun, ~worn), State.QUEUED, BROKE_OFF, {"ready_at": None, "hinted_at": None}),
    )
    moved = 0
    for picked, target, said, values in endings:
        how: dict[str, Any] = {"actor": SWEEPER, "now": now, "reason": "lease ended", "said": said}
        moved += len(move_all(session, picked, State.WORKING, target, **how, **values))
    return moved


def _expired(now: datetime) -> Select[int]:
    return (
        select(Delivery.id)
        .where(Delivery.state == State.WORKING, Delivery.lease_until < now)
        .with_for_update(skip_locked=True)
    )


def _sweep_withdrawals(session: Session, now: datetime) -> int:
    """A worker that died over a withdrawal has used up a try; so one that kills them all ends with a person."""
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.state == State.WITHDRAWING, Delivery.lease_until < now)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        values = retracting.tried(row.key, row.attempt + 1, retracting.INTERRUPTED, now)
        how: dict[str, Any] = {"actor": SWEEPER, "now": now, "reason": "lease ended", "said": values["trouble"]}
        move(session, row, State.WITHDRAWING, **how, **values)
    return len(rows)


def _cancel_withdrawn(session: Session, now: datetime) -> None:
    """What was withdrawn while a worker had it, and turned out not to be out."""
    for state in (State.QUEUED, State.FAILED):
        marked = Delivery.withdrawal_id.is_not(None)
        picked = select(Delivery.id).where(Delivery.state == state, marked).with_for_update(skip_locked=True)
        values: dict[str, Any] = {"trouble": None, "ready_at": None, "hand_by": None, "finished_at": now}
        how: dict[str, Any] = {"actor": SWEEPER, "now": now, "reason": "撤回 withdrawn meanwhile"}
        move_all(session, picked, state, State.CANCELLED, **how, **values)
