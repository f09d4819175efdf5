"""The shelves of one site as a file: what each piece shows and where it stands, kept so that a publication touches only
what it changes. It may be deleted at any time; then it is made anew from what is published.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from channels.site.shelves import Shelf
from channels.site.variants import VARIANTS

Key = tuple[str, str]

_VARIANTS = tuple(v.key.replace("-", "_") for v in VARIANTS)
_SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE shelves (id INTEGER PRIMARY KEY, code TEXT NOT NULL, key TEXT NOT NULL, label TEXT NOT NULL,
  standing INTEGER NOT NULL DEFAULT 0, told INTEGER NOT NULL DEFAULT 0, UNIQUE (code, key));
CREATE TABLE members (shelf INTEGER NOT NULL, standing INTEGER NOT NULL, published TEXT NOT NULL,
  identity TEXT NOT NULL, updated TEXT NOT NULL, PRIMARY KEY (shelf, standing, published, identity)) WITHOUT ROWID;
CREATE INDEX members_updated ON members (shelf, updated);
CREATE TABLE pieces (identity TEXT PRIMARY KEY, interpretation INTEGER NOT NULL, published TEXT NOT NULL,
  standing INTEGER NOT NULL, digest TEXT NOT NULL, named TEXT NOT NULL, shelves TEXT NOT NULL, entry TEXT NOT NULL);
CREATE INDEX pieces_interpretation ON pieces (interpretation);
CREATE TABLE fragments (identity TEXT PRIMARY KEY, updated TEXT NOT NULL, sizes TEXT NOT NULL,
  {", ".join(f"{name} BLOB NOT NULL" for name in _VARIANTS)});
CREATE TABLE events (shelf INTEGER NOT NULL, begins REAL NOT NULL, identity TEXT NOT NULL, facts TEXT NOT NULL,
  PRIMARY KEY (shelf, begins, identity)) WITHOUT ROWID;
CREATE INDEX events_identity ON events (identity);
CREATE TABLE tombstones (identity TEXT PRIMARY KEY, at TEXT NOT NULL, data BLOB NOT NULL);
CREATE INDEX tombstones_at ON tombstones (at);
CREATE TABLE policies (id INTEGER PRIMARY KEY, facts TEXT NOT NULL);
CREATE TABLE stops (part TEXT NOT NULL, place TEXT NOT NULL, changed TEXT NOT NULL,
  PRIMARY KEY (part, place)) WITHOUT ROWID;
CREATE TABLE parts (part TEXT PRIMARY KEY, changed TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE news (id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL);
CREATE TABLE made (path TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class Stored(NamedTuple):
    """A shelf as it is stored: how many pieces stand on it, and with the notices of the withdrawn."""

    id: int
    shelf: Shelf
    standing: int
    told: int


class Fragments(NamedTuple):
    """A piece's entries: when it changed, and by variant their sizes and packed bytes."""

    updated: str
    sizes: dict[str, int]
    packed: dict[str, bytes]


