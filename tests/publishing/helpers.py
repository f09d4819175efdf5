"""Shorthands that let the tests read as sentences."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from hub.domain.states import State
from hub.models import Delivery, Move
from hub.publishing.scheduling import schedule
from hub.services import Services
from tests.fakes import EDITOR, NOW, write

PLAIN, SENDER, SITED, KEEPER = 1, 2, 3, 4


def scheduled(
    services: Services, account: int = SENDER, at: datetime | None = None, revision: int | None = None, now: Any = NOW
) -> int:
    """The id of a new delivery to the account."""
    revision = revision or write(services)
    [outcome] = schedule(services, actor=EDITOR, revision_id=revision, account_ids=[account], at=at, now=now)
    assert outcome.delivery_id is not None, outcome
    return outcome.delivery_id


def row(services: Services, delivery_id: int) -> Delivery:
    """The delivery as it is now."""
    with services.db.reading() as session:
        return session.get_one(Delivery, delivery_id)


def state(services: Services, delivery_id: int) -> State:
    return State(row(services, delivery_id).state)


def trail(services: Services, delivery_id: int) -> list[str]:
    """The states it went through, from its Move rows."""
    with services.db.reading() as session:
        return list(session.scalars(select(Move.target).where(Move.delivery_id == delivery_id).order_by(Move.id)))
