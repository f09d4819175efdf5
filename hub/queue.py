"""The transport: hints that rows are due, over Redis. With worker.py the only code that knows RQ.

A job carries no data and is no truth: its body (`hub.jobs`) drains due rows from the database. A lost hint is given
again by the clock, a doubled one finds nothing to do. So RQ's retries, uniqueness, scheduler and job states are not
used.
"""

from __future__ import annotations

import logging
from typing import Any

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer

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
                "hub.jobs.drain_due",
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
            "hub.jobs.answer_probe",
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
