"""Claims: who works on a delivery, and until when nobody else may.

A claim is a token and a lease on the row, committed before anything is done. Every later change of the row by the
worker names the token; a worker whose lease ran out and was swept finds that it no longer fits, and gives up.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, exists, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from hub.domain.deadlines import FRESH_SHARE
from hub.domain.states import State
from hub.models import Delivery
from hub.models.base import UtcDateTime
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
    CONFIRM = State.CONFIRMING
    RETRACT = State.WITHDRAWING


@dataclass(frozen=True)
class Claim:
    """One delivery in one worker's hand."""

    delivery_id: int
    token: str
    worker: str
    lease_until: datetime
    kind: Kind = Kind.WORK
    # The same end on the steady clock of this process, which also counts while it is stopped: whoever wakes up after
    # it must not begin anything.
    ends: float = math.inf

    @property
    def actor(self) -> Actor:
        """The worker as the trail names it."""
        return Actor(f"worker:{self.worker}")


def claim(
    services: Services, *, worker: str, now: datetime, limit: int = 5, steady: float | None = None
) -> list[Claim]:
    """Claim up to `limit` queued deliveries that are ready, the earliest first, at most one of any account that nobody
    is working on, and none of an office that is quiet now. Committed when it returns. A channel that hung lately comes
    last, one delivery at a time. `steady` is the steady clock, read before `now` was. An empty answer means nothing to
    do now.
    """
    token, ends = str(uuid.uuid4()), _ends(services, steady)
    lease = now + timedelta(seconds=services.config.lease_seconds)
    values: dict[str, Any] = {"token": token, "lease_until": lease, "tries": 1}
    actor = Actor(f"worker:{worker}")
    try:
        with services.db.writing() as session:
            free = _next(session, now, limit)
            ids = move_all(session, free, State.QUEUED, State.WORKING, actor=actor, now=now, **values)
    except IntegrityError:
        # Two claims met on one account (PostgreSQL only): the index let one through, the other looks again later.
        return []
    return [Claim(id_, token, worker, lease, ends=ends) for id_ in ids]


