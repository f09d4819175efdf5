"""The index of one site as a file: what can be found, and its words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from channels.site.searching import Asked
from hub.finding.words import indexed, question

PER_PAGE = 20
# Beyond this many, what fits best would cost more than it says: then the newest come first.
RANKED = 1_000
# Counted no further.
MOST_COUNTED = 5_000
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE entries (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, place TEXT NOT NULL,
  interpretation INTEGER NOT NULL, title TEXT NOT NULL, day TEXT NOT NULL, form TEXT NOT NULL, section TEXT NOT NULL,
  author TEXT NOT NULL);
CREATE INDEX entries_interpretation ON entries (interpretation);
CREATE TABLE named (identity TEXT NOT NULL, policy INTEGER NOT NULL, PRIMARY KEY (policy, identity)) WITHOUT ROWID;
CREATE INDEX named_identity ON named (identity);
CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5
  (title, text, content = '', prefix = '1', tokenize = "unicode61 remove_diacritics 0");
"""


class Entry(NamedTuple):
    """What can be found: a piece or a policy by its identity. `digest` changes whenever something of it does.
    `interpretation` is 0 for a policy.
    """

    identity: str
    digest: str
    interpretation: int
    place: str
    title: str
    text: str
    day: str
    form: str
    section: str
    author: str


class Hit(NamedTuple):
    """One of the answers."""

    place: str
    title: str
    text: str
    day: str
    form: str
    section: str
    author: str


class Answer(NamedTuple):
    """How many there are (counted up to MOST_COUNTED), and those of one page."""

    total: int
    hits: list[Hit]


class Missing(Exception):
    """There is no index, or none that this program can read."""


class Index:
    """One connection to the file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    @classmethod
    @contextmanager
    def reading(cls, path: Path, version: str) -> Iterator[Index]:
        """The index that is there. Raises Missing."""
        try:
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise Missing(path) from error
        try:
            index = cls(connection)
            if index.meta("version") != version:
                raise Missing(path)
            yield index
        except sqlite3.DatabaseError as error:
            raise Missing(path) from error
        finally:
            connection.close()

    @classmethod
    @contextmanager
    def writing(cls, path: Path, version: str) -> Iterator[Index]:
        """The index in one transaction, made anew where there is none that this program can write."""
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = _opened(path, version)
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield cls(connection)
            connection.execute("COMMIT")
        finally:
            # What is not committed is undone.
            connection.close()

    def meta(self, key: str) -> str:
        """A note; empty where there is none."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else ""

    def note(self, key: str, value: str) -> None:
        """Keep a note."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def digests(self) -> dict[str, str]:
        """The digest of every entry."""
        return dict(self._db.execute("SELECT identity, digest FROM entries"))

    def of_interpretations(self, ids: Iterable[int]) -> set[str]:
        """The identities of the pieces of these interpretations."""
        query = "SELECT identity FROM entries WHERE interpretation = ?"
        return {identity for id_ in ids for (identity,) in self._db.execute(query, (id_,))}

    def name(self, identity: str, policies: Iterable[int]) -> None:
        """Note which policies the piece names."""
        self._db.execute("DELETE FROM named WHERE identity = ?", (identity,))
        self._db.executemany("INSERT INTO named VALUES (?, ?)", [(identity, policy) for policy in policies])

    def named(self) -> set[int]:
        """The policies that a piece names: those that have a page."""
        return {policy for (policy,) in self._db.execute("SELECT DISTINCT policy FROM named")}

    def unnamed(self) -> set[int]:
        """The policies in the index that no piece names any more."""
        rows = self._db.execute("SELECT identity FROM entries WHERE interpretation = 0").fetchall()
        return {int(identity.removeprefix("p")) for (identity,) in rows} - self.named()

    def put(self, entries: Iterable[Entry]) -> None:
        """Keep the entries, each in the place of the one with its identity; one that is there as it is stays."""
        for entry in entries:
            known = self._db.execute("SELECT digest FROM entries WHERE identity = ?", (entry.identity,)).fetchone()
            if known == (entry.digest,):
                continue
            if known:
                self.drop([entry.identity])
            facts = entry._asdict()
            text = facts.pop("text")
            names, marks = ", ".join(facts), ", ".join("?" * len(facts))
            put = f"INSERT INTO entries ({names}) VALUES ({marks})"  # noqa: S608 (our own names)
            row = self._db.execute(put, tuple(facts.values())).lastrowid
            self._db.execute("INSERT INTO texts VALUES (?, ?)", (row, text))
            words = (row, indexed(entry.title), indexed(entry.text))
            self._db.execute("INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)", words)

    def drop(self, identities: Iterable[str]) -> None:
        """Forget them."""
        for identity in identities:
            row = self._db.execute(
                "SELECT id, title, text FROM entries JOIN texts USING (id) WHERE identity = ?", (identity,)
            ).fetchone()
            if row is None:
                continue
            id_, title, text = row
            words = (id_, indexed(title), indexed(text))
            # The words are kept without their texts, so they are told once more to be forgotten.
            self._db.execute("INSERT INTO words (words, rowid, title, text) VALUES ('delete', ?, ?, ?)", words)
            self._db.execute("DELETE FROM entries WHERE id = ?", (id_,))
            self._db.execute("DELETE FROM texts WHERE id = ?", (id_,))
            self._db.execute("DELETE FROM named WHERE identity = ?", (identity,))

    def find(self, asked: Asked, page: int = 1) -> Answer:
        """What has all of the words, the best fitting first; of very many the newest first."""
        match = question(asked.query)
        if not match:
            return Answer(0, [])
        where, values = _narrowed(asked)
        source = "FROM words WHERE words MATCH ?"
        if where:
            source = f"FROM words CROSS JOIN entries e ON e.id = words.rowid WHERE words MATCH ?{where}"
        counted = f"SELECT count(*) FROM (SELECT 1 {source} LIMIT {MOST_COUNTED})"  # noqa: S608 (our own clauses)
        total = self._db.execute(counted, (match, *values)).fetchone()[0]
        # A word in a title says more than ten in a text.
        order = "bm25(words, 10.0, 1.0), words.rowid DESC" if total <= RANKED else "words.rowid DESC"
        found = f"SELECT words.rowid AS id {source} ORDER BY {order} LIMIT ? OFFSET ?"
        ids = [id_ for (id_,) in self._db.execute(found, (match, *values, PER_PAGE, (page - 1) * PER_PAGE))]
        return Answer(total, [self._hit(id_) for id_ in ids])

    def _hit(self, id_: int) -> Hit:
        names = ", ".join(Hit._fields)
        row = f"SELECT {names} FROM entries JOIN texts USING (id) WHERE id = ?"  # noqa: S608 (our own names)
        return Hit(*self._db.execute(row, (id_,)).fetchone())


def _narrowed(asked: Asked) -> tuple[str, list[Any]]:
    parts = {"section = ?": asked.column, "day >= ?": asked.since, "day <= ?": asked.until}
    wanted = {part: value for part, value in parts.items() if value}
    return "".join(f" AND e.{part}" for part in wanted), list(wanted.values())


def _opened(path: Path, version: str) -> sqlite3.Connection:
    with suppress(sqlite3.DatabaseError):
        connection = sqlite3.connect(path, isolation_level=None)
        row = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
        if row == (version,):
            return connection
        connection.close()
    for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        each.unlink(missing_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    # A power cut may take the last entries away: they are found missing and made once more.
    connection.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {_SCHEMA}")
    connection.execute("INSERT INTO meta VALUES ('version', ?)", (version,))
    return connection
