"""From due to sent: 1,000 deliveries of an empty channel due at one second, through a real clock and two workers."""

from __future__ import annotations

import statistics
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks._empty import due_now, installed, process, published, rate, server
from hub.domain.states import State
from hub.models import Delivery, Move
from hub.services import Services

COUNT = 1_000
FIRST = 100


def run() -> list[dict[str, Any]]:
    """Lags in milliseconds, against one beat of the clock: on average half a beat is lost before it is noticed."""
    with tempfile.TemporaryDirectory(prefix="yigao-bench-") as folder, ExitStack() as stack:
        services, revision, accounts = installed(Path(folder), COUNT + 1)
        url = stack.enter_context(server(Path(folder)))
        for kind in ("worker", "worker", "clock"):
            stack.enter_context(process(sys.executable, "-m", "benchmarks._empty", kind, folder, REDIS_URL=url))
        # Workers and clock are up when the first is out.
        due_now(services, revision, accounts[:1])
        rate(lambda: published(services), 1)
        due_now(services, revision, accounts[1:], at=datetime.now(UTC) + timedelta(seconds=3))
        rate(lambda: published(services) - 1, COUNT)
        lags = _lags(services)
        beat = services.config.tick_seconds * 1000
        services.db.close()
    quantiles = statistics.quantiles(lags, n=100)
    figures = {"p50": quantiles[49], "p99": quantiles[98], f"p99 of the first {FIRST}": lags[FIRST - 2]}
    return [
        {"name": f"lag {k}", "value": round(v), "unit": "ms", "against": "a beat", "ratio": round(v / beat, 2)}
        for k, v in figures.items()
    ]


def _lags(services: Services) -> list[float]:
    """Milliseconds from due to published, ascending; without the one that only woke everything."""
    with services.db.reading() as session:
        rows = session.execute(
            select(Move.at, Delivery.due_at)
            .join(Delivery, Delivery.id == Move.delivery_id)
            .where(Move.target == State.PUBLISHED, Delivery.id > 1)
        ).all()
    return sorted((at - due).total_seconds() * 1000 for at, due in rows)
