"""The bodies of the queue's jobs, run in a worker's forked child, and the parent's eye on that child."""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from sqlalchemy.exc import SQLAlchemyError

from hub.domain.deadlines import KILL_MARGIN, MARGIN_SHARE, WORK_SHARE
from hub.heartbeats import PROBE, beat
from hub.logs import about
from hub.publishing.bounds import TooLateError, TooSlowError
from hub.publishing.claiming import Claim
from hub.publishing.draining import drain
from hub.publishing.progress import InHand, Progress
from hub.publishing.rescuing import abandon, free_neighbours
from hub.queue import DRAIN_SECONDS, PROBE_SECONDS, Queue
from hub.services import Services

log = logging.getLogger("yigao.worker")

# A delivery that takes longer than this share of the lease lets go of what was claimed together with it.
NEIGHBOUR_SHARE = 0.05

_services: Services | None = None
_progress = Progress()
_stopping = threading.Event()


def warm(services: Services) -> None:
    """Hand this process's services to the jobs that it, or a child forked from it, will run."""
    global _services  # noqa: PLW0603 (RQ calls jobs by name; there is no other way to hand them anything)
    _services = services


def in_horse() -> None:
    """Prepare a freshly forked child: no connection of the parent's; SIGUSR1 means finish what is in hand, SIGUSR2 say
    where you are.
    """
    _known().db.after_fork()
    _stopping.clear()
    _progress.clear()
    signal.signal(signal.SIGUSR1, _stop)
    faulthandler.register(signal.SIGUSR2, file=2)


def _known() -> Services:
    if _services is None:
        raise RuntimeError("this worker was started without warm()")
    return _services


def _stop(_signal: int, _frame: FrameType | None) -> None:
    _stopping.set()


def drain_due() -> None:
    """The body of every hint: deliver what is due, a few rows a claim, until nothing is left. What breaks it is logged
    and not raised: RQ would write the exception, which may quote a draft, into Redis, and nobody reads it there.
    """
    try:
        _drain(_known())
    except Exception:
        log.exception("job broke")


def _drain(services: Services) -> None:
    # Whoever takes a job answers for the queue: with every worker at work no probe need wait its turn.
    beat(services, PROBE, every=PROBE_SECONDS)
    with alarmed():
        left = drain(
            services,
            worker=f"{socket.gethostname()}:{os.getpid()}",
            now=services.db.now,
            seconds=DRAIN_SECONDS,
            guard=lambda claim: limited(claim, services.config.lease_seconds),
            stopping=_stopping.is_set,
        )
    # And again when it is done: the next probe waits for whoever is free, and no lease says any more who was at work.
    beat(services, PROBE, every=PROBE_SECONDS)
    if left and not _stopping.is_set():
        Queue(services.config.redis_url).hint(1)


def answer_probe(nonce: str) -> None:
    """The body of a probe: the answer is written where health is judged from. A nonce has its own answer besides."""
    for name in (PROBE, f"{PROBE}:{nonce}") if nonce else (PROBE,):
        beat(_known(), name)


@contextmanager
def alarmed() -> Iterator[None]:
    """For as long as the block lasts the alarm means: this step takes too long."""
    previous = signal.signal(signal.SIGALRM, _too_slow)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


@contextmanager
def limited(claim: Claim, lease: float) -> Iterator[None]:
    """Bound a slow step of a delivery: TooSlowError at WORK_SHARE of the lease or well before the lease ends, and the
    parent told of it, which kills the child should the error not get through: no lease outlives its worker. A process
    that stood still for so long that too little of the lease is left gets TooLateError instead of a beginning.
    """
    last = claim.ends - lease * MARGIN_SHARE
    with _progress.of(claim), about(delivery=claim.delivery_id):
        signal.setitimer(signal.ITIMER_REAL, max(min(lease * WORK_SHARE, last - time.monotonic()), 0.001))
        try:
            # After the alarm is set: whoever is stopped from here on is woken by it.
            if time.monotonic() >= last:
                raise TooLateError
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError


@dataclass
class Watch:
    """The parent's eye on its child: called about once a second while the child is at work."""

    services: Services
    _freed: InHand | None = field(default=None, init=False)
    _killed: InHand | None = field(default=None, init=False)

    def look(self, horse: int) -> None:
        """Free the neighbours of a delivery that takes long; kill the child, and it alone, when it hangs for good."""
        lease = self.services.config.lease_seconds
        in_hand = _progress.read()
        if in_hand is None:
            return
        seconds = time.monotonic() - in_hand.since
        if seconds > lease * NEIGHBOUR_SHARE and in_hand != self._freed and self._free(in_hand):
            self._freed = in_hand
        if time.monotonic() > in_hand.ends - lease * KILL_MARGIN and in_hand != self._killed:
            self._killed = in_hand
            log.warning("a delivery hangs; its process is killed", extra={"delivery": in_hand.delivery_id})
            os.kill(horse, signal.SIGUSR2)
            # It says where it is before it goes.
            time.sleep(0.1)
            os.kill(horse, signal.SIGKILL)

    def _free(self, in_hand: InHand) -> bool:
        try:
            count = free_neighbours(self.services, in_hand, self.services.db.now())
        except SQLAlchemyError:
            log.warning("neighbours not freed", exc_info=True)
            return False
        if count:
            log.info("neighbours freed", extra={"delivery": in_hand.delivery_id, "count": count})
        return True

    def bury(self) -> None:
        """The child has died: its rows need not wait for their lease. Called when it can do nothing any more."""
        in_hand = _progress.read()
        if in_hand is None:
            return
        _progress.clear()
        try:
            abandon(self.services, in_hand, self.services.db.now(), too_slow=in_hand == self._killed)
        except SQLAlchemyError:
            log.warning("rows of a dead process wait for their lease", exc_info=True)
