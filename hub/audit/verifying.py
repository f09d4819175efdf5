"""Verifying: the chain recomputed from its first link, compared with the heads that were noted, and every trail with
the table of states. Rows are streamed: the memory it takes does not grow with the trail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, select, text
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from channels.words import Words
from hub.audit.chain import MOVES, START, TABLES, bytes_as_text, columns, fits
from hub.audit.findings import Break, Found, Verdict, Warned
from hub.audit.heads import Head, heads_file, noted
from hub.audit.records import RECORDS
from hub.audit.sealing import sealed
from hub.audit.trails import check_trails
from hub.models import Move, Seal
from hub.services import Services

# The clock seals every second or so; moves older than this without a seal mean that it doesn't.
PATIENCE = timedelta(minutes=1)
# Rows fetched at a time, and between two reports of progress.
STRIDE = 1000

Progress = Callable[[int, int], None]


def verify(
    services: Services, now: datetime, *, heads: Iterable[Head] = (), progress: Progress | None = None
) -> Verdict:
    """Check the whole trail and say what is broken; nothing is written.

    `heads` are further notes to compare with, besides the installation's own. `progress` is called with the number of
    rows done and their total. Raises SQLAlchemyError when the database can't be read at all.
    """
    notes = _Notes(heads_file(services.config), heads)
    found = Found()
    with services.db.reading() as session:
        _one_view(session)
        with bytes_as_text(session):
            step = _steps(session, progress)
            walk = _Walk(found, notes)
            for row in _links(session):
                walk.step(row)
                step()
            walk.finish()
            deliveries = check_trails(session, found, step)
            count, since = _unsealed(session)
    head = Head(walk.last.position, walk.last.hash, now) if walk.last else None
    warnings = tuple(_warnings(count, since, notes, now))
    return Verdict(walk.links, head, notes.count, deliveries, count, since, tuple(found.listed), found.count, warnings)


def _one_view(session: Session) -> None:
    """Let all queries see one state, however long they take; SQLite's transactions do so by themselves."""
    if session.get_bind().dialect.name != "sqlite":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        # A trail of many years takes longer to sort than any statement of the daily work may.
        session.execute(text("SET LOCAL statement_timeout = 0"))


def _steps(session: Session, progress: Progress | None) -> Callable[[], None]:
    if progress is None:
        return lambda: None
    total = sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in (Seal, Move))
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if done % STRIDE == 0 or done == total:
            progress(done, total)

    return step


def _links(session: Session) -> Iterable[Any]:
    rows = (
        select(Seal.position, Seal.move_id, Seal.subject, Seal.subject_id, Seal.hash, *columns(session))
        .outerjoin(Move, Move.id == Seal.move_id)
        .order_by(Seal.position)
    )
    for table, model in RECORDS.items():
        named: Any = model
        rows = rows.add_columns(*columns(session, table, f"{table}_")).outerjoin(
            model, and_(Seal.subject == table, Seal.subject_id == named.id)
        )
    return session.execute(rows, execution_options={"yield_per": STRIDE})


class _Notes:
    """The noted heads by position."""

    def __init__(self, path: Any, further: Iterable[Head]) -> None:
        self.unreadable = 0
        self.count = 0
        self.by_position: dict[int, dict[str, Head]] = {}
        for head in (*noted(path), *further):
            if head is None:
                self.unreadable += 1
            else:
                self.count += 1
                self.by_position.setdefault(head.position, {})[head.hash] = head

    def at(self, position: int) -> Iterable[Head]:
        """What was noted of this position: one head, unless somebody rewrote the chain between two notes."""
        return self.by_position.get(position, {}).values()

    def after(self, position: int) -> Head | None:
        """The latest head that lies after this position."""
        last = max(self.by_position, default=0)
        return next(iter(self.at(last)), None) if last > position else None


@dataclass
class _Walk:
    """The walk along the chain, link by link."""

    found: Found
    notes: _Notes
    # What the next link must build on; None after a gap, when nobody can know.
    previous: str | None = START
    expected: int = 1
    links: int = 0
    # The last position whose noted head was right.
    agreed: int = 0
    last: Any = None

    def step(self, row: Any) -> None:
        """Check one link; `row` is a seal with what it seals, whose columns are None when it is gone."""
        self.links += 1
        if row.position < self.expected:
            self.found.add(Break("AUD-204", row.position, row.move_id))
            return
        if row.position > self.expected:
            self.found.add(Break("AUD-203", self.expected, found=row.position))
            self.previous = None
        self._check(row)
        self._compare(row)
        # Onwards from what is stored, so that the links after a broken one are judged by themselves.
        self.previous, self.expected, self.last = row.hash, row.position + 1, row

    def _check(self, row: Any) -> None:
        table = row.subject
        prefix = "" if table == MOVES else f"{table}_"
        named = {} if table == MOVES else {"table": str(table), "row_id": row.subject_id}
        if getattr(row, f"{prefix}id", None) is None:
            self.found.add(Break("AUD-222" if named else "AUD-202", row.position, row.move_id, **named))
        elif self.previous is not None and not fits(row.hash, self.previous, row, table, prefix):
            self.found.add(
                Break("AUD-221" if named else "AUD-201", row.position, row.move_id, row.delivery_id, **named)
            )

    def finish(self) -> None:
        """Nothing follows: is that the end that was noted?"""
        end = self.expected - 1
        if beyond := self.notes.after(end):
            self.found.add(Break("AUD-205", end + 1, found=end, at=_said(beyond)))

    def _compare(self, row: Any) -> None:
        for head in self.notes.at(row.position):
            if head.hash == row.hash:
                self.agreed = row.position
            else:
                self.found.add(
                    Break("AUD-206", row.position, row.move_id, row.delivery_id, found=self.agreed, at=_said(head))
                )


def _said(head: Head) -> str:
    return head.at.isoformat(sep=" ", timespec="seconds") if head.at else "?"


def _unsealed(session: Session) -> tuple[int, datetime | None]:
    """How many moves and records wait for a seal, and since when."""
    count, earliest, known = 0, [], True
    for table, model in TABLES.items():
        named: Any = model
        waiting = ~sealed(table, model).exists()
        found = session.scalar(select(func.count()).select_from(model).where(waiting)) or 0
        count += found
        try:
            earliest += [session.scalar(select(func.min(named.at)).where(waiting))] if found else []
        except (ValueError, DataError):
            # Somebody wrote what is no instant; how long it has waited nobody knows.
            known = False
    return count, min((at for at in earliest if at), default=None) if known else None


def _warnings(unsealed: int, since: datetime | None, notes: _Notes, now: datetime) -> Iterator[Warned]:
    if unsealed and (since is None or since < now - PATIENCE):
        yield Warned(
            "AUD-301",
            Words(
                f"有 {unsealed} 条记录超过一分钟仍未封存：时钟没有在封存。",
                f"{unsealed} rows have waited for their seal for more than a minute: the clock is not sealing.",
            ),
            Words("请运行 yigao doctor 查看时钟。", "Run yigao doctor and look at the clock."),
        )
    if notes.unreadable:
        yield Warned(
            "AUD-302",
            Words(
                f"链头记录 heads.jsonl 中有 {notes.unreadable} 行读不懂。",
                f"{notes.unreadable} lines of the noted heads (heads.jsonl) can't be read.",
            ),
            Words("请与抄录在别处的链头比对。", "Compare with heads that were noted elsewhere."),
        )
