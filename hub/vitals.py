"""What an installation looks like at an instant: asked of database, queue and disk at once, within a bounded time, so
that the answer comes also when one of them hangs. `hub.health` judges it, `hub.metrics` counts by it.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hub import embedded
from hub.db import Database
from hub.domain.states import State
from hub.models import Delivery, FarCalls, Heartbeat, Move, Projection
from hub.publishing.claiming import claimable
from hub.queue import Queue, TransportError
from hub.services import Services

# Seconds that an answer may take; what is slower is away, as far as whoever asks is concerned.
PATIENCE = 2.0
# A publication this far past its time, or past its last hint, is late.
LATE = timedelta(seconds=60)
# Counts stop here: more than this is no other state of things.
ENOUGH = 1000
# Of a day's calls that a platform allows: from this share on it is said.
NEARLY = 0.8
# Of this many newest moves one by a worker is looked for.
NEWEST_MOVES = 500

T = TypeVar("T")


@dataclass(frozen=True)
class Stock:
    """What the database says. Instants are its own clock's."""

    at: datetime
    # Name and instant of every sign of life (hub.heartbeats).
    signs: Mapping[str, datetime] = field(default_factory=dict)
    # Under the claims that run: the latest end of a lease.
    leased_until: datetime | None = None
    # The newest move that a worker made.
    worked_at: datetime | None = None
    # Due, not claimed, past LATE: what the clock has not released, and what no worker has taken.
    unreleased: int = 0
    untaken: int = 0
    # Ready for a worker, and for longer than LATE none was told.
    unhinted: int = 0
    # Sites whose lists and feeds don't show everything published: how far they are built, and the last publication.
    behind: Mapping[int, int] = field(default_factory=dict)
    finished_at: datetime | None = None
    # Accounts that have used up most of what a platform allows them a day.
    nearly_used: int = 0


@dataclass(frozen=True)
class Vitals:
    """All that can be known from outside at `at`. None: no answer within PATIENCE."""

    at: datetime
    stock: Stock | None
    # Why there is no stock: the kind of error, or "" when there was no answer at all.
    trouble: str
    hints: int | None
    # Bytes free and in all on the data folder's disk.
    disk: tuple[int, int] | None
    # Since when, as far as is known, the lists of some site have stood still though they are behind.
    behind_since: datetime | None = None


class Bounded(Generic[T]):
    """A question asked in a thread of its own. While one hangs, whoever asks joins the wait: what hangs costs one
    thread, however often it is asked.
    """

    def __init__(self, question: Callable[[], T]) -> None:
        self.question = question
        self._lock = threading.Lock()
        self._asked: Future[T] | None = None

    def ask(self) -> Future[T]:
        """The answer to come."""
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                # A daemon: a process may end while a question hangs.
                threading.Thread(target=self._run, args=(self._asked,), daemon=True).start()
            return self._asked

    def _run(self, asked: Future[T]) -> None:
        try:
            asked.set_result(self.question())
        except BaseException as error:  # noqa: BLE001 (handed to whoever waits)
            asked.set_exception(error)


