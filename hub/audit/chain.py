"""What is hashed, and how: the canonical form of a row and the link of the chain that it makes.

    hash[0] = sha256(GENESIS)
    hash[n] = sha256(hash[n-1] as 64 hexadecimal digits, then the canonical JSON of the n-th sealed row)

The canonical JSON has the columns that its form names, `form` itself and, for any table but the moves', `table`; keys
sorted, no spaces, UTF-8, instants as `2026-05-04T01:00:00.000000Z`, truth as 0 or 1. It is the same for SQLite and
PostgreSQL and must never change: a new column is a new form.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import JSON, Boolean, Integer, Text, case, cast, func, literal_column, type_coerce
from sqlalchemy.orm import Session

from hub.audit import records
from hub.models import Base, Move
from hub.models.base import UtcDateTime

GENESIS = "一稿 yigao: the chain of moves begins here"

# Each list is final once released. Links are made with the newest; verifying knows all.
FORMS: dict[int, tuple[str, ...]] = {
    1: (
        "id",
        "delivery_id",
        "at",
        "source",
        "target",
        "version",
        "attempt",
        "actor",
        "user_id",
        "revision_hash",
        "reason",
        "said",
    ),
}
NEWEST = max(FORMS)
MOVES = "moves"
# Whatever is sealed, in the order in which one beat seals it.
TABLES: dict[str, type[Base]] = {MOVES: Move, **records.RECORDS}
_FORMS: dict[str, dict[int, tuple[str, ...]]] = {MOVES: FORMS, **records.FORMS}
START = sha256(GENESIS.encode()).hexdigest()

_ISO = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
# As SQLAlchemy stores an instant in SQLite: "2026-05-04 01:00:00.000000".
_STORED_LENGTH = 26


def columns(session: Session, table: str = MOVES, prefix: str = "") -> list[Any]:
    """The columns of a table's rows as the database has them, unconverted: a value that an intruder made unreadable
    must be found, not raise. `prefix` stands before each label.
    """
    forms = _FORMS[table]
    sqlite = session.get_bind().dialect.name == "sqlite"
    return [_stored(getattr(TABLES[table], name), sqlite).label(f"{prefix}{name}") for name in forms[max(forms)]]


def _stored(column: Any, sqlite: bool) -> Any:
    if isinstance(column.type, UtcDateTime):
        return type_coerce(column, Text) if sqlite else _iso(column)
    if isinstance(column.type, JSON):
        return type_coerce(column, Text) if sqlite else cast(column, Text)
    if isinstance(column.type, Boolean):
        return type_coerce(column, Integer) if sqlite else cast(column, Integer)
    return column


def _iso(column: Any) -> Any:
    era = case((column < literal_column("timestamptz '0001-01-01 UTC'"), " BC"), else_="")
    return func.to_char(func.timezone("UTC", column), _ISO) + era


@contextmanager
def bytes_as_text(session: Session) -> Iterator[None]:
    """For the block, read text that is not UTF-8 (SQLite stores whatever it is given) instead of failing at it."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    driver: Any = session.connection().connection.driver_connection
    driver.text_factory = _lenient
    try:
        yield
    finally:
        # The connection goes back to the pool.
        driver.text_factory = str


def _lenient(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def canonical(row: Any, form: int = NEWEST, table: str = MOVES, prefix: str = "") -> bytes:
    """The canonical JSON of a row of `columns`."""
    readers = _readers(table, form)
    values: dict[str, Any] = {name: read(getattr(row, f"{prefix}{name}")) for name, read in readers.items()}
    values["form"] = form
    if table != MOVES:
        values["table"] = table
    # Lone surrogates can stand in what a channel said; repr is for what no column of ours can hold.
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=repr)
    return text.encode("utf-8", "surrogatepass")


@cache
def _readers(table: str, form: int) -> dict[str, Callable[[Any], Any]]:
    """What makes the stored value of each column the same from both databases."""
    by_type: tuple[tuple[Any, Callable[[Any], Any]], ...] = ((UtcDateTime, _instant), (JSON, _parsed))
    # A form of the past may name a column that is no more.
    types = {name: getattr(getattr(TABLES[table], name, None), "type", None) for name in _FORMS[table][form]}
    return {
        name: next((read for kind, read in by_type if isinstance(found, kind)), lambda value: value)
        for name, found in types.items()
    }


def link(previous: str, row: Any, form: int | None = None, table: str = MOVES, prefix: str = "") -> str:
    """The hash of `row` and of all before it, of which `previous` is the last: 64 hexadecimal digits."""
    newest = max(_FORMS[table]) if form is None else form
    return sha256(previous.encode("utf-8", "surrogatepass") + canonical(row, newest, table, prefix)).hexdigest()


def fits(digest: object, previous: str, row: Any, table: str = MOVES, prefix: str = "") -> bool:
    """Whether `digest` is the link of `row` in any form there has been."""
    return any(digest == link(previous, row, form, table, prefix) for form in sorted(_FORMS[table], reverse=True))


def _instant(raw: Any) -> Any:
    """PostgreSQL's server has made it canonical; SQLite's text is made so if it is as we store it, else left."""
    if isinstance(raw, str) and len(raw) == _STORED_LENGTH and raw[10] == " ":
        return f"{raw[:10]}T{raw[11:]}Z"
    return raw


def _parsed(raw: Any) -> Any:
    """What JSON text means: databases may lay the same out differently. Text that is no JSON stands for itself."""
    if raw is None:
        return None
    try:
        return json.loads(raw)
    except (ValueError, TypeError, RecursionError):
        return raw
