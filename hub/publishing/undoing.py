"""Taking a cancellation back. A cancelled delivery stays cancelled, as the trail says; what was cancelled is scheduled
again, as the same text to the same account at the same time, with every check of scheduling.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.models import Delivery, Move
from hub.publishing.scheduling import Outcome, schedule
from hub.services import Services
from hub.workflow import Actor

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
