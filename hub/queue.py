"""The transport: hints that rows are due, over Redis. With worker.py the only code that knows RQ.

A job carries no data and is no truth: its body drains due rows from the database. A lost hint is given again by the
clock, a doubled one finds nothing to do. So RQ's retries, uniqueness, scheduler and job states are not used.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer

from hub.domain.deadlines import KILL_SHARE, WORK_SHARE
from hub.heartbeats import PROBE, beat
from hub.publishing.delivering import TooSlowError
from hub.publishing.draining import drain
from hub.services import Services

log = logging.getLogger("yigao.queue")

QUEUE = "deliveries"
# How long one job drains before it makes way; then it gives a new hint.
DRAIN_SECONDS = 20.0
# Results and failures are nothing we read; they go soon.
KEEP_SECONDS = 60
# More hints waiting than this wake nobody sooner.
WAITING_HINTS = 8
CANARY = "yigao:canary"
# A sign of life this young is not written anew by every job.
PROBE_SECONDS = 5.0

TransportError = redis.RedisError


def connect(url: str) -> redis.Redis:
    """A client that outlasts a short absence of the server: some 40 seconds of tries, then redis.RedisError."""
    retry = Retry(ExponentialWithJitterBackoff(base=0.1, cap=5), 10)
    return redis.Redis.from_url(
        url, retry=retry, retry_on_error=_AWAY, socket_connect_timeout=5, health_check_interval=15
    )


def connect_briefly(url: str) -> redis.Redis:
    """A client for callers that would rather hear soon that the server is away."""
    return redis.Redis.from_url(
        url, retry=Retry(ExponentialWithJitterBackoff(base=0.1, cap=0.5), 1), socket_connect_timeout=1, socket_timeout=2
    )


_AWAY: list[Any] = [redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError]


class Queue:
    """The hints. Every method raises TransportError when the server is away; nothing is lost by that."""

    def __init__(self, url: str) -> None:
        self.redis = connect_briefly(url)
        self._queue = RqQueue(QUEUE, connection=self.redis, serializer=JSONSerializer)

    def hint(self, rows: int) -> int:
        """Say that `rows` deliveries are due; returns the number of hints given, which is bounded however often it
        is called while nobody works.
        """
        room = WAITING_HINTS - self.depth()
        hints = max(0, min(rows, room))
        for _ in range(hints):
            self._queue.enqueue(
                "hub.queue.drain_due",
                result_ttl=KEEP_SECONDS,
                failure_ttl=KEEP_SECONDS,
                job_timeout=int(DRAIN_SECONDS) * 10,
            )
        return hints

    def probe(self, nonce: str = "") -> None:
        """Ask for a sign that jobs are taken and done: `answer_probe` at the front of the queue. Of one nonce only one
        waits, however often it is asked.
        """
        self.unask(nonce)
        self._queue.enqueue(
            "hub.queue.answer_probe",
            nonce,
            job_id=f"probe-{nonce}",
            at_front=True,
            ttl=KEEP_SECONDS,
            result_ttl=KEEP_SECONDS,
            failure_ttl=KEEP_SECONDS,
            job_timeout=KEEP_SECONDS,
        )

    def unask(self, nonce: str) -> None:
        """Take back a probe that nobody has answered: it must not keep room from hints."""
        self.redis.lrem(self._queue.key, 0, f"probe-{nonce}")

    def depth(self) -> int:
        """Hints that no worker has taken."""
        return int(self.redis.llen(self._queue.key))

    def ping(self) -> bool:
        """Whether the server answers; never raises."""
        try:
            return bool(self.redis.ping())
        except TransportError:
            return False

    def emptied(self) -> bool:
        """Whether the server has lost what it knew since the last time this was asked by anybody."""
        return bool(self.redis.set(CANARY, "here", nx=True))


_services: Services | None = None
_stopping = threading.Event()


def warm(services: Services) -> None:
    """Hand this process's services to the jobs that it, or a child forked from it, will run."""
    global _services  # noqa: PLW0603 (RQ calls jobs by name; there is no other way to hand them anything)
    _services = services


def in_horse() -> None:
    """Prepare a freshly forked child: no connection of the parent's, and SIGUSR1 means finish what is in hand."""
    assert _services is not None, "warm() first"  # noqa: S101 (a programming error)
    _services.db.after_fork()
    _stopping.clear()
    signal.signal(signal.SIGUSR1, _stop)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    _stopping.set()


def drain_due() -> None:
    """The body of every job: deliver what is due, a few rows a claim, until nothing is left."""
    services = _services
    if services is None:
        raise RuntimeError("this worker was started without warm()")
    # Whoever takes a job answers for the queue: with every worker at work no probe need wait its turn.
    beat(services, PROBE, every=PROBE_SECONDS)
    worker = f"{socket.gethostname()}:{os.getpid()}"
    left = drain(
        services,
        worker=worker,
        now=services.db.now,
        seconds=DRAIN_SECONDS,
        guard=lambda: limited(services.config.lease_seconds),
        stopping=_stopping.is_set,
    )
    if left and not _stopping.is_set():
        Queue(services.config.redis_url).hint(1)


def answer_probe(nonce: str) -> None:
    """The body of a probe: the answer is written where health is judged from. A nonce has its own answer besides."""
    if _services is None:
        raise RuntimeError("this worker was started without warm()")
    for name in (PROBE, f"{PROBE}:{nonce}") if nonce else (PROBE,):
        beat(_services, name)


@contextmanager
def limited(lease: float) -> Iterator[None]:
    """Bound a slow step of a delivery: TooSlowError at WORK_SHARE of the lease; and should that not get through (a
    library that holds the interpreter), the process ends at KILL_SHARE, so that no lease outlives its worker.
    """
    previous = signal.signal(signal.SIGALRM, _too_slow)
    faulthandler.dump_traceback_later(lease * KILL_SHARE, exit=True, file=2)
    signal.setitimer(signal.ITIMER_REAL, lease * WORK_SHARE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, previous)


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError
