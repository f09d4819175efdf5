"""The clock: one beat a second that releases, hints, sweeps and repairs. The only module that knows APScheduler, which
is a heartbeat here and keeps nothing: what is due stands in the database, and any number of clocks may run.
"""

from __future__ import annotations

import logging
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Select, bindparam, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from hub import audit, logs, site
from hub.config import SettingsError, load
from hub.domain.states import State
from hub.heartbeats import beat as sign_of_life
from hub.models import Delivery
from hub.models.base import UtcDateTime
from hub.publishing import watching
from hub.publishing.claiming import claimable
from hub.publishing.releasing import release_due
from hub.publishing.sweeping import sweep
from hub.queue import Queue, TransportError
from hub.services import Services
from hub.site.pinging import ping_all

log = logging.getLogger("yigao.clock")

# A hint this old, with its row still waiting, is given again.
HINT_AGE = timedelta(seconds=10)
HEARTBEAT_SECONDS = 5.0
# So often a probe goes through the queue, which shows that workers take jobs and can write what they did.
PROBE_SECONDS = 10.0
# So often it is looked whether something large is to be built: by then a small one has been.
REMAKE_SECONDS = 3.0
# Longer than anybody keeps a draft open without changing it.
PREVIEW_AGE = timedelta(days=1)
# Counts of a platform's calls matter on their day; for a while somebody may ask what happened.
CALLS_AGE = timedelta(days=30)
# A wall clock that leaps more than this against the steady one has been set, not passed.
LEAP = 30.0
# A clock that has not ticked for so long beyond its interval is made to.
SILENCE = 1.0
# However late a job is, it runs once, and never beside itself.
EACH = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
# After a leap the clock of the wall must agree with the steady one for so long before anything is released by it.
STEADY = 60.0


# Said once when it begins and once when it ends: an outage of a night is two lines, not thirty thousand.
_FAILING: set[str] = set()


def beat(
    services: Services,
    queue: Queue,
    now: datetime,
    *,
    release: bool = True,
    lists: Callable[[Services], None] = site.catch_up,
) -> None:
    """One tick. Each part is tried on its own: what fails is logged and tried again at the next tick."""
    parts: list[tuple[str, Callable[[], object]]] = [
        ("hint", lambda: hint(services, queue, now)),
        ("refresh", lambda: lists(services)),
        ("seal", lambda: audit.seal(services, now)),
    ]
    if release:
        # By a clock that has just leapt, what is due and which leases are over can't be told.
        parts = [("release", lambda: release_due(services, now)), ("sweep", lambda: sweep(services, now)), *parts]
    for name, part in parts:
        try:
            part()
        except Exception as error:
            # The clock must go on whatever happens: a server away, a lock, a bug in one of its parts.
            if name not in _FAILING:
                _FAILING.add(name)
                log.warning("beat: %s fails; tried again at every beat", name, exc_info=error)
        else:
            if name in _FAILING:
                _FAILING.remove(name)
                log.info("beat: %s works again", name)


def hint(services: Services, queue: Queue, now: datetime) -> int:
    """Tell the workers of rows that wait and that they were not told of lately, and of looks and withdrawals that are
    due; returns the number of such rows. A server that was emptied is told of everything.
    """
    emptied = queue.emptied()
    with services.db.reading() as session:
        given = {"now": now, "old": now - HINT_AGE, "ahead": now + HINT_AGE}
        ids = session.scalars(_to_hint(again=emptied), given).all()
        watched = not ids and watching.is_due(session, now)
    if watched:
        queue.hint(1)
    if not ids:
        return 0
    queue.hint(len(ids))
    # After the hint: killed in between, it is given twice, which harms nobody.
    with services.db.writing() as session:
        # Whoever has a row locked is at it; and two clocks that wait for each other's rows would wait in a circle.
        free = select(Delivery.id).where(Delivery.id.in_(ids)).with_for_update(skip_locked=True)
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(free))
            .values(hinted_at=now)
            .execution_options(synchronize_session=False)
        )
    return len(ids)


# Building the statement takes ten times as long as running it, and every beat runs it.
@cache
def _to_hint(*, again: bool) -> Select[int]:
    """The rows that wait and that nobody was told of lately; with `again` all that wait."""
    waiting = or_(*(claimable(state) for state in (State.QUEUED, State.UNKNOWN, State.CONFIRMING, State.WITHDRAWING)))
    told, instant = Delivery.hinted_at, UtcDateTime()
    stale = or_(told.is_(None), told < bindparam("old", type_=instant), told > bindparam("ahead", type_=instant))
    return select(Delivery.id).where(waiting, *(() if again else (stale,))).limit(500)


@dataclass
class Watch:
    """Compares the wall clock with the steady one, which nobody can set."""

    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    _offset: float = field(init=False)
    _leapt_at: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._offset = self.wall() - self.steady()

    def leapt(self) -> bool:
        """Whether the wall clock has just been set, by more than LEAP, since the last call or the beginning."""
        offset = self.wall() - self.steady()
        before, self._offset = self._offset, offset
        if abs(offset - before) <= LEAP:
            return False
        # Backwards, things come late, which is mended by waiting; forwards they would come early, which is not.
        self._leapt_at = self.steady() if offset > before else None
        return True

    def trusted(self) -> bool:
        """Whether enough time has passed since the last leap forward."""
        return self._leapt_at is None or self.steady() - self._leapt_at >= STEADY