def _next(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """The ids to claim, locked where the database can, without those another claim is at."""
    quiet, slow = held_offices(session, now), lanes.slow(session, now)
    given = {"now": now, "limit": limit}
    if not quiet and not slow:
        return session.scalars(free(State.QUEUED), given).all()
    going = free(State.QUEUED).where(~quiet.stopped)
    if not slow:
        return session.scalars(going, given).all()
    turn = and_(Delivery.due_at < now - lanes.PATIENCE, *_its_turn(slow))
    quick = session.scalars(going.where(or_(Delivery.channel.not_in(slow), turn)), given).all()
    return quick or session.scalars(going.where(*_its_turn(slow)), given).all()


def _its_turn(slow: frozenset[str]) -> list[ColumnElement[bool]]:
    """Whether it is the first of a slow channel of which none is in hand."""
    other, first = aliased(Delivery), aliased(Delivery)
    in_hand = exists().where(other.channel == Delivery.channel, other.token.is_not(None))
    earlier = exists().where(
        first.channel == Delivery.channel,
        *_ready(first, State.QUEUED, NOW),
        tuple_(first.due_at, first.id) < tuple_(Delivery.due_at, Delivery.id),
    )
    return [Delivery.channel.in_(slow), ~in_hand, ~earlier]


def claim_aside(services: Services, kind: Kind, *, worker: str, now: datetime, limit: int = 5) -> list[Claim]:
    """Claim up to `limit` unknown or accepted deliveries whose next look is due, or withdrawals whose next try is. They
    keep their state: only what is found, or done, changes it.
    """
    token, ends = str(uuid.uuid4()), _ends(services, None)
    lease = now + timedelta(seconds=services.config.lease_seconds)
    try:
        with services.db.writing() as session:
            ids = session.scalars(
                update(Delivery)
                .where(
                    Delivery.id.in_(session.scalars(free(kind.value), {"now": now, "limit": limit}).all()),
                    Delivery.state == kind.value,
                )
                .values(token=token, lease_until=lease)
                .returning(Delivery.id)
                .execution_options(synchronize_session=False)
            ).all()
    except IntegrityError:
        return []
    return [Claim(id_, token, worker, lease, kind, ends) for id_ in sorted(ids)]


# Building a statement takes longer than running it: `free` is built once a process and told the rest.
NOW: Any = bindparam("now", type_=UtcDateTime())


def claimable(state: State, now: Any = NOW) -> ColumnElement[bool]:
    """Whether a row is in `state` and ready, its account is free, and it is the first of its account."""
    other, first = aliased(Delivery), aliased(Delivery)
    busy = exists().where(other.account_id == Delivery.account_id, other.token.is_not(None))
    earlier = exists().where(
        first.account_id == Delivery.account_id,
        *_ready(first, state, now),
        tuple_(first.due_at, first.id) < tuple_(Delivery.due_at, Delivery.id),
    )
    return and_(*_ready(Delivery, state, now), ~busy, ~earlier)


def _ready(row: Any, state: State, now: Any) -> tuple[ColumnElement[bool], ...]:
    ready = (row.state == state, or_(row.ready_at.is_(None), row.ready_at <= now), row.token.is_(None))
    # What was withdrawn is never sent; aside from work, what is a person's turn is left to the person.
    return (*ready, row.withdrawal_id.is_(None) if state is State.QUEUED else row.hand_by.is_(None))


@cache
def waiting(state: State) -> Select[int]:
    """The first `limit` deliveries in `state` that may be claimed at `now` (both are given when it is run)."""
    return (
        select(Delivery.id)
        .where(claimable(state))
        .order_by(Delivery.due_at, Delivery.id)
        .limit(bindparam("limit", type_=Integer()))
    )


@cache
def free(state: State) -> Select[int]:
    """The same, locked where the database can, without those another claim is at: only for who writes."""
    return waiting(state).with_for_update(skip_locked=True)


def held_by(session: Session, claim: Claim) -> Delivery:
    """The claimed row, locked. Raises LostClaimError when the claim no longer holds."""
    return _still(session.get(Delivery, claim.delivery_id, with_for_update=True), claim)


def _still(delivery: Delivery | None, claim: Claim) -> Delivery:
    if delivery is None or delivery.token != claim.token or delivery.state != claim.kind.value:
        raise LostClaimError(claim.delivery_id)
    return delivery


def renew(services: Services, claim: Claim, now: datetime, **values: Any) -> Claim:
    """The claim with its lease at full length from now, stored with further columns. Raises LostClaimError."""
    ends = _ends(services, None)
    lease = now + timedelta(seconds=services.config.lease_seconds)
    with services.db.writing() as session:
        delivery = held_by(session, claim)
        delivery.lease_until = lease
        for name, value in values.items():
            setattr(delivery, name, value)
    return replace(claim, lease_until=lease, ends=ends)


def freshen(services: Services, claim: Claim, now: datetime) -> Claim:
    """The claim with enough of its lease left for a bounded step: renewed unless it has hardly been used yet."""
    return claim if fresh(services, claim.lease_until, now) else renew(services, claim, now)


def go_on(services: Services, claims: Sequence[Claim], now: datetime, steady: float) -> list[Claim]:
    """Those of the claims that still hold, whose office is not quiet now and whose text was not withdrawn meanwhile,
    with their leases at full length. `steady` is the steady clock, read before `now` was.
    """
    return _extend(services, {None: claims}, now, steady)


def begin(services: Services, claims: Mapping[str, Sequence[Claim]], now: datetime, steady: float) -> list[Claim]:
    """Write the intent of sending these, by the hash of the artefact each will send, and commit: from here on a lost
    worker means "unknown". Returns those that may be sent, as `go_on` does.
    """
    return _extend(services, claims, now, steady)


def _ends(services: Services, steady: float | None) -> float:
    return (time.monotonic() if steady is None else steady) + services.config.lease_seconds


def _extend(services: Services, claims: Mapping[Any, Sequence[Claim]], now: datetime, steady: float) -> list[Claim]:
    ends = _ends(services, steady)
    lease = now + timedelta(seconds=services.config.lease_seconds)
    going: list[Claim] = []
    with services.db.writing() as session:
        quiet = held_offices(session, now)
        for artefact, some in claims.items():
            ids = set(
                session.scalars(
                    _extension(sending=artefact is not None).where(~quiet.stopped)
                    if quiet
                    else _extension(sending=artefact is not None),
                    {
                        "its_ids": [c.delivery_id for c in some],
                        "its_tokens": list({c.token for c in some}),
                        "its_lease": lease,
                        "its_intent": now,
                        "its_steady": services.db.steady(),
                        "its_artefact": artefact,
                    },
                )
            )
            going += [replace(c, lease_until=lease, ends=ends) for c in some if c.delivery_id in ids]
    return going


@cache
def _extension(*, sending: bool) -> Any:
    rows: Any = Delivery.__table__
    values = {"lease_until": bindparam("its_lease", type_=UtcDateTime())}
    if sending:
        values |= {
            "intent_at": bindparam("its_intent", type_=UtcDateTime()),
            "intent_steady": bindparam("its_steady"),
            "artefact": bindparam("its_artefact"),
        }
    return (
        update(rows)
        .where(
            rows.c.id.in_(bindparam("its_ids", expanding=True)),
            rows.c.token.in_(bindparam("its_tokens", expanding=True)),
            rows.c.state == State.WORKING.value,
            # Taken back meanwhile: given back unsent, and cancelled with that.
            rows.c.withdrawal_id.is_(None),
        )
        .values(values)
        .returning(rows.c.id)
    )


def fresh(services: Services, lease_until: datetime, now: datetime) -> bool:
    """Whether a lease has hardly been used yet: enough is left for a bounded step."""
    return lease_until - now >= timedelta(seconds=services.config.lease_seconds) * FRESH_SHARE
