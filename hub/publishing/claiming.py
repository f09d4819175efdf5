"""Claims: who works on a delivery, and until when nobody else may.

A claim is a token and a lease on the row, committed before anything is done. Every later change of the row by the
worker names the token; a worker whose lease ran out and was swept finds that it no longer fits, and gives up.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from hub.domain.deadlines import FRESH_SHARE
from hub.domain.states import State
from hub.models import Delivery
from hub.publishing import lanes
from hub.publishing.quieting import held_offices
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
    """Claim up to `limit` queued deliveries that are ready, the earliest first, at most one of any account that nobody
    is working on, and none of an office that is quiet now. Committed when it returns. A channel that hung lately comes
    last, one delivery at a time. An empty answer means nothing to do now.
    """
    token = str(uuid.uuid4())
    lease = now + timedelta(seconds=services.config.lease_seconds)
    values: dict[str, Any] = {"token": token, "lease_until": lease, "attempt": Delivery.attempt + 1}
    actor = Actor(f"worker:{worker}")
    try:
        with services.db.writing() as session:
            going = ~held_offices(session, now).stopped
            slow = lanes.slow(session, now)
            picks = [_free(State.QUEUED, now, limit, going, *_quick(slow, now))]
            if slow:
                picks.append(_free(State.QUEUED, now, 1, going, *_next_slow(slow)))
            for picked in picks:
                ids = move_all(session, picked, State.QUEUED, State.WORKING, actor=actor, now=now, **values)
                if ids:
                    break
    except IntegrityError:
        # Two claims met on one account (PostgreSQL only): the index let one through, the other looks again later.
        return []
    return [Claim(id_, token, worker, lease) for id_ in ids]


def _quick(slow: frozenset[str], now: datetime) -> list[ColumnElement[bool]]:
    """Not of a slow channel, unless it has waited beyond patience and none of its channel is in hand."""
    if not slow:
        return []
    patient = and_(Delivery.due_at < now - lanes.PATIENCE, *_next_slow(slow))
    return [or_(Delivery.channel.not_in(slow), and_(patient, _first_of_channel(now)))]


def _next_slow(slow: frozenset[str]) -> list[ColumnElement[bool]]:
    other = aliased(Delivery)
    in_hand = exists().where(other.channel == Delivery.channel, other.token.is_not(None))
    return [Delivery.channel.in_(slow), ~in_hand]


def _first_of_channel(now: datetime) -> ColumnElement[bool]:
    first = aliased(Delivery)
    earlier = exists().where(
        first.channel == Delivery.channel,
        *_ready(first, State.QUEUED, now),
        tuple_(first.due_at, first.id) < tuple_(Delivery.due_at, Delivery.id),
    )
    return ~earlier


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
    # What was withdrawn is never sent; aside from work, what is a person's turn is left to the person.
    return (*ready, row.withdrawal_id.is_(None) if state is State.QUEUED else row.hand_by.is_(None))


def _free(state: State, now: datetime, limit: int, *further: ColumnElement[bool]) -> Select[int]:
    pick = (
        select(Delivery.id)
        .where(claimable(state, now), *further)
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


def _still(delivery: Delivery | None, claim: Claim) -> Delivery:
    if delivery is None or delivery.token != claim.token or delivery.state != claim.kind.value:
        raise LostClaimError(claim.delivery_id)
    return delivery


def renew(services: Services, claim: Claim, now: datetime, **values: Any) -> Claim:
    """The claim with its lease at full length from now, stored with further columns. Raises LostClaimError."""
    lease = now + timedelta(seconds=services.config.lease_seconds)
    with services.db.writing() as session:
        delivery = held_by(session, claim)
        delivery.lease_until = lease
        for name, value in values.items():
            setattr(delivery, name, value)
    return replace(claim, lease_until=lease)


def freshen(services: Services, claim: Claim, now: datetime) -> Claim:
    """The claim with enough of its lease left for a bounded step: renewed unless it has hardly been used yet."""
    return claim if fresh(services, claim.lease_until, now) else renew(services, claim, now)


def go_on(services: Services, claims: Sequence[Claim], now: datetime) -> list[Claim]:
    """Those of the claims that still hold and whose office is not quiet now, with their leases at full length."""
    return _extend(services, {None: claims}, now)


def begin(services: Services, claims: Mapping[str, Sequence[Claim]], now: datetime) -> list[Claim]:
    """Write the intent of sending these, by the hash of the artefact each will send, and commit: from here on a lost
    worker means "unknown". Returns those that may be sent, as `go_on` does.
    """
    return _extend(services, claims, now)


def _extend(services: Services, claims: Mapping[Any, Sequence[Claim]], now: datetime) -> list[Claim]:
    lease = now + timedelta(seconds=services.config.lease_seconds)
    going: list[Claim] = []
    with services.db.writing() as session:
        quiet = held_offices(session, now)
        for artefact, some in claims.items():
            values = {} if artefact is None else {"intent_at": now, "artefact": artefact}
            ids = session.scalars(
                update(Delivery)
                .where(
                    Delivery.id.in_([c.delivery_id for c in some]),
                    Delivery.token.in_({c.token for c in some}),
                    Delivery.state == State.WORKING,
                    ~quiet.stopped,
                )
                .values(lease_until=lease, **values)
                .returning(Delivery.id)
                .execution_options(synchronize_session=False)
            ).all()
            going += [replace(c, lease_until=lease) for c in some if c.delivery_id in set(ids)]
    return going


def fresh(services: Services, lease_until: datetime, now: datetime) -> bool:
    """Whether a lease has hardly been used yet: enough is left for a bounded step."""
    return lease_until - now >= timedelta(seconds=services.config.lease_seconds) * FRESH_SHARE
