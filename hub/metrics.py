"""Figures for Prometheus. A label is a channel's key, a state, a kind of process: never a title, a person, an account.

Gauges are asked at each scrape. Counters and histograms follow the append-only moves by id from where this process
last read, a bounded number a scrape. They begin at nothing with the first scrape of a web process: Prometheus sees a
restart as a reset, which `rate()` allows for, and what happened while no web process ran is not counted. Every web
process counts all moves of the installation for itself: take one instance, or `max`, never their sum.
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client import generate_latest as written
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from hub import __version__
from hub.db import Database
from hub.domain.states import State
from hub.health import examiner, judge
from hub.models import Delivery, Move
from hub.services import Services
from hub.vitals import Bounded, Stock

# When a counter was made is nothing that anybody asks.
disable_created_metrics()  # type: ignore[no-untyped-call]

CONTENT_TYPE = CONTENT_TYPE_LATEST
# Moves read at one scrape; the rest is read at the next ones.
MOVES_A_SCRAPE = 20_000
# Seconds that a scrape waits for the database.
PATIENCE = 4.0
# PostgreSQL gives ids out before it commits: a move this young may still have an older one behind it.
UNSETTLED = timedelta(seconds=5)
LAGS = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 14400, 86400)
RENDERS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

# Leaving one of these is the end of an attempt, and arriving in one of those is out of the house.
TRIED = (State.WORKING, State.WITHDRAWING)
SENT = (State.PUBLISHED, State.AWAITING_HAND, State.CONFIRMING)
# Given back untouched by a worker that was asked to stop.
NOT_BEGUN = "not begun"


class Metrics:
    """One process's figures."""

    def __init__(self, services: Services) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.follower = Follower(self.registry)
        self._services = services
        self._lock = threading.Lock()
        self._read = Bounded(self._follow)
        self._counts: dict[tuple[str, str], int] = {}
        self.registry.register(_Now(self))
        ProcessCollector(registry=self.registry)

    def text(self) -> bytes:
        """The exposition in Prometheus's text format; without the database, what is known without it."""
        with self._lock:
            try:
                self._counts = self._read.ask().result(PATIENCE)
            except (SQLAlchemyError, TimeoutError):
                self._counts = {}
            return written(self.registry)

    def _follow(self) -> dict[tuple[str, str], int]:
        db = Database(self._services.config.database, patience=PATIENCE)
        try:
            self.follower.follow(db)
            with db.reading() as session:
                rows = session.execute(
                    select(Delivery.state, Delivery.channel, func.count()).group_by(Delivery.state, Delivery.channel)
                )
                return {(State(state).value, channel): count for state, channel, count in rows}
        finally:
            db.close()

    def gauges(self) -> Iterator[Metric]:
        """What is so at this moment."""
        vitals = examiner(self._services).vitals()
        yield _one("yigao_database_up", "Whether the database answers", vitals.stock is not None)
        yield _one("yigao_queue_up", "Whether the server that carries hints answers", vitals.hints is not None)
        if vitals.hints is not None:
            yield _one("yigao_queue_hints", "Hints that no worker has taken", vitals.hints)
        if vitals.disk is not None:
            yield _one("yigao_disk_free_bytes", "Free on the data folder's disk", vitals.disk[0])
        checks = GaugeMetricFamily("yigao_check_ok", "Each check of /readyz", labels=["check"])
        for answer in judge(vitals):
            checks.add_metric([answer.name], answer.well)
        yield checks
        yield _build()
        if vitals.stock is not None:
            yield from _of_stock(vitals.stock)
        if self._counts:
            yield from _of_deliveries(self._counts)


class _Now(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return self._metrics.gauges()


def _one(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _build() -> Metric:
    build = GaugeMetricFamily("yigao_build_info", "What runs here", labels=["version", "python"])
    build.add_metric([__version__, platform.python_version()], 1)
    return build


def _of_stock(stock: Stock) -> Iterator[Metric]:
    overdue = stock.unreleased + stock.untaken
    yield _one("yigao_overdue", "Deliveries past their time by a minute and not taken", overdue)
    yield _one("yigao_unhinted", "Deliveries due for a minute of which no worker was told", stock.unhinted)
    yield _one("yigao_site_lists_behind", "Sites whose lists and feeds don't show all published", len(stock.behind))
    ages: dict[str, float] = {}
    for name, at in stock.signs.items():
        kind, age = name.partition(":")[0], abs((stock.at - at).total_seconds())
        ages[kind] = min(age, ages.get(kind, age))
    beats = GaugeMetricFamily("yigao_heartbeat_age_seconds", "Since the newest sign of life", labels=["kind"])
    for kind, age in sorted(ages.items()):
        beats.add_metric([kind], age)
    yield beats


def _of_deliveries(counts: dict[tuple[str, str], int]) -> Iterator[Metric]:
    family = GaugeMetricFamily("yigao_deliveries", "Deliveries", labels=["state", "channel"])
    for (state, channel), count in sorted(counts.items()):
        family.add_metric([state, channel], count)
    yield family
    for state in (State.HELD, State.UNKNOWN):
        total = sum(count for (name, _), count in counts.items() if name == state)
        yield _one(f"yigao_deliveries_{state.value}", f"Deliveries that are {state.value}", total)


class Follower:
    """Counts the moves, each once, in the order of their ids, from where it last read."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.position: int | None = None
        self.attempts = Counter(
            "yigao_attempts", "Attempts that ended, by how", labelnames=["channel", "outcome"], registry=registry
        )
        self.lag = Histogram(
            "yigao_lag_seconds",
            "From due to sent, handed over or accepted",
            labelnames=["channel"],
            buckets=LAGS,
            registry=registry,
        )
        self.renders = Histogram(
            "yigao_render_seconds", "Time of a render", labelnames=["channel"], buckets=RENDERS, registry=registry
        )

    def follow(self, db: Database) -> int:
        """Count what is new, at most MOVES_A_SCRAPE; returns how many moves were read. The first time only notes where
        to begin.
        """
        now = db.now()
        with db.reading() as session:
            if self.position is None:
                self.position = session.scalar(select(func.max(Move.id))) or 0
                return 0
            rows = session.execute(
                select(Move.id, Move.at, Move.source, Move.target, Move.actor, Move.reason)
                .add_columns(Delivery.channel, Delivery.due_at, Delivery.render_ms)
                .join(Delivery, Delivery.id == Move.delivery_id)
                .where(Move.id > self.position)
                .order_by(Move.id)
                .limit(MOVES_A_SCRAPE)
            ).all()
        local = db.engine.dialect.name == "sqlite"
        count = 0
        for row in rows:
            if not local and row.at > now - UNSETTLED:
                break
            self._count(row)
            self.position, count = row.id, count + 1
        return count

    def _count(self, row: Any) -> None:
        if row.source in TRIED and row.reason != NOT_BEGUN:
            self.attempts.labels(row.channel, _outcome(row)).inc()
            if row.render_ms is not None and row.source == State.WORKING:
                self.renders.labels(row.channel).observe(row.render_ms / 1000)
        if row.target in SENT and row.source in (State.WORKING, State.UNKNOWN):
            self.lag.labels(row.channel).observe(max(0.0, (row.at - row.due_at).total_seconds()))


def _outcome(row: Any) -> str:
    """The state it went to, but `lost` when the clock found that its worker was gone, and `retry` for another try."""
    if row.actor == "clock":
        return "lost"
    return "retry" if row.target == State.QUEUED else str(row.target)
