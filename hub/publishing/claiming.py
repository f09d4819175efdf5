"""Claims: who works on a delivery, and until when nobody else may.

A claim is a token and a lease on the row, committed before anything is done. Every later change of the row by the
worker names the token; a worker whose lease ran out and was swept finds that it no longer fits, and gives up.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, joinedload

from hub.domain.deadlines import FRESH_SHARE
from hub.domain.states import State
from hub.models import Account, Delivery, Interpretation, Office, Revision
from hub.services import Services
from hub.workflow import Actor, move_all


class LostClaimError(Exception):
    """The row no longer carries this claim's token: somebody else decides about it now."""


class Kind(Enum):
    """What a claim is for, by the state its row has meanwhile."""

    WORK = State.WORKING
    LOOK = State.UNKNOWN
    RETRACT = State.WITHDRAWING


@dataclass(frozen=True)
class Claim:
    """One delivery in one worker's hand."""

    delivery_id: int
    token: str
    worker: str
    lease_until: datetime
    kind: Kind = Kind.WORK

    @property
    def actor(self) -> Actor:
        """The worker as the trail names it."""
        return Actor(f"worker:{self.worker}")


def claim(services: Services, *, worker: str, now: datetime, limit: int = 5) -> list[Claim]:
    """Claim up to `limit` queued deliveries that are ready, the earliest first and at most one of any account that
    nobody is working on. Committed when it returns. An empty answer means nothing to do now.
    """
    token = str(uuid.uuid4())
    lease = now + timedelta(seconds=services.config.lease_seconds)
    values: dict[str, Any] = {"token": token, "lease_until": lease, "attempt": Delivery.attempt + 1}
    try:
        with services.db.writing() as session:
            picked = _free(State.QUEUED, now, limit)
            actor = Actor(f"worker:{worker}")
            ids = move_all(session, picked, State.QUEUED, State.WORKING, actor=actor, now=now, **values)
    except IntegrityError:
        # Two claims met on one account (PostgreSQL only): the index let one through, the other looks again later.
        return []
    return [Claim(id_, token, worker, lease) for id_ in ids]


def claim_aside(services: Services, kind: Kind, *, worker: str, now: datetime, limit: int = 5) -> list[Claim]:
    """Claim up to `limit` unknown deliveries whose next look is due, or withdrawals whose next try is. They keep their
    state: only what is found, or done, changes it.
    """
    token = str(uuid.uuid4())
    lease = now + timedelta(seconds=services.config.lease_seconds)
    try:
        with services.db.writing() as session:
            ids = session.scalars(
                update(Delivery)
                .where(Delivery.id.in_(_free(kind.value, now, limit)), Delivery.state == kind.value)
                .values(token=token, lease_until=lease)
                .returning(Delivery.id)
                .execution_options(synchronize_session=False)
            ).all()
    except IntegrityError:
        return []
    return [Claim(id_, token, worker, lease, kind) for id_ in sorted(ids)]


def claimable(state: State, now: datetime) -> ColumnElement[bool]:
    """Whether a row is in `state` and ready, its account is free, and it is the first of its account."""
    other, first = aliased(Delivery), aliased(Delivery)
    busy = exists().where(other.account_id == Delivery.account_id, other.token.is_not(None))
    earlier = exists().where(
        first.account_id == Delivery.account_id,
        *_ready(first, state, now),
        tuple_(first.due_at, first.id) < tuple_(Delivery.due_at, Delivery.id),
    )
    return and_(*_ready(Delivery, state, now), ~busy, ~earlier)


def _ready(row: Any, state: State, now: datetime) -> tuple[ColumnElement[bool], ...]:
    ready = (row.state == state, or_(row.ready_at.is_(None), row.ready_at <= now), row.token.is_(None))
    # Aside from work, what is a person's turn is left to the person.
    return ready if state is State.QUEUED else (*ready, row.hand_by.is_(None))


def _free(state: State, now: datetime, limit: int) -> Select[int]:
    pick = (
        select(Delivery.id)
        .where(claimable(state, now))
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("pick")
        # Once and no more: a plan that ran it per row would lock more rows than the limit.
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return select(pick.c.id)


def held_by(session: Session, claim: Claim) -> Delivery:
    """The claimed row, locked. Raises LostClaimError when the claim no longer holds."""
    return _still(session.get(Delivery, claim.delivery_id, with_for_update=True), claim)


def read_held(session: Session, claim: Claim) -> Delivery:
    """The claimed row, for reading, with all that a delivery needs in one query. Raises LostClaimError."""
    return _still(session.get(Delivery, claim.delivery_id, options=_TOGETHER), claim)


_OFFICE = joinedload(Delivery.account).joinedload(Account.office).joinedload(Office.site)
_PIECE = joinedload(Delivery.revision).joinedload(Revision.interpretation).joinedload(Interpretation.office)
_TOGETHER = (_OFFICE, _PIECE)


def _still(delivery: Delivery | None, claim: Claim) -> Delivery:
    if delivery is None or delivery.token != claim.token or delivery.state != claim.kind.value:
        raise LostClaimError(claim.delivery_id)
    return delivery


def renew(services: Services, claim: Claim, now: datetime, **values: Any) -> Claim:
    """The claim with its lease at full length from now, stored with further columns (`intent_at`). Raises
    LostClaimError.
    """
    lease = now + timedelta(seconds=services.config.lease_seconds)
    with services.db.writing() as session:
        delivery = held_by(session, claim)
        delivery.lease_until = lease
        for name, value in values.items():
            setattr(delivery, name, value)
    return replace(claim, lease_until=lease)


def freshen(services: Services, claim: Claim, now: datetime) -> Claim:
    """The claim with enough of its lease left for a bounded step: renewed unless it has hardly been used yet."""
    left = claim.lease_until - now
    if left >= timedelta(seconds=services.config.lease_seconds) * FRESH_SHARE:
        return claim
    return renew(services, claim, now)
