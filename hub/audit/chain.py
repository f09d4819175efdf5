"""What is hashed, and how: the canonical form of a move and the link of the chain that it makes.

    hash[0] = sha256(GENESIS)
    hash[n] = sha256(hash[n-1] as 64 hexadecimal digits, then the canonical JSON of the n-th sealed move)

The canonical JSON has the columns that its form names and `form` itself; keys sorted, no spaces, UTF-8, instants as
`2026-05-04T01:00:00.000000Z`. It is the same for SQLite and PostgreSQL and must never change: a new column is a new
form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from sqlalchemy import Text, case, cast, func, literal_column, type_coerce
from sqlalchemy.orm import Session

from hub.models import Move

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
START = sha256(GENESIS.encode()).hexdigest()

_ISO = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
# As SQLAlchemy stores an instant in SQLite: "2026-05-04 01:00:00.000000".
_STORED_LENGTH = 26


def columns(session: Session) -> list[Any]:
    """The columns of a move as the database has them, unconverted: a value that an intruder made unreadable must be
    found, not raise.
    """
    special: dict[str, Any]
    if session.get_bind().dialect.name == "sqlite":
        special = {"at": type_coerce(Move.at, Text), "said": type_coerce(Move.said, Text)}
    else:
        era = case((Move.at < literal_column("timestamptz '0001-01-01 UTC'"), " BC"), else_="")
        special = {"at": func.to_char(func.timezone("UTC", Move.at), _ISO) + era, "said": cast(Move.said, Text)}
    return [special.get(name, getattr(Move, name)).label(name) for name in FORMS[NEWEST]]


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


def canonical(row: Any, form: int = NEWEST) -> bytes:
    """The canonical JSON of a row of `columns`."""
    values: dict[str, Any] = {name: getattr(row, name) for name in FORMS[form]}
    values["form"] = form
    values["at"] = _instant(values["at"])
    values["said"] = _parsed(values["said"])
    # Lone surrogates can stand in what a channel said; repr is for what no column of ours can hold.
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=repr)
    return text.encode("utf-8", "surrogatepass")


def link(previous: str, row: Any, form: int = NEWEST) -> str:
    """The hash of `row` and of all before it, of which `previous` is the last: 64 hexadecimal digits."""
    return sha256(previous.encode("utf-8", "surrogatepass") + canonical(row, form)).hexdigest()


def fits(digest: object, previous: str, row: Any) -> bool:
    """Whether `digest` is the link of `row` in any form there has been."""
    return any(digest == link(previous, row, form) for form in sorted(FORMS, reverse=True))


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
