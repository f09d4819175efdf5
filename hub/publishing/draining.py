"""Draining: claim a few due deliveries, deliver them, and again until none is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from hub import site
from hub.publishing.bounds import Clock, Guard, never, unbounded
from hub.publishing.claiming import Claim, Kind, LostClaimError, claim, claim_aside, waiting
from hub.publishing.delivering import deliver, deliver_all
from hub.publishing.finishing import let_go
from hub.publishing.preparing import Workshop
from hub.publishing.watching import watch_one
from hub.services import Services
from hub.workflow import ConflictError

# A claim takes as many rows as were lately done in this many seconds, so that a worker that dies has few others' rows
# in its hand, and quick deliveries still share their bookkeeping.
CLAIM_SECONDS = 0.5
LARGEST_CLAIM = 50
# Whoever builds the lists for longer than this is followed by the clock.
LISTS_WAIT = 1.0


def drain(
    services: Services,
    *,
    worker: str,
    now: Clock,
    seconds: float = 20,
    guard: Guard = unbounded,
    stopping: Callable[[], bool] = never,
) -> bool:
    """Deliver what is due until nothing is left (False) or `seconds` have passed or a stop is wanted (True).

    Stopping finishes the delivery in hand and gives the others back.
    """
    end = time.monotonic() + seconds
    size, workshop, lists = 1, Workshop(services), site.Pace()
    while time.monotonic() < end and not stopping():
        began = time.monotonic()
        claims = claim(services, worker=worker, now=now(), limit=size, steady=began)
        aside = _aside(services, worker, now())
        if not claims and not aside:
            if watch_one(services, worker, now(), guard):
                continue
            site.catch_up(services, large=False, wait=LISTS_WAIT)
            return False
        deliver_all(services, claims, now, guard, workshop=workshop, stopping=stopping)
        _work_off(services, aside, now, guard, stopping)
        each = (time.monotonic() - began) / (len(claims) + len(aside))
        size = max(1, min(LARGEST_CLAIM, size * 2, int(CLAIM_SECONDS / max(each, 0.001))))
        lists.catch_up(services)
    # Stopped or out of time: the clock, or whoever goes on, builds what is behind.
    return True


def _aside(services: Services, worker: str, now: datetime) -> list[Claim]:
    """One look, one confirmation and one withdrawal, if any is due: asked by reading, since there seldom is one."""
    claims: list[Claim] = []
    for kind in (Kind.LOOK, Kind.CONFIRM, Kind.RETRACT):
        with services.db.reading() as session:
            due = session.scalars(waiting(kind.value), {"now": now, "limit": 1}).first()
        if due is not None:
            claims += claim_aside(services, kind, worker=worker, now=now, limit=1)
    return claims


def _work_off(services: Services, claims: list[Claim], now: Clock, guard: Guard, stopping: Callable[[], bool]) -> None:
    for one in claims:
        if stopping():
            with suppress(LostClaimError, ConflictError):
                let_go(services, one)
        else:
            deliver(services, one, now, guard)
