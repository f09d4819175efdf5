"""Draining: claim a few due deliveries, deliver them, and again until none is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext, suppress

from hub import site
from hub.publishing.claiming import Claim, Kind, LostClaimError, claim, claim_aside
from hub.publishing.delivering import Clock, Guard, deliver
from hub.publishing.finishing import give_back
from hub.services import Services
from hub.workflow import ConflictError

# A claim takes as many rows as were lately done in this many seconds, so that a worker that dies has few others' rows
# in its hand, and quick deliveries still share their bookkeeping.
CLAIM_SECONDS = 0.5
LARGEST_CLAIM = 20
# While there is work, lists and feeds follow this often: a hundred publications build each of them a few times.
LISTS_SECONDS = 1.0


def drain(
    services: Services,
    *,
    worker: str,
    now: Clock,
    seconds: float = 20,
    guard: Guard = nullcontext,
    stopping: Callable[[], bool] = lambda: False,
) -> bool:
    """Deliver what is due until nothing is left (False) or `seconds` have passed or a stop is wanted (True).

    Stopping finishes the delivery in hand and gives the others back.
    """
    end = time.monotonic() + seconds
    size, lists_at = 1, time.monotonic()
    while time.monotonic() < end and not stopping():
        claims = claim(services, worker=worker, now=now(), limit=size)
        claims += claim_aside(services, Kind.LOOK, worker=worker, now=now(), limit=1)
        if not claims:
            site.catch_up(services)
            return False
        began = time.monotonic()
        _work_off(services, claims, now, guard, stopping)
        each = (time.monotonic() - began) / len(claims)
        size = max(1, min(LARGEST_CLAIM, size * 2, int(CLAIM_SECONDS / max(each, 0.001))))
        if time.monotonic() - lists_at >= LISTS_SECONDS:
            site.catch_up(services)
            lists_at = time.monotonic()
    # Stopped or out of time: the clock, or whoever goes on, builds what is behind.
    return True


def _work_off(services: Services, claims: list[Claim], now: Clock, guard: Guard, stopping: Callable[[], bool]) -> None:
    for one in claims:
        if stopping():
            with suppress(LostClaimError, ConflictError):
                give_back(services, one, now())
        else:
            deliver(services, one, now, guard)
