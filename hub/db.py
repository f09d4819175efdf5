"""Engine and sessions, for several processes at once, on one machine (SQLite) or many (PostgreSQL). The figures are in
docs/decisions/0002-database-is-the-truth.md, the reasons for locks and limits in 0007-locks-and-time-limits.md.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from channels.words import Words

BUSY_TIMEOUT_MS = 10_000

# Of so few rows any way through a table is quick, and figures of a nearly empty one would mislead once it fills.
SURVEYED_FROM = 10_000
# So many rows of each index are looked at: a few milliseconds, however large it is.
SURVEYED_ROWS = 1_000
# A connection reads the figures when it is opened; seconds.
OPENED_ANEW = 3600

# Milliseconds, set for every connection to PostgreSQL; DATABASE_URL may set its own with `options`.
LIMITS = {
    # Our longest statement, a release to a whole city, takes a few seconds on a slow machine.
    "statement_timeout": 30_000,
    # As long as SQLite waits: every transaction of ours is short, so who holds a row for longer is stuck.
    "lock_timeout": BUSY_TIMEOUT_MS,
    # A process that was frozen inside a transaction keeps its rows from all others.
    "idle_in_transaction_session_timeout": 30_000,
}
CONNECT = {
    # A refused connection is known at once; this is for a machine that does not answer at all.
    "connect_timeout": 5,
    # A machine that lost its power ends no connection: it is noticed within 15 s, busy (ms) or idle (s).
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
POOL: dict[str, Any] = {
    # What a process keeps open; a web process with 8 threads may need twice as many for a moment.
    "pool_size": 4,
    "max_overflow": 12,
    "pool_timeout": 10,
    # The last one used is used first, so that what is not needed grows old, and firewalls forget idle connections.
    "pool_use_lifo": True,
    "pool_recycle": 1800,
    # A server that was restarted meanwhile costs a new connection instead of an error.
    "pool_pre_ping": True,
}


def make_engine(url: str, patience: float | None = None) -> Engine:
    """An engine for `url`. On SQLite: WAL, full sync, foreign keys, and BEGIN IMMEDIATE for writers. On PostgreSQL:
    UTC, read committed, and a limit on every wait. `patience` is how many seconds any wait may take at most, for
    callers that would rather hear soon that the database is away.
    """
    if not url.startswith("sqlite"):
        return _postgresql(make_url(url), patience)
    busy = BUSY_TIMEOUT_MS if patience is None else min(BUSY_TIMEOUT_MS, int(patience * 1000))
    # What a statement carries may be a draft's text: it must not stand in an exception, which somebody may log.
    arguments = {"timeout": busy / 1000, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True, pool_recycle=OPENED_ANEW)
    event.listen(engine, "connect", lambda connection, _record: _on_connect(connection, busy))
    event.listen(engine, "begin", _on_begin)
    return engine


def _postgresql(url: URL, patience: float | None) -> Engine:
    most = float("inf") if patience is None else patience
    options = [f"-c {name}={int(min(value, most * 1000))}" for name, value in LIMITS.items()] + ["-c timezone=UTC"]
    theirs = url.query.get("options", ())
    options += [theirs] if isinstance(theirs, str) else theirs
    wanted: dict[str, Any] = {**CONNECT, "application_name": f"yigao {Path(sys.argv[0]).stem}"[:60]}
    # Below two seconds the driver would wait for ever.
    wanted["connect_timeout"] = max(2, int(min(CONNECT["connect_timeout"], most)))
    return create_engine(
        url.difference_update_query(["options"]),
        isolation_level="READ COMMITTED",
        # An error names the statement; the text and the names that it carried stay out of the log.
        hide_parameters=True,
        # What stands in the URL is the operator's, and wins.
        connect_args={k: v for k, v in wanted.items() if k not in url.query} | {"options": " ".join(options)},
        **{**POOL, "pool_timeout": min(POOL["pool_timeout"], most)},
    )


def _on_connect(connection: Any, busy: int) -> None:
    # The driver's own transactions begin deferred and lose updates silently between processes; we begin by hand.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={busy}",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


# On PostgreSQL one view for the whole block, and a write is refused; such a transaction can't fail for another's sake.
_READING: dict[str, dict[str, Any]] = {
    "sqlite": {"reading": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


class Database:
    """The two ways to the database: `writing()` for a transaction that changes rows, `reading()` for one that doesn't.

    Objects stay readable after the transaction has ended (`expire_on_commit=False`), so that no session is held open
    across a slow call. `patience`: see make_engine.
    """

    def __init__(self, url: str, patience: float | None = None) -> None:
        self.engine = make_engine(url, patience)
        self._writers = sessionmaker(self.engine, expire_on_commit=False)
        self._readers = sessionmaker(self.engine.execution_options(**_READING[self.dialect]), expire_on_commit=False)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

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
        if self.dialect == "sqlite":
            return datetime.now(UTC)
        # Without a transaction: one question, one answer.
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            instant: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
            return instant.astimezone(UTC)

    def steady(self) -> float | None:
        """Seconds of the clock that nobody can set, since this machine was started; on PostgreSQL None: machines that
        share a database share no such clock.
        """
        return time.monotonic() if self.engine.dialect.name == "sqlite" else None

    def survey(self, largest: Any) -> bool:
        """Let SQLite look how its rows are spread, by which it chooses among indexes; PostgreSQL does so by itself.
        `largest` is the mapped table whose rows tell whether it is worth it. Returns whether it was done.
        """
        if self.dialect != "sqlite":
            return False
        with self.reading() as session:
            if (session.scalar(select(func.max(largest.id))) or 0) < SURVEYED_FROM:
                return False
        with self.writing() as session:
            session.execute(text(f"PRAGMA analysis_limit={SURVEYED_ROWS}"))
            session.execute(text("ANALYZE"))
        return True

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


def alone(connection: Connection) -> None:
    """Until this transaction ends, let no other go past this point, on whatever machine: for what is looked up and made
    once (the schema, the first office). On SQLite a writer is alone anyhow.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:ours)"), {"ours": _ALONE})


