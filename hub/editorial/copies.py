"""Working copies: what an editor typed and has not saved, kept so that nothing typed is ever lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.models import WorkingCopy
from hub.services import Services

NEW = "new"


def sheet_of(interpretation_id: int | None) -> str:
    """The name under which a text's working copy is kept."""
    return NEW if interpretation_id is None else str(interpretation_id)


@dataclass(frozen=True)
class Copy:
    """A working copy: the form's fields, the version they were typed over (0: none), and when."""

    fields: dict[str, Any]
    version: int
    saved_at: datetime


def keep_copy(
    services: Services, *, user_id: int, sheet: str, fields: dict[str, Any], version: int, now: datetime
) -> None:
    """Keep what stands in the form, in the place of what was kept before."""
    values = {"fields": fields, "version": version, "saved_at": now, "discarded_at": None}
    with services.db.writing() as session:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        statement = dialect.insert(WorkingCopy).values(user_id=user_id, sheet=sheet, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["user_id", "sheet"], set_=values))


def copy_of(services: Services, user_id: int, sheet: str) -> Copy | None:
    """The editor's working copy of a text, unless it was thrown away."""
    wanted = select(WorkingCopy).where(
        WorkingCopy.user_id == user_id, WorkingCopy.sheet == sheet, WorkingCopy.discarded_at.is_(None)
    )
    with services.db.reading() as session:
        row = session.scalars(wanted).first()
        return Copy(row.fields, row.version, row.saved_at) if row else None


def discard(services: Services, user_id: int, sheet: str, now: datetime | None) -> None:
    """Throw the working copy away; with None for the time, take that back."""
    mine = (WorkingCopy.user_id == user_id, WorkingCopy.sheet == sheet)
    with services.db.writing() as session:
        session.execute(update(WorkingCopy).where(*mine).values(discarded_at=now))


def forget(services: Services, user_id: int, sheet: str) -> None:
    """It has been saved as a revision: the working copy goes."""
    with services.db.writing() as session:
        session.execute(delete(WorkingCopy).where(WorkingCopy.user_id == user_id, WorkingCopy.sheet == sheet))
