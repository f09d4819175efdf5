"""What a worker's parent does for the rows in the hand of a child that hangs, or that is dead."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from hub.domain.states import State
from hub.models import Delivery
from hub.publishing import lanes
from hub.publishing.progress import InHand
from hub.services import Services
from hub.workflow import Actor, move_all

WORKER = Actor("worker")
HUNG = "another delivery hangs"


def free_neighbours(services: Services, hung: InHand, now: datetime) -> int:
    """Queue again what was claimed together with a delivery that takes long and that was not begun; returns how many.
    The child finds its claims gone when it comes to them. What has its intent written stays the child's.
    """
    with services.db.writing() as session:
        waiting = select(Delivery.id).where(
            Delivery.token == hung.token, Delivery.id != hung.delivery_id, Delivery.intent_at.is_(None)
        )
        again: dict[str, Any] = {"tries": -1, "hinted_at": None, "ready_at": None}
        return len(move_all(session, waiting, State.WORKING, State.QUEUED, actor=WORKER, now=now, reason=HUNG, **again))


def abandon(services: Services, hung: InHand, now: datetime, *, too_slow: bool) -> None:
    """The child is dead: end the leases of its rows now, so that the next sweep settles them. `too_slow`: it was killed
    because this delivery outlasted its time, so its channel counts as slow.
    """
    with services.db.writing() as session:
        channel = session.scalar(select(Delivery.channel).where(Delivery.id == hung.delivery_id))
        session.execute(
            update(Delivery)
            .where(Delivery.token == hung.token)
            .values(lease_until=now - timedelta(seconds=1))
            .execution_options(synchronize_session=False)
        )
        if too_slow and channel is not None:
            lanes.strike(session, channel, now)
