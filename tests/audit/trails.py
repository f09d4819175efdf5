"""Deliveries with trails, written straight into the tables: what is tested here is the chain, not who makes moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from hub.audit.sealing import seal_batch
from hub.models import Delivery, Move
from hub.services import Services
from tests.fakes import NOW, write

# From state to state, as a delivery goes that fails once.
WAY = ("scheduled", "queued", "working", "failed", "queued", "working", "published")
SAID = {"code": "FAK-101", "zh": "对方没有回应。", "en": "No answer."}


def deliver(services: Services, count: int = 3, *, steps: int = len(WAY), at: datetime = NOW) -> None:
    """`count` deliveries of one draft, each with the first `steps` of WAY behind it; their moves take turns."""
    revision = write(services, signed=False)
    with services.db.writing() as session:
        first = (session.scalar(text("SELECT max(id) FROM deliveries")) or 0) + 1
        ids = range(first, first + count)
        session.execute(insert(Delivery), [_delivery(number, revision, steps, at) for number in ids])
        for step in range(steps):
            session.execute(insert(Move), [_move(number, step, at + timedelta(seconds=step)) for number in ids])


def move_on(session: Session, delivery_id: int, steps: int, at: datetime = NOW) -> int:
    """Take a delivery that has `steps` of WAY behind it one further; returns the move's id."""
    session.execute(
        text("UPDATE deliveries SET state = :state, version = version + 1 WHERE id = :id"),
        {"state": WAY[steps], "id": delivery_id},
    )
    return int(session.scalars(insert(Move).returning(Move.id), [_move(delivery_id, steps, at)]).one())


def seal_all(services: Services) -> int:
    """Seal whatever is there, however much."""
    return sum(iter(lambda: seal_batch(services, thorough=True), 0))


def execute(services: Services, *statements: str, **values: Any) -> None:
    """What somebody does who has the database in hand and no respect for it."""
    with services.db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        lite = connection.dialect.name == "sqlite"
        if lite:
            # Outside a transaction, else it has no effect.
            driver.execute("PRAGMA foreign_keys=OFF")
        for statement in statements:
            connection.execute(text(statement), values)
        connection.commit()
        if lite:
            driver.execute("PRAGMA foreign_keys=ON")
        else:
            driver.execute("RESET session_replication_role")
            driver.commit()


def unguard(services: Services) -> None:
    """Drop what keeps the trail append-only, and what refers to it."""
    if services.db.engine.dialect.name == "sqlite":
        execute(services, "DROP TRIGGER moves_no_update", "DROP TRIGGER moves_no_delete")
    else:
        execute(services, "DROP TRIGGER moves_no_change ON moves", "ALTER TABLE seals DROP CONSTRAINT fk_seals_move_id")
        execute(services, "ALTER TABLE moves DROP CONSTRAINT fk_moves_delivery_id")
        execute(services, "ALTER TABLE moves DROP CONSTRAINT fk_moves_user_id")


def rows(services: Services, query: str) -> Sequence[Any]:
    """The rows of a query."""
    with services.db.reading() as session:
        return session.execute(text(query)).all()


def _delivery(number: int, revision: int, steps: int, at: datetime) -> dict[str, Any]:
    """A row whose state is where its trail ends."""
    return {
        "id": number,
        "interpretation_id": 1,
        "revision_id": revision,
        "account_id": 1,
        "channel": "plain",
        "state": WAY[steps - 1],
        "version": steps,
        "due_at": at,
        "key": f"key-{number}",
        "proof": "p",
        "created_at": at,
    }


def _move(number: int, step: int, at: datetime) -> dict[str, Any]:
    by_editor = step == 0
    return {
        "delivery_id": number,
        "at": at,
        "source": WAY[step - 1] if step else None,
        "target": WAY[step],
        "version": step + 1,
        "attempt": step // 3,
        "actor": "user:1" if by_editor else "worker:w",
        "user_id": 1 if by_editor else None,
        "revision_hash": "ab" * 32,
        "reason": "依据：第“2”条\n换行" if by_editor else "",
        "said": SAID if WAY[step] == "failed" else None,
    }
