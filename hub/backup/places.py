"""Where a restored database is built: beside the one it will replace, which is put in its place in one step.

Until then the present database is as it was, and whatever kills the restore leaves only the unfinished one beside it;
the next restore removes that first. What was there before is kept under a dated name, never deleted.
"""

from __future__ import annotations

import os
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import DatabaseError

from sqlalchemy import URL, Connection, inspect, make_url, text

from hub.config import Config
from hub.db import make_engine
from hub.files import sync_folder
from hub.models import Base

UNFINISHED = "restoring"
# SQLite's files beside the database: its log and the log's index.
SIDES = ("", "-wal", "-shm")


class Place(ABC):
    """The database of an installation, and the one that is being built beside it."""

    def __init__(self, url: URL, now: datetime) -> None:
        self.url = url
        self.stamp = now.astimezone(UTC).strftime("%Y%m%dt%H%M%Sz")

    @abstractmethod
    def begin(self) -> str:
        """The address of an empty database beside the present one; an unfinished one of an earlier restore goes."""

    @abstractmethod
    def finish(self) -> str:
        """Put it in place, durably; returns the name under which the former one is kept ("" when there was none).
        Nobody is connected to it any more.
        """

    @abstractmethod
    def abandon(self) -> None:
        """Remove the unfinished one."""


def place_of(config: Config, now: datetime) -> Place:
    """The installation's database, whichever kind it is."""
    url = make_url(config.database)
    return _File(url, now) if url.get_backend_name() == "sqlite" else _Schema(url, now)


class _File(Place):
    """SQLite: another file, and a rename."""

    @property
    def path(self) -> Path:
        return Path(self.url.database or "")

    @property
    def fresh(self) -> Path:
        return self.path.with_name(f"{self.path.name}.{UNFINISHED}")

    def begin(self) -> str:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._remove()
        # Rows hold names and password hashes: for the owner's eyes, as everything in the data folder.
        self.fresh.touch(mode=0o600)
        return _address(self.url.set(database=str(self.fresh)))

    def finish(self) -> str:
        # Closing the last connection has written the log into the file.
        _sync(self.fresh)
        former = self._keep_former()
        # Over the former one, which has its other name by now: there is a database under this name at every instant.
        self.fresh.rename(self.path)
        sync_folder(self.path.parent)
        return former

    def abandon(self) -> None:
        self._remove()

    def _keep_former(self) -> str:
        """Give what is there its second name. Its log is written into it first; one that can't be goes along, for a
        database must never stand beside a log that isn't its own.
        """
        if not self.path.exists():
            return ""
        with suppress(DatabaseError), closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        former = self.path.with_name(f"{self.path.stem}-replaced-{self.stamp}{self.path.suffix}")
        os.link(self.path, former)
        for side in SIDES[1:]:
            with suppress(FileNotFoundError):
                Path(f"{self.path}{side}").rename(f"{former}{side}")
        return former.name

    def _remove(self) -> None:
        for side in SIDES:
            Path(f"{self.fresh}{side}").unlink(missing_ok=True)


def _address(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Schema(Place):
    """PostgreSQL: another schema, and one transaction that moves its tables where the present ones are."""

    fresh = f"yigao_{UNFINISHED}"

    def begin(self) -> str:
        with self._home() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {self.fresh} CASCADE"))
            connection.execute(text(f"CREATE SCHEMA {self.fresh}"))
        given = self.url.query.get("options", "")
        options = f"{given if isinstance(given, str) else ' '.join(given)} -csearch_path={self.fresh}".strip()
        return _address(self.url.update_query_dict({"options": options}))

    def finish(self) -> str:
        with self._home() as connection:
            return self._swap(connection)

    def abandon(self) -> None:
        with self._home() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {self.fresh} CASCADE"))

    @contextmanager
    def _home(self) -> Iterator[Connection]:
        """One transaction where the installation's tables are."""
        engine = make_engine(_address(self.url))
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    def _swap(self, connection: Connection) -> str:
        home = connection.execute(text("SELECT current_schema()")).scalar_one()
        coming = inspect(connection).get_table_names(schema=self.fresh)
        ours = {*coming, *Base.metadata.tables, "alembic_version"}
        there = [name for name in inspect(connection).get_table_names(schema=home) if name in ours]
        functions = _functions(connection, self.fresh)
        former = f"yigao_replaced_{self.stamp}" if there else ""
        if former:
            connection.execute(text(f"CREATE SCHEMA {former}"))
            old = [f for f in _functions(connection, home) if f in functions]
            _move(connection, home, former, there, old)
        _move(connection, self.fresh, home, coming, functions)
        connection.execute(text(f"DROP SCHEMA {self.fresh}"))
        return former


def _functions(connection: Connection, schema: str) -> Sequence[str]:
    """The signatures of the schema's functions, without its name."""
    found = text(
        "SELECT quote_ident(proname) || '(' || pg_get_function_identity_arguments(oid) || ')' FROM pg_proc "
        "WHERE pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = :schema)"
    )
    return connection.execute(found, {"schema": schema}).scalars().all()


def _move(connection: Connection, source: str, target: str, tables: Sequence[str], functions: Sequence[str]) -> None:
    for table in tables:
        connection.execute(text(f'ALTER TABLE "{source}"."{table}" SET SCHEMA "{target}"'))
    for function in functions:
        connection.execute(text(f'ALTER FUNCTION "{source}".{function} SET SCHEMA "{target}"'))
