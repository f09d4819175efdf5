"""Visits by short addresses: counted without slowing anybody down, kept by day, told to the editor."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hub.db import upsert
from hub.models import Visit
from hub.services import Services

log = logging.getLogger("yigao.web")

# So long counts are only in memory: what a killed process loses.
FLUSH_SECONDS = 5.0
# What is remembered while the database is away; what comes beyond is not counted.
MOST = 10_000
# Long enough to compare with the year before.
KEPT = timedelta(days=800)
LATELY = timedelta(days=30)


class Key(NamedTuple):
    """One row's: a code, a day, a channel."""

    code: str
    day: date
    channel: str


class Tally:
    """Counts in memory and writes the sums every few seconds, beside the requests; none waits for it or fails by it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._counts: Counter[Key] = Counter()
        self._lock = threading.Lock()
        self._later: threading.Timer | None = None

    def note(self, code: str, channel: str, day: date) -> None:
        """Somebody came by `code` through `channel`."""
        key = Key(code, day, channel)
        with self._lock:
            if key in self._counts or len(self._counts) < MOST:
                self._counts[key] += 1
            if self._later is None:
                self._later = threading.Timer(FLUSH_SECONDS, self.flush)
                self._later.daemon = True
                self._later.start()

    def flush(self) -> None:
        """Write what was counted. While the database is away it is kept, and written with what comes later."""
        with self._lock:
            if self._later is not None:
                self._later.cancel()
            counts, self._counts, self._later = self._counts, Counter(), None
        if not counts:
            return
        try:
            _write(self._services, counts)
        except SQLAlchemyError:
            log.warning("visits not written yet", exc_info=True)
            with self._lock:
                self._counts.update(counts)


def _write(services: Services, counts: Mapping[Key, int]) -> None:
    with services.db.writing() as session:
        # In one order, so that two processes never wait for each other.
        for key in sorted(counts):
            row = upsert(session, Visit).values(**key._asdict(), count=counts[key])
            more = {"count": Visit.count + counts[key]}
            session.execute(row.on_conflict_do_update(index_elements=["code", "day", "channel"], set_=more))
        session.execute(delete(Visit).where(Visit.day < max(key.day for key in counts) - KEPT))


@dataclass(frozen=True)
class Visits:
    """How many came by a code: ever, since `LATELY`, and of all by channel, the most first."""

    ever: int
    lately: int
    channels: tuple[tuple[str, int], ...]


def visits(session: Session, codes: list[str], today: date) -> Visits:
    """The visits by any of the codes, as far as they are kept."""
    total = func.sum(Visit.count)
    mine = Visit.code.in_(codes)
    rows = session.execute(
        select(Visit.channel, total).where(mine).group_by(Visit.channel).order_by(total.desc(), Visit.channel)
    )
    channels = tuple((channel, int(count)) for channel, count in rows)
    lately = session.scalar(select(total).where(mine, Visit.day > today - LATELY))
    return Visits(sum(count for _, count in channels), int(lately or 0), channels)
