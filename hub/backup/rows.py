"""Rows as lines of JSON that mean the same to every database: instants as ISO 8601 in UTC, dates as ISO 8601.

JSON columns travel as the very text the database holds: parsed and written anew, a number could change, and what the
seals of the audit trail cover must come back as it was. The tables are read from the database itself, not from the
models, so that a backup of an older schema can be made and loaded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import IO, Any

from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Date,
    DateTime,
    Float,
    Insert,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    bindparam,
    cast,
    select,
)
from sqlalchemy import Column as SqlColumn

# Alembic's own; signs of life of processes that don't run where the backup is restored; and what a platform gives anew
# to whoever asks.
NOT_KEPT = frozenset({"alembic_version", "far_tokens", "heartbeats"})
AT_ONCE = 1000
PLAIN = (Integer, String, Float, Boolean, JSON)


def tables_of(connection: Connection) -> list[Table]:
    """The tables that a backup keeps, each after those it refers to."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name not in NOT_KEPT]


def _as_is(value: Any) -> Any:
    return value


def _instant_out(value: datetime) -> str:
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _date_out(value: date) -> str:
    return value.isoformat()


def _coding(column: SqlColumn[Any]) -> tuple[Callable[[Any], Any], Callable[[str], Any]]:
    """How values of the column are written and read. Raises TypeError for a type that no rule is made for."""
    if isinstance(column.type, DateTime):
        return _instant_out, datetime.fromisoformat
    if isinstance(column.type, Date):
        return _date_out, date.fromisoformat
    if isinstance(column.type, PLAIN):
        return _as_is, _as_is
    raise TypeError(f"{column.table.name}.{column.name}: {column.type!r}")


def _selected(table: Table) -> Select[Any]:
    values = (cast(c, Text) if isinstance(c.type, JSON) else c for c in table.columns)
    return select(*values).order_by(*table.primary_key.columns)


def lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """Every row of the table by primary key, as a line; a few are in memory at a time."""
    names = [c.name for c in table.columns]
    out = [_coding(c)[0] for c in table.columns]
    found = connection.execution_options(yield_per=AT_ONCE).execute(_selected(table))
    for row in found:
        values = {n: None if v is None else f(v) for n, f, v in zip(names, out, row, strict=True)}
        yield json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def load(connection: Connection, table: Table, stream: IO[bytes], done: Callable[[int], None]) -> int:
    """Insert every line of the stream; returns how many rows. `done` is told after every batch.

    A reference to another row of the same table is put in at the end: that row may come later.
    """
    insert = _inserting(connection, table)
    codings = {c.name: _coding(c)[1] for c in table.columns}
    own = [c.name for c in table.columns if any(f.column.table is table for f in c.foreign_keys)]
    later: list[dict[str, Any]] = []
    count = 0
    rows = (json.loads(line) for line in stream)
    while batch := list(islice(rows, AT_ONCE)):
        later += [_reference(row, name) for row in batch for name in own if row[name] is not None]
        connection.execute(insert, list(_parameters(batch, codings, frozenset(own))))
        count += len(batch)
        done(count)
    for reference in later:
        connection.execute(
            table.update().where(table.c.id == reference["id"]).values({reference["name"]: reference["to"]})
        )
    return count


def _reference(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {"id": row["id"], "name": name, "to": row[name]}


def _parameters(
    batch: Iterable[dict[str, Any]], codings: dict[str, Callable[[Any], Any]], left_out: frozenset[str]
) -> Iterator[dict[str, Any]]:
    for row in batch:
        yield {
            f"p_{name}": None if row[name] is None or name in left_out else read(row[name])
            for name, read in codings.items()
        }


def _inserting(connection: Connection, table: Table) -> Insert:
    """An INSERT whose JSON columns take the text as it is. SQLite keeps JSON as text; a cast would make it a number."""
    sqlite = connection.dialect.name == "sqlite"
    values: dict[str, Any] = {}
    for column in table.columns:
        kind: Any = Text() if isinstance(column.type, JSON) else column.type
        value: Any = bindparam(f"p_{column.name}", type_=kind)
        values[column.name] = value if sqlite or not isinstance(column.type, JSON) else cast(value, column.type)
    return table.insert().values(values)
