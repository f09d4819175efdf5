"""`move`: the one writer of a delivery's state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain.states import State, legal
from hub.models import Delivery, Move


@dataclass(frozen=True)
class Actor:
    """Who moves a delivery: `name` goes into the trail ("user:3", "clock", "worker:…", "cli:…")."""

    name: str
    user_id: int | None = None


class ConflictError(Exception):
    """Somebody else moved the delivery first; shown as 409 with what changed."""

    def __init__(self, delivery_id: int, expected: State, found: State | None) -> None:
        super().__init__(f"delivery {delivery_id}: expected {expected}, found {found}")
        self.delivery_id = delivery_id
        self.expected = expected
        self.found = found
        self.words = Words(
            "DLV-409 这项发布任务刚刚被改动过，请刷新后再试。",
            "DLV-409 This delivery has just been changed; reload and try again.",
        )


class IllegalMoveError(Exception):
    """A move that the table of states does not have: a programming error, never an editor's."""


def move(
    session: Session,
    delivery: Delivery,
    target: State,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    token: str | None = None,
    **values: Any,
) -> None:
    """Move `delivery` to `target` by compare-and-set, with its Move row in the same transaction.

    `values` are further columns of the row. With `token` the row must still carry that claim. Raises
    IllegalMoveError for a move that isn't in the table, ConflictError when the row is no longer as it was seen.
    """
    source = State(delivery.state)
    if not legal(source, target):
        raise IllegalMoveError(f"{source} -> {target}")
    if target is not State.WORKING:
        values = {"token": None, "lease_until": None, **values}
    where = [Delivery.id == delivery.id, Delivery.state == source, Delivery.version == delivery.version]
    if token is not None:
        where.append(Delivery.token == token)
    changed = session.execute(
        update(Delivery)
        .where(*where)
        .values(state=target, version=delivery.version + 1, **values)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        session.expire(delivery)
        found = session.get(Delivery, delivery.id, populate_existing=True)
        raise ConflictError(delivery.id, source, State(found.state) if found else None)
    session.refresh(delivery)
    session.add(record(delivery, source, actor=actor, now=now, reason=reason))


def record(delivery: Delivery, source: State | None, *, actor: Actor, now: datetime, reason: str = "") -> Move:
    """The Move row for the state `delivery` is in now. `source` is None for a delivery's first row."""
    return Move(
        delivery_id=delivery.id,
        at=now,
        source=source.value if source else None,
        target=State(delivery.state).value,
        version=delivery.version,
        attempt=delivery.attempt,
        actor=actor.name,
        user_id=actor.user_id,
        revision_hash=delivery.revision.content_hash,
        reason=reason,
    )
