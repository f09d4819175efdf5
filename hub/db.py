"""Engine and sessions. SQLite is opened for several processes at once; the figures behind it are in
docs/decisions/0002-database-is-the-truth.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

BUSY_TIMEOUT_MS = 10_000


def make_engine(url: str) -> Engine:
    """An engine for `url`. On SQLite: WAL, full sync, foreign keys, and BEGIN IMMEDIATE for writers."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: Any) -> None:
    # The driver's own transactions begin deferred and lose updates silently between processes; we begin by hand.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class Database:
    """The two ways to the database: `writing()` for a transaction that changes rows, `reading()` for one that doesn't.

    Objects stay readable after the transaction has ended (`expire_on_commit=False`), so that no session is held open
    across a slow call.
    """

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._writers = sessionmaker(self.engine, expire_on_commit=False)
        self._readers = sessionmaker(self.engine.execution_options(reading=True), expire_on_commit=False)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back when it raises."""
        with self._writers.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent view; nothing may be written."""
        with self._readers() as session:
            # No rollback here: it would empty the objects; closing ends the transaction and leaves them readable.
            yield session

    def now(self) -> datetime:
        """The instant by which due times and leases are judged: on PostgreSQL its server's clock, which all machines
        share; on SQLite this machine's.
        """
        if self.engine.dialect.name == "sqlite":
            return datetime.now(UTC)
        with self.reading() as session:
            instant: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
            return instant.astimezone(UTC)

    def after_fork(self) -> None:
        """Forget the parent's connections in a forked child without closing them under the parent."""
        self.engine.dispose(close=False)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def upsert(session: Session, table: Any) -> Any:
    """An INSERT into the mapped `table` that takes `on_conflict_do_update` and `on_conflict_do_nothing`."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(table)
