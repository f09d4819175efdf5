"""Sweeping: what to do about deliveries whose worker died or lost its time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select, update

from hub.domain.deadlines import FIRST_LOOK, MAX_ATTEMPTS
from hub.domain.states import State
from hub.models import Delivery
from hub.services import Services
from hub.workflow import Actor, move_all

SWEEPER = Actor("clock")

LOST_ANSWER = {
    "code": "DLV-501",
    "zh": "DLV-501 发送途中程序中断，结果待核。系统会先核对，不会盲目重发。",
    "en": "DLV-501 The program was interrupted while sending. The outcome is looked up; nothing is resent blindly.",
}
WORN_OUT = {
    "code": "DLV-502",
    "zh": f"DLV-502 处理这项任务时程序连续中断 {MAX_ATTEMPTS} 次，已停止。请联系管理员查看日志，再重试。",
    "en": f"DLV-502 The program broke off {MAX_ATTEMPTS} times over this. Have the log looked at, then retry.",
}


def sweep(services: Services, now: datetime) -> int:
    """Settle every claim whose lease has ended; returns how many. Without an intent nothing has left the house: queued
    again, or failed when too many workers died of it. With one: unknown, to be looked up. Any number may sweep at once.
    """
    with services.db.writing() as session:
        begun = Delivery.intent_at.is_not(None)
        counts = [
            len(
                move_all(session, picked, State.WORKING, target, actor=SWEEPER, now=now, reason="lease ended", **values)
            )
            for picked, target, values in (
                (
                    _expired(now).where(begun),
                    State.UNKNOWN,
                    {"trouble": LOST_ANSWER, "ready_at": now + FIRST_LOOK, "hinted_at": None},
                ),
                (
                    _expired(now).where(~begun, Delivery.attempt >= MAX_ATTEMPTS),
                    State.FAILED,
                    {"trouble": WORN_OUT, "finished_at": now},
                ),
                (
                    _expired(now).where(~begun, Delivery.attempt < MAX_ATTEMPTS),
                    State.QUEUED,
                    {"ready_at": None, "hinted_at": None},
                ),
            )
        ]
        # Skipping what another holds, as above: who waits for a row while holding others may wait in a circle.
        over = select(Delivery.id).where(Delivery.state == State.UNKNOWN, Delivery.lease_until < now)
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(over.with_for_update(skip_locked=True)))
            .values(token=None, lease_until=None)
            .execution_options(synchronize_session=False)
        )
        return sum(counts)


def _expired(now: datetime) -> Select[int]:
    return (
        select(Delivery.id)
        .where(Delivery.state == State.WORKING, Delivery.lease_until < now)
        .with_for_update(skip_locked=True)
    )