# Any number, the same in every process.
_ALONE = 0x59696761


def is_away(error: BaseException) -> bool:
    """Whether the error says that the database can't be reached, is overloaded, or did not answer within its limits:
    nothing was changed, unless it was the commit whose answer got lost, and it may work in a while.
    """
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return code.startswith(_AWAY_CLASSES) or code in _AWAY_CODES
    if (busy := getattr(error.orig, "sqlite_errorcode", None)) is not None:
        return busy & 0xFF in _AWAY_SQLITE
    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)


def is_clash(error: BaseException) -> bool:
    """Whether PostgreSQL undid this transaction in favour of another at the same moment (a deadlock, a serialisation
    failure): the same thing done again goes through.
    """
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _CLASH_CODES


AWAY = Words(
    "SYS-503 数据库暂时没有回应。请稍后刷新，看这次操作是否已生效，再重试。",
    "SYS-503 The database does not answer at the moment. Reload in a while, see whether this was done, then try again.",
)
CLASH = Words(
    "SYS-409 另一项操作刚好同时进行，这次没有保存任何改动。请再试一次。",
    "SYS-409 Something else was done at the same moment; nothing of this was saved. Try again.",
)
# Connection lost, resources used up, ended by the operator (a statement over its time limit is one of these).
_AWAY_CLASSES = ("08", "53", "57")
# A lock not had in time; idle in a transaction for too long; a server that only reads (a standby not yet promoted).
_AWAY_CODES = frozenset({"55P03", "25P03", "25006"})
_CLASH_CODES = frozenset({"40P01", "40001"})
# Busy, locked, input/output error, disk full, can't open.
_AWAY_SQLITE = frozenset({5, 6, 10, 13, 14})