class Examiner:
    """Takes the vitals of one installation, and keeps them for callers that come soon after."""

    def __init__(self, services: Services) -> None:
        self._db = Database(services.config.database, patience=PATIENCE)
        # The server that carries hints: the one that is set, else the embedded one, which lives while `yigao up` runs.
        self._queue = Queue(services.config.redis_url or embedded.url(services.config.data))
        self._folder = services.config.data
        self._stock = Bounded(self._read)
        self._hints = Bounded(self._queue.depth)
        self._disk = Bounded(self._free)
        self._now: datetime | None = None
        self._lock = threading.Lock()
        self._kept: tuple[float, Vitals] | None = None
        self._still: dict[int, tuple[int, datetime]] = {}

    def vitals(self, now: datetime | None = None, *, age: float = 0.0) -> Vitals:
        """The vitals, not older than `age` seconds; within about PATIENCE, whatever hangs. `now` stands for the
        database's own clock.
        """
        with self._lock:
            kept = self._kept
            if kept is None or time.monotonic() - kept[0] > age:
                self._now = now
                vitals = self._take(now)
                kept = self._kept = (time.monotonic(), vitals)
            return kept[1]

    def _take(self, now: datetime | None) -> Vitals:
        end = time.monotonic() + PATIENCE
        asked = self._stock.ask(), self._hints.ask(), self._disk.ask()
        said = _answer(asked[0], end, SQLAlchemyError)
        hints = _answer(asked[1], end, TransportError)
        disk = _answer(asked[2], end, OSError)
        at = said[0].at if said[0] else now or datetime.now(UTC)
        still = self._stood_still(said[0]) if said[0] else None
        return Vitals(at, said[0], said[1], hints[0], disk[0], still)

    def _read(self) -> Stock:
        at = self._now or self._db.now()
        try:
            with self._db.reading() as session:
                return read(session, at)
        finally:
            # Each time anew: that the database can be connected to is half of the answer.
            self._db.close()

    def _free(self) -> tuple[int, int]:
        folder = self._folder
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        usage = shutil.disk_usage(folder)
        return usage.free, usage.total

    def _stood_still(self, stock: Stock) -> datetime | None:
        """Seen for the first time, lists are behind since the last publication, for all that is known."""
        before, self._still = self._still, {}
        for site, built in stock.behind.items():
            known = before.get(site)
            since = known[1] if known and known[0] == built else min(stock.finished_at or stock.at, stock.at)
            self._still[site] = (built, since)
        return min((since for _, since in self._still.values()), default=None)


def _answer(asked: Future[T], end: float, expected: type[Exception]) -> tuple[T | None, str]:
    try:
        return asked.result(max(0.0, end - time.monotonic())), ""
    except TimeoutError:
        return None, ""
    except expected as error:
        return None, type(error).__name__


def read(session: Session, at: datetime) -> Stock:
    """The stock as it stands at `at`: a handful of queries, each on an index or bounded."""
    late = at - LATE
    rows = session.execute(select(Heartbeat.name, Heartbeat.at))
    behind = select(Projection.site_id, Projection.built).where(Projection.built < Projection.wanted)
    return Stock(
        at=at,
        signs=dict(rows.all()),
        leased_until=session.scalar(select(func.max(Delivery.lease_until)).where(Delivery.token.is_not(None))),
        worked_at=_worked_at(session),
        unreleased=_count(session, Delivery.state == State.SCHEDULED, Delivery.due_at < late),
        untaken=_count(session, _ready(late), Delivery.token.is_(None)),
        unhinted=_count(session, _ready(late), Delivery.hinted_at.is_(None), claimable(State.QUEUED, at)),
        behind=dict(session.execute(behind).all()),
        finished_at=session.scalar(select(func.max(Delivery.finished_at))),
        nearly_used=_nearly_used(session, at),
    )


def _nearly_used(session: Session, at: datetime) -> int:
    # The platforms' day is Beijing's, wherever the office is.
    today = (at.astimezone(UTC) + timedelta(hours=8)).date()
    nearly = FarCalls.count >= FarCalls.most * NEARLY
    query = select(func.count(FarCalls.account.distinct())).where(FarCalls.day == today, nearly)
    return session.scalar(query) or 0


def _ready(late: datetime) -> ColumnElement[bool]:
    rested = or_(Delivery.ready_at.is_(None), Delivery.ready_at < late)
    return and_(Delivery.state == State.QUEUED, Delivery.due_at < late, rested)


def _count(session: Session, *where: ColumnElement[bool]) -> int:
    some = select(Delivery.id).where(*where).limit(ENOUGH).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _worked_at(session: Session) -> datetime | None:
    newest = session.execute(select(Move.actor, Move.at).order_by(Move.id.desc()).limit(NEWEST_MOVES))
    return next((at for actor, at in newest if actor.startswith("worker:")), None)
