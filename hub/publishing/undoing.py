"""Taking a cancellation or a withdrawal back.

A cancelled delivery stays cancelled, as the trail says; what was cancelled is scheduled again, as the same text to the
same account at the same time, with every check of scheduling. A withdrawal is taken back as a whole, and only while
nothing of it has been acted upon: what is out then is out as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import Retracts, Sited
from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import State
from hub.models import Delivery, Move, Withdrawal
from hub.permissions import require
from hub.publishing.access import hold_piece, settle_published_at
from hub.publishing.scheduling import Outcome, schedule
from hub.publishing.withdrawing import AS_BEFORE, REPLACED, UNDECIDED
from hub.services import Services
from hub.workflow import Actor, move

# Whoever changes their mind does so soon.
WHILE = timedelta(hours=1)
# What had failed or was held would go out at once: that is a decision, not a way back.
RETURNING = frozenset({State.SCHEDULED, State.AWAITING_HAND})


def cancelled_by(services: Services, *, actor: Actor, at: datetime) -> Sequence[tuple[Delivery, State]]:
    """What the actor cancelled at that instant and may take back, each with the state it was in."""
    with services.db.reading() as session:
        rows = session.execute(
            select(Delivery, Move.source)
            .join(Move, Move.delivery_id == Delivery.id)
            .where(Delivery.finished_at == at, Delivery.state == State.CANCELLED)
            .where(Move.target == State.CANCELLED, Move.actor == actor.name, Move.source.in_(RETURNING))
            .order_by(Delivery.id)
        ).all()
    return [(delivery, State(source)) for delivery, source in rows if source]


def schedule_again(services: Services, *, actor: Actor, cancelled_at: datetime, now: datetime) -> list[Outcome]:
    """Schedule again what the actor cancelled at that instant: at its old time, or at once for what waited for a person
    already. Raises Refusal when there is nothing of the kind, or it is too long ago.
    """
    found = cancelled_by(services, actor=actor, at=cancelled_at) if now - cancelled_at <= WHILE else []
    if not found:
        raise Refusal(
            "DLV-240",
            Words("这次取消已经不能撤销。", "This cancellation can't be taken back any more."),
            Words("要发布，请到这篇稿件的“发布”页重新排期。", "Schedule it again on the text's own page."),
        )
    groups: dict[tuple[int, datetime | None], list[int]] = {}
    for delivery, source in found:
        at = delivery.due_at if source is State.SCHEDULED else None
        groups.setdefault((delivery.revision_id, at), []).append(delivery.account_id)
    outcomes: list[Outcome] = []
    for (revision_id, at), accounts in groups.items():
        outcomes += schedule(services, actor=actor, revision_id=revision_id, account_ids=accounts, at=at, now=now)
    return outcomes


@dataclass(frozen=True)
class Undone:
    """What a withdrawal that was taken back left: how many are out as before, how many of these a person may have
    deleted by now, how many on their way go on, and what became of what it had cancelled.
    """

    interpretation_id: int
    standing: int
    by_hand: int
    going_on: int
    outcomes: Sequence[Outcome]


def undo_withdrawal(services: Services, *, actor: Actor, withdrawal_id: int, now: datetime) -> Undone:
    """Take one's own withdrawal back: what is out stays out, what is on its way goes on, what was cancelled is
    scheduled again. Raises Refusal once anything of it has been taken down or tried, a worker has it, or it is too long
    ago.
    """
    with services.db.writing() as session:
        withdrawal = session.get(Withdrawal, withdrawal_id)
        if withdrawal is None:
            raise Refusal("DLV-405", Words("没有这次撤回。", "There is no such withdrawal."))
        piece = hold_piece(session, withdrawal.interpretation_id)
        require(session, actor, Right.PUBLISH, piece.office_id)
        rows = _untouched(services, session, withdrawal)
        if withdrawal.actor != actor.name or now - withdrawal.at > WHILE or rows is None:
            raise Refusal("DLV-243", _BEGUN, _BEGUN_ADVICE)
        back = [row for row in rows if row.state == State.WITHDRAWING]
        for row in back:
            how: dict[str, Any] = {"actor": actor, "now": now, "reason": "撤回已撤销 withdrawal taken back"}
            move(session, row, State.PUBLISHED, **how, **AS_BEFORE, withdrawal_id=None)
        others = [row for row in rows if row.state in (*UNDECIDED, State.WITHDRAWN)]
        for row in others:
            row.withdrawal_id = None
        settle_published_at(session, piece.id)
    again = cancelled_by(services, actor=actor, at=withdrawal.at)
    outcomes = schedule_again(services, actor=actor, cancelled_at=withdrawal.at, now=now) if again else []
    by_hand = sum(row.channel in _by_hand(services) for row in back)
    return Undone(piece.id, len(back), by_hand, sum(row.state in UNDECIDED for row in others), outcomes)


def _untouched(services: Services, session: Session, withdrawal: Withdrawal) -> list[Delivery] | None:
    """The deliveries of the withdrawal, locked; None once anybody has acted upon one of them. Where the program can
    take nothing down, having found that out is no act: a person has the task.
    """
    mine = Delivery.withdrawal_id == withdrawal.id
    rows = session.scalars(select(Delivery).where(mine).order_by(Delivery.id).with_for_update()).all()
    taken_down = (
        select(Move.id)
        .join(Delivery, Delivery.id == Move.delivery_id)
        .where(mine, Move.at >= withdrawal.at, Move.target == State.WITHDRAWN, Move.reason != REPLACED)
    )
    unable = _by_hand(services)
    tried = [
        row
        for row in rows
        if row.state == State.WITHDRAWING and (row.token is not None or (row.attempt and row.channel not in unable))
    ]
    return None if tried or session.scalar(taken_down.limit(1)) is not None else list(rows)


def _by_hand(services: Services) -> set[str]:
    return {key for key, channel in services.channels.items() if not isinstance(channel, Sited | Retracts)}


_BEGUN = Words("撤回已经开始，不能撤销。", "The withdrawal has begun; it can't be taken back.")
_BEGUN_ADVICE = Words(
    "撤完以后，可到这篇稿件的“发布”页重新发布，公布日期不变。",
    "When it is done, publish the text again on its own page; it keeps its date.",
)
