"""Deliveries a second through our workers, against a job a delivery under RQ, its SimpleWorker, huey and Celery: the
same empty channel, the same machine, two processes each, one run.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from redis import Redis
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer
from sqlalchemy import select

from benchmarks._empty import due_now, installed, process, published, rate, server
from hub.models import Delivery
from hub.publishing.releasing import release_due

PROCESSES = 2
OURS = 12_000
# As many of each as take it some seconds.
RECORDED = {"rq": 300, "rq simple": 600, "huey": 800, "celery": 800}
CALLED = {"rq": 400, "rq simple": 2_000, "huey": 8_000, "celery": 4_000}
# Celery without what several machines need.
ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat")
NAMES = {"rq": "RQ, a job a delivery", "rq simple": "RQ SimpleWorker", "huey": "huey", "celery": "Celery"}


def run() -> list[dict[str, Any]]:
    """Our rate against each other's: with the delivery's record kept as ours is, and with nothing recorded at all."""
    ours = _ours()
    with tempfile.TemporaryDirectory(prefix="yigao-bench-") as folder, server(Path(folder)) as url:
        # Read when the others are loaded; and Celery keeps its first connection for good.
        os.environ["REDIS_URL"] = url
        theirs = [(f"{NAMES[k]}, with its record", _recorded(k, n, url)) for k, n in RECORDED.items()]
        theirs += [(f"{NAMES[k]}, no record", _called(k, n, url)) for k, n in CALLED.items()]
    return [_row("deliveries", ours, against, rate_) for against, rate_ in theirs]


def _row(name: str, value: float, against: str, theirs: float) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": "deliveries/s",
        "against": f"{against}: {theirs:.0f}/s",
        "ratio": round(value / theirs, 2),
    }


def _ours() -> float:
    with tempfile.TemporaryDirectory(prefix="yigao-bench-") as folder, ExitStack() as stack:
        data = Path(folder)
        services, revision, accounts = installed(data, OURS)
        url = stack.enter_context(server(data))
        for kind in ("worker", "worker", "clock"):
            stack.enter_context(process(sys.executable, "-m", "benchmarks._empty", kind, folder, REDIS_URL=url))
        # Workers and clock are up when the first is out.
        due_now(services, revision, accounts[:1])
        rate(lambda: published(services), 1)
        due_now(services, revision, accounts[1:])
        found = rate(lambda: published(services) - 1, OURS - 1)
        services.db.close()
    return found


@contextmanager
def _workers(kind: str, url: str) -> Iterator[None]:
    size = str(PROCESSES)
    commands: dict[str, list[Sequence[str]]] = {
        "rq": [["-m", "benchmarks._rq", "Worker"]] * PROCESSES,
        "rq simple": [["-m", "benchmarks._rq", "SimpleWorker"]] * PROCESSES,
        "huey": [["-m", "huey.bin.huey_consumer", "benchmarks._others.huey", "-k", "process", "-w", size, "-q"]],
        "celery": [["-m", "celery", "-A", "benchmarks._others:celery", "worker", "-c", size, "-l", "ERROR", *ALONE]],
    }
    with ExitStack() as stack:
        for command in commands[kind]:
            stack.enter_context(process(sys.executable, *command, REDIS_URL=url))
        yield


def _enqueue(kind: str, url: str, task: str, arguments: Sequence[tuple[Any, ...]]) -> Callable[[], int]:
    """Put a job for each into the queue; returns how to ask for the number that still wait."""
    os.environ["REDIS_URL"] = url
    from benchmarks import _others

    redis = Redis.from_url(url)
    if kind.startswith("rq"):
        queue = RqQueue("bench", connection=redis, serializer=JSONSerializer)
        jobs = [RqQueue.prepare_data(f"benchmarks._others.{task}", args=a, result_ttl=60) for a in arguments]
        for first in range(0, len(jobs), 500):
            queue.enqueue_many(jobs[first : first + 500])
        return lambda: int(redis.llen(queue.key))
    if kind == "huey":
        for a in arguments:
            getattr(_others, f"huey_{task}")(*a)
        return lambda: int(redis.llen("huey.redis.bench"))
    for a in arguments:
        getattr(_others, f"celery_{task}").apply_async(a)
    return lambda: int(redis.llen("celery-bench"))


def _recorded(kind: str, count: int, url: str) -> float:
    with tempfile.TemporaryDirectory(prefix="yigao-bench-") as folder:
        services, revision, accounts = installed(Path(folder), count)
        due_now(services, revision, accounts)
        release_due(services, services.db.now())
        with services.db.reading() as session:
            ids = session.scalars(select(Delivery.id)).all()
        _enqueue(kind, url, "record", [(folder, i) for i in ids])
        with _workers(kind, url):
            found = rate(lambda: published(services), count)
        services.db.close()
    return found


def _called(kind: str, count: int, url: str) -> float:
    waiting = _enqueue(kind, url, "call", [(f"k{n}",) for n in range(count)])
    with _workers(kind, url):
        return rate(lambda: count - waiting(), count)