class Store:
    """One connection to the file."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)

    @classmethod
    def create(cls, path: Path | str) -> Store:
        """A new, empty one; whatever stood there is gone."""
        if isinstance(path, Path):
            remove(path)
            path.parent.mkdir(parents=True, exist_ok=True)
        store = cls(path)
        # A commit that a power cut takes away is folded once more; a broken file would be made anew.
        store._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_SCHEMA}")
        return store

    @classmethod
    @contextmanager
    def opened(cls, path: Path, fingerprint: str) -> Iterator[Store | None]:
        """The one that is there, made by this very program; None where there is none, or it can't be read."""
        store = cls._usable(path, fingerprint) if path.exists() else None
        try:
            yield store
        finally:
            if store is not None:
                store.close()

    @classmethod
    def _usable(cls, path: Path, fingerprint: str) -> Store | None:
        store = cls(path)
        with suppress(sqlite3.DatabaseError):
            store._db.execute("PRAGMA synchronous=NORMAL")
            if store.meta("fingerprint") == fingerprint:
                return store
        store.close()
        return None

    def close(self) -> None:
        """Close the connection; what is not committed is undone."""
        self._db.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: committed at the end of the block, undone when it raises."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise

    def execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run one statement."""
        return self._db.execute(statement, values)

    def many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        self._db.executemany(statement, rows)

    def meta(self, key: str) -> str:
        """A note; empty where there is none."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else ""

    def note(self, key: str, value: str) -> None:
        """Keep a note."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def shelf(self, shelf: Shelf) -> Stored:
        """The shelf as it is stored, made if it was not there."""
        put = "INSERT INTO shelves (code, key, label) VALUES (?, ?, ?) ON CONFLICT (code, key) DO UPDATE "
        # A name that pieces bring along is written with the piece; a policy's comes from its record.
        self._db.execute(f"{put} SET label = excluded.label WHERE excluded.label NOT IN ('', shelves.label)", shelf)
        return self._shelf("code = ? AND key = ?", shelf[:2])

    def shelf_at(self, id_: int) -> Stored:
        """The shelf with this id."""
        return self._shelf("id = ?", (id_,))

    def _shelf(self, where: str, values: Sequence[Any]) -> Stored:
        rows = list(self._shelves(f"WHERE {where}", values))
        return rows[0]

    def shelves(self, code: str = "") -> list[Stored]:
        """All shelves, or those of one kind, by their keys."""
        return list(
            self._shelves("WHERE code = ? ORDER BY key" if code else "ORDER BY code, key", (code,) if code else ())
        )

    def _shelves(self, rest: str, values: Sequence[Any]) -> Iterator[Stored]:
        rows = self._db.execute(f"SELECT id, code, key, label, standing, told FROM shelves {rest}", values)
        for id_, code, key, label, standing, told in rows:
            yield Stored(id_, Shelf(code, key, label), standing, told)

    def slice(self, shelf: Stored, start: int, stop: int) -> list[dict[str, Any]]:
        """What lists show of the standing pieces number `start` to `stop`, counted from the oldest; newest first."""
        near = shelf.standing - stop <= start
        order = "DESC" if near else "ASC"
        rows = self._db.execute(
            f"SELECT p.entry FROM (SELECT published, identity FROM members WHERE shelf = ? AND standing = 1 "
            f"ORDER BY published {order}, identity {order} LIMIT ? OFFSET ?) m JOIN pieces p USING (identity) "
            f"ORDER BY m.published DESC, m.identity DESC",
            (shelf.id, max(0, stop - start), shelf.standing - stop if near else start),
        )
        return [json.loads(entry) for (entry,) in rows]

    def position(self, shelf: Stored, key: Key, *, told: bool = False) -> int:
        """How many of the shelf's pieces are older than the key: of those that stand, or of all."""
        kinds = (0, 1) if told else (1,)
        count = "SELECT count(*) FROM members WHERE shelf = ? AND standing = ? AND (published, identity) >= (?, ?)"
        newer = sum(self._db.execute(count, (shelf.id, kind, *key)).fetchone()[0] for kind in kinds)
        return (shelf.told if told else shelf.standing) - int(newer)

    def newest(self, shelf: Stored, count: int, skip: int = 0) -> list[str]:
        """The names of the newest pieces and notices, after the first `skip`, newest first."""
        one = (
            "SELECT * FROM (SELECT published, identity FROM members WHERE shelf = ? AND standing = {} "
            "ORDER BY published DESC, identity DESC LIMIT ?)"
        )
        rows = self._db.execute(
            f"{one.format(1)} UNION ALL {one.format(0)} ORDER BY published DESC, identity DESC LIMIT ? OFFSET ?",
            (shelf.id, count + skip, shelf.id, count + skip, count, skip),
        )
        return [identity for _, identity in rows]

    def standing(self, shelf: Stored, count: int) -> list[str]:
        """The names of the newest pieces that stand, newest first."""
        rows = self._db.execute(
            "SELECT identity FROM members WHERE shelf = ? AND standing = 1 "
            "ORDER BY published DESC, identity DESC LIMIT ?",
            (shelf.id, count),
        )
        return [identity for (identity,) in rows]

    def from_oldest(self, shelf: Stored, skip: int) -> list[str]:
        """The names of all pieces and notices after the oldest `skip`, the oldest first."""
        rows = self._db.execute(
            "SELECT identity FROM members WHERE shelf = ? AND standing IN (0, 1) "
            "ORDER BY published, identity LIMIT -1 OFFSET ?",
            (shelf.id, skip),
        )
        return [identity for (identity,) in rows]

    def fragments(self, identity: str) -> Fragments:
        """The piece's entries."""
        names = ", ".join(_VARIANTS)
        updated, sizes, *packed = self._db.execute(
            f"SELECT updated, sizes, {names} FROM fragments WHERE identity = ?", (identity,)
        ).fetchone()
        return Fragments(updated, json.loads(sizes), {v.key: p for v, p in zip(VARIANTS, packed, strict=True)})

    def put_fragments(self, identity: str, kept: Fragments) -> None:
        """Keep the piece's entries."""
        packed = [kept.packed[v.key] for v in VARIANTS]
        marks = ", ".join("?" * (3 + len(packed)))
        values = (identity, kept.updated, json.dumps(kept.sizes), *packed)
        self._db.execute(f"INSERT OR REPLACE INTO fragments VALUES ({marks})", values)

    def changed(self, shelf: Stored) -> str:
        """When the newest change on the shelf was; empty for an empty one."""
        row = self._db.execute("SELECT max(updated) FROM members WHERE shelf = ?", (shelf.id,)).fetchone()
        return row[0] or ""

    def newest_published(self, shelf: Stored) -> str:
        """When the newest piece that stands on the shelf was published; empty for an empty one."""
        row = self._db.execute(
            "SELECT max(published) FROM members WHERE shelf = ? AND standing = 1", (shelf.id,)
        ).fetchone()
        return row[0] or ""

    def policies(self, start: int, stop: int) -> list[str]:
        """The facts of the policies number `start` to `stop`, counted from the smallest id; the largest id first."""
        rows = self._db.execute(
            "SELECT facts FROM policies ORDER BY id LIMIT ? OFFSET ?", (max(0, stop - start), start)
        ).fetchall()
        return [facts for (facts,) in reversed(rows)]

    def count_policies(self, below: int | None = None) -> int:
        """How many policies there are, or how many with a smaller id."""
        where, values = ("", ()) if below is None else (" WHERE id < ?", (below,))
        return int(self._db.execute(f"SELECT count(*) FROM policies{where}", values).fetchone()[0])


def remove(path: Path) -> None:
    """Remove the file and what SQLite keeps beside it."""
    for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        each.unlink(missing_ok=True)


def install(fresh: Path, path: Path) -> None:
    """Put a closed file in the place of another. Killed in between there is none, which is as good."""
    remove(path)
    fresh.rename(path)
