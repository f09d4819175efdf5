"""Tables whose rows are only ever added, for everybody, also for whoever opens the database by hand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, Table, event

FUNCTION = (
    "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '% are append-only', TG_TABLE_NAME; END $$"
)


def forbidding(table: str) -> dict[str, tuple[str, ...]]:
    """By dialect, the statements that forbid to change or delete rows of the table."""
    name = table
    return {
        "sqlite": tuple(
            f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, '{name} are append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ),
        "postgresql": (
            FUNCTION,
            f"CREATE TRIGGER {name}_no_change BEFORE UPDATE OR DELETE ON {name} "
            "FOR EACH ROW EXECUTE FUNCTION append_only()",
        ),
    }


def append_only(table: Any) -> None:
    """Let the table be made with what forbids to change its rows."""
    assert isinstance(table, Table)  # noqa: S101 (a mapped class's __table__ is typed as less)
    ddl: Any = DDL  # its signature is not typed
    for dialect, statements in forbidding(table.name).items():
        for statement in statements:
            # DDL formats its text with %.
            event.listen(table, "after_create", ddl(statement.replace("%", "%%")).execute_if(dialect=dialect))