class Clock:
    """The ticking process. `run` returns after `stop`."""

    def __init__(self, services: Services, queue: Queue) -> None:
        self.services, self.queue = services, queue
        # The clock that due times and leases are judged by: on PostgreSQL its server's, which can be set as well.
        self.watch, self.lists = Watch(wall=lambda: services.db.now().timestamp()), site.Pace()
        self._stopped = threading.Event()
        self._ticked = time.monotonic()
        self._last_sign = self._last_probe = 0.0

    def tick(self) -> None:
        """One beat and, now and then, a sign of life."""
        self._ticked = time.monotonic()
        try:
            if self.watch.leapt():
                log.warning("the clock was set by more than %d s", LEAP)
            now, trusted = self.services.db.now(), self.watch.trusted()
            beat(self.services, self.queue, now, release=trusted, lists=self.lists.catch_up)
        except Exception as error:
            log.warning("no beat", exc_info=error)
        if time.monotonic() - self._last_sign >= HEARTBEAT_SECONDS:
            self._last_sign = time.monotonic()
            sign_of_life(self.services, "clock")
        if time.monotonic() - self._last_probe >= PROBE_SECONDS:
            self._last_probe = time.monotonic()
            # A server that is away has been said by the beat; the answer that is missing says the rest.
            with suppress(TransportError):
                self.queue.probe()

    def tidy(self) -> None:
        """Forget previews that nobody has open any more, and old counts of calls. Any number of clocks may do it."""
        try:
            now = self.services.db.now()
            forgotten = self.services.previews.forget(before=now - PREVIEW_AGE)
            self.services.memory.forget_calls((now - CALLS_AGE).date())
        except (OSError, SQLAlchemyError) as error:
            log.warning("previews not tidied", exc_info=error)
        else:
            log.info("previews forgotten", extra={"count": forgotten})

    def survey(self) -> None:
        """Keep the database's choice of indexes right for what is in it by now."""
        try:
            self.services.db.survey(Delivery)
        except SQLAlchemyError as error:
            log.warning("the database was not surveyed", exc_info=error)

    def remake(self) -> None:
        """Build what takes longer than a beat may: a whole site, after an upgrade or a change of its menu."""
        try:
            site.catch_up(self.services, wait=0)
        except (OSError, SQLAlchemyError) as error:
            log.warning("sites not built", exc_info=error)

    def tell_hub(self) -> None:
        """Tell the WebSub hub of changed feeds; it may hang for as long as it likes, in a thread of its own."""
        try:
            ping_all(self.services, self.services.db.now())
        except (OSError, SQLAlchemyError, sqlite3.Error) as error:
            log.warning("the hub was not told", exc_info=error)

    def note_head(self) -> None:
        """Note the chain's head, so that a later start can tell whether it was cut."""
        try:
            audit.note_head(self.services, self.services.db.now())
        except Exception as error:
            # The clock ends all the same: the next one seals what this one left.
            log.warning("the chain's head was not noted", exc_info=error)

    def run(self) -> None:
        """Tick until stopped."""
        # It warns of every tick that a slow beat swallows; how late the clock is, its sign of life tells.
        logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
        seconds = self.services.config.tick_seconds
        scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(1), "spare": ThreadPoolExecutor(1), "hub": ThreadPoolExecutor(1)},
            job_defaults=EACH,
            timezone=UTC,
        )
        job = scheduler.add_job(self.tick, "interval", seconds=seconds, next_run_time=datetime.now(UTC))
        for hourly in (self.tidy, self.survey):
            scheduler.add_job(hourly, "interval", hours=1, next_run_time=datetime.now(UTC))
        for work, thread in ((self.remake, "spare"), (self.tell_hub, "hub")):
            scheduler.add_job(work, "interval", seconds=max(REMAKE_SECONDS, seconds), executor=thread)
        scheduler.start()
        while not self._stopped.wait(1.0):
            if time.monotonic() - self._ticked > seconds + SILENCE:
                # An interval job stops for as long as the wall clock was set back, however short and however often.
                job.modify(next_run_time=datetime.now(UTC))
        scheduler.shutdown(wait=True)
        self.note_head()

    def stop(self, *_: object) -> None:
        """End after the tick in progress."""
        self._stopped.set()


def run(services: Services) -> int:
    """The clock's process, until SIGTERM or SIGINT; the exit code."""
    clock = Clock(services, Queue(services.config.redis_url))
    signal.signal(signal.SIGTERM, clock.stop)
    signal.signal(signal.SIGINT, clock.stop)
    clock.run()
    return 0


def main() -> int:
    """`python -m hub.clock`, with settings from the environment."""
    logs.to_stderr()
    try:
        services = Services(load())
    except SettingsError as error:
        print(error.words.zh, file=sys.stderr)  # noqa: T201 (before there is anything to log to)
        return 2
    return run(services)


if __name__ == "__main__":
    sys.exit(main())
