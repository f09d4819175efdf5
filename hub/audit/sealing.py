"""Sealing: the moves and records that have no link yet get one. Any number of clocks may do it at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, select, text
from sqlalchemy.orm import Session

from hub.audit.chain import MOVES, START, TABLES, bytes_as_text, columns, link
from hub.audit.heads import is_due, note_head
from hub.models import Seal
from hub.services import Services

# Links a transaction: on SQLite nobody else writes for these few milliseconds.
BATCH = 1000
# A backlog does not keep the clock from its other work for longer than this.
BATCHES = 10
# On PostgreSQL a move may be committed after others with later ids: so many ids back are looked at every time, the rest
# once an hour. On SQLite there is one writer, so ids are committed in their order.
LOOK_BACK = 10_000
# PostgreSQL's advisory lock of whoever appends to the chain; the number is ours and means nothing.
LOCK = 7_269_314


@dataclass(frozen=True)
class _End:
    """Where the chain ends: the last position and hash, and by table the latest row sealed so far."""

    position: int
    hash: str
    latest: Mapping[str, int]


def seal(services: Services, now: datetime) -> int:
    """Append the moves and records that have no seal yet to the chain and, once an hour, note its head; returns how
    many links.

    Bounded: a backlog takes several calls. When another clock seals at the same moment, this one leaves it to that.
    """
    due = is_due(services, now)
    sealed = sum(_batches(services, thorough=due))
    if due:
        note_head(services, now)
    return sealed


def _batches(services: Services, *, thorough: bool) -> Iterator[int]:
    for _ in range(BATCHES):
        count = seal_batch(services, thorough=thorough)
        yield count
        if count < BATCH:
            return


def seal_batch(services: Services, *, thorough: bool = False) -> int:
    """Seal at most BATCH rows in one transaction; returns how many, 0 also when another clock was quicker.

    With `thorough` all rows are looked through, else those since the last sealed one and a little before it.
    """
    # Read and hashed outside the writing transaction, which only compares and inserts: claims don't wait for hashes.
    with services.db.reading() as session, bytes_as_text(session):
        end = _end(session)
        rows = list(_rows(session, end, thorough))
    if not rows:
        return 0
    links = list(_links(end, rows))
    with services.db.writing() as session:
        if not _may_append(session) or _end(session).position != end.position:
            return 0
        session.execute(insert(Seal), links)
    return len(links)


def waiting(session: Session) -> int:
    """How many of the newest rows wait for their seal; of those committed late on PostgreSQL some may be missing."""
    latest = _latest(session)
    counts = (select(func.count()).select_from(model).where(_id(model) > latest[t]) for t, model in TABLES.items())
    return sum(session.scalar(count) or 0 for count in counts)


def sealed(table: str, model: Any) -> Select[int]:
    """The seals of the row of `model` that an enclosing query is at."""
    if table == MOVES:
        return select(Seal.position).where(Seal.move_id == model.id)
    return select(Seal.position).where(Seal.subject == table, Seal.subject_id == model.id)


def _rows(session: Session, end: _End, thorough: bool) -> Iterator[tuple[str, Any]]:
    left = BATCH
    for table, model in TABLES.items():
        query = select(*columns(session, table)).where(*_unsealed(session, end, table, thorough))
        found = session.execute(query.order_by(_id(model)).limit(left)).all()
        yield from ((table, row) for row in found)
        left -= len(found)
        if not left:
            return


def _unsealed(session: Session, end: _End, table: str, thorough: bool) -> list[ColumnElement[bool]]:
    model = TABLES[table]
    if thorough:
        return [~sealed(table, model).exists()]
    after = end.latest[table] - (0 if session.get_bind().dialect.name == "sqlite" else LOOK_BACK)
    # Said of both, or a planner without fresh statistics reads all seals there are.
    named = Seal.move_id if table == MOVES else Seal.subject_id
    return [_id(model) > after, ~sealed(table, model).where(named > after).exists()]


def _links(end: _End, rows: Sequence[tuple[str, Any]]) -> Iterator[dict[str, Any]]:
    previous = end.hash
    for position, (table, row) in enumerate(rows, end.position + 1):
        previous = link(previous, row, table=table)
        named = {"move_id": row.id, "subject_id": None} if table == MOVES else {"move_id": None, "subject_id": row.id}
        yield {"position": position, "subject": table, **named, "hash": previous}


def _end(session: Session) -> _End:
    last = session.execute(select(Seal.position, Seal.hash).order_by(Seal.position.desc()).limit(1)).first()
    if last is None:
        return _End(0, START, dict.fromkeys(TABLES, 0))
    return _End(last.position, last.hash, _latest(session))


def _latest(session: Session) -> dict[str, int]:
    latest = {table: select(func.max(Seal.subject_id)).where(Seal.subject == table) for table in TABLES}
    latest[MOVES] = select(func.max(Seal.move_id))
    return {table: session.scalar(query) or 0 for table, query in latest.items()}


def _id(model: Any) -> Any:
    return model.id


def _may_append(session: Session) -> bool:
    """Whether nobody else appends at this moment. SQLite has one writer anyway; on PostgreSQL a lock of its own, that
    no claim waits for and that ends with the transaction.
    """
    if session.get_bind().dialect.name == "sqlite":
        return True
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}))
