"""What an editor does to many deliveries at once: a release to a whole city is 16,500 of them.

Each is moved from a state that allows it, by the same statement that asks for the state; what has moved on meanwhile is
passed over and counted. In pieces, because SQLite has one writer and nobody's save should wait for a city.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, aliased

from hub.domain.roles import Right
from hub.domain.states import CANCELLABLE, RETRYABLE, State
from hub.models import Account, Delivery
from hub.permissions import require
from hub.publishing.access import settle_published_at
from hub.publishing.changing import ANEW
from hub.publishing.quieting import held_offices
from hub.services import Services
from hub.workflow import Actor, move_all

# Rows a transaction.
BATCH = 1000


@dataclass(frozen=True)
class Tally:
    """What became of them: so many were moved, so many were no longer as they had to be."""

    moved: int
    passed_over: int


def cancel_all(
    services: Services, *, actor: Actor, delivery_ids: Sequence[int], now: datetime, reason: str = ""
) -> Tally:
    """Stop all of these that nobody works on yet. Raises Refusal when the actor may not for one of the offices."""
    moved = 0
    for session, rows in _batches(services, actor, delivery_ids, CANCELLABLE):
        for state, some in _by_state(rows).items():
            how: dict[str, Any] = {"actor": actor, "now": now, "reason": reason}
            done = [row.id for row in some]
            moved += len(move_all(session, done, state, State.CANCELLED, **how, finished_at=now, hand_by=None))
        _settle(session, rows)
    return Tally(moved, len(set(delivery_ids)) - moved)


def retry_all(
    services: Services, *, actor: Actor, delivery_ids: Sequence[int], now: datetime, reason: str = ""
) -> Tally:
    """Send all of these out now that have failed or are held, unless a newer one has taken their place, or a hold for
    every office is on. Raises Refusal when the actor may not for one of the offices.
    """
    moved = 0
    for session, rows in _batches(services, actor, delivery_ids, RETRYABLE):
        quiet = held_offices(session, now)
        passing: dict[tuple[State, int | None], list[int]] = {}
        for row in rows:
            state, holds = State(row.state), quiet.of(row.office_id) if row.state == State.HELD else []
            if actor.user_id is not None and any(hold.office_id is None for hold in holds):
                continue
            passing.setdefault((state, max((hold.id for hold in holds), default=None)), []).append(row.id)
        for (state, hold_id), some in passing.items():
            values = {"due_at": now, "hold_id": hold_id, **ANEW}
            how: dict[str, Any] = {"actor": actor, "now": now, "reason": reason}
            moved += len(move_all(session, some, state, State.QUEUED, **how, **values))
        _settle(session, rows)
    return Tally(moved, len(set(delivery_ids)) - moved)


def _batches(
    services: Services, actor: Actor, delivery_ids: Sequence[int], allowed: frozenset[State]
) -> Iterator[tuple[Session, Sequence[Row[Any]]]]:
    """The rows that are in one of the states and that no newer one has replaced, a transaction each batch."""
    wanted = sorted(set(delivery_ids))
    parts = [wanted[first : first + BATCH] for first in range(0, len(wanted), BATCH)]
    with services.db.reading() as session:
        require(session, actor, Right.PUBLISH, *_offices(session, parts))
    for part in parts:
        with services.db.writing() as session:
            yield session, session.execute(_rows(part, allowed)).all()


def _offices(session: Session, parts: Sequence[Sequence[int]]) -> set[int]:
    query = select(Account.office_id).join(Delivery, Delivery.account_id == Account.id).distinct()
    return {office for part in parts for office in session.scalars(query.where(Delivery.id.in_(part)))}


def _rows(part: Sequence[int], allowed: frozenset[State]) -> Any:
    newer = aliased(Delivery)
    replaced = (
        select(newer.id)
        .where(
            newer.account_id == Delivery.account_id,
            newer.interpretation_id == Delivery.interpretation_id,
            newer.id > Delivery.id,
            newer.state != State.CANCELLED,
        )
        .exists()
    )
    query = (
        select(Delivery.id, Delivery.state, Delivery.interpretation_id, Account.office_id)
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.id.in_(part), Delivery.state.in_(allowed))
        .order_by(Delivery.due_at, Delivery.id)
    )
    return query.where(~replaced) if allowed is RETRYABLE else query


def _by_state(rows: Sequence[Row[Any]]) -> dict[State, list[Row[Any]]]:
    found: dict[State, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(State(row.state), []).append(row)
    return found


def _settle(session: Session, rows: Sequence[Row[Any]]) -> None:
    for piece in sorted({row.interpretation_id for row in rows}):
        settle_published_at(session, piece)
