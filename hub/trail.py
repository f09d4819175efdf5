"""The trail of administration (全过程留痕): every change of accounts, offices, people, columns and words is noted here,
in the transaction that makes it. What happens to deliveries has a trail of its own, `moves`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from hub.models import Base, Event
from hub.workflow import Actor

BATCH = 500


def note(
    session: Session,
    *,
    actor: Actor,
    kind: str,
    subject: Base | str,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    office_id: int | None = None,
) -> None:
    """Note one change of `subject`: a stored row (flushed: it has its id), or the name of what has no row.

    `kind` is "<noun>.<verb>". Of `before` and `after` only what differs is kept; no secret may be in them. `office_id`
    is taken from the row where it has one.
    """
    session.execute(
        insert(Event),
        [event_of(actor, kind, subject, now, before=before, after=after, reason=reason, office_id=office_id)],
    )


def note_all(session: Session, events: Iterable[dict[str, Any]]) -> None:
    """Note many changes, made by `event_of`."""
    rows = list(events)
    for first in range(0, len(rows), BATCH):
        session.execute(insert(Event), rows[first : first + BATCH])


def event_of(
    actor: Actor,
    kind: str,
    subject: Base | str,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    office_id: int | None = None,
) -> dict[str, Any]:
    """The columns of an event: see `note`."""
    row: Any = None if isinstance(subject, str) else subject
    table = subject if isinstance(subject, str) else subject.__tablename__
    own = row.id if table == "offices" and row is not None else getattr(row, "office_id", None)
    was, is_ = differences(before, after)
    return {
        "at": now,
        "actor": actor.name,
        "user_id": actor.user_id,
        "kind": kind,
        "subject": table,
        "subject_id": getattr(row, "id", None),
        "office_id": own if office_id is None else office_id,
        "before": was,
        "after": is_,
        "reason": reason,
    }


def differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """What differs between the two, as plain data: dates in ISO 8601, enumerations by value. Both whole when one is
    None: then something was made, or is gone.
    """
    was, is_ = ({k: _plain(v) for k, v in side.items()} if side is not None else None for side in (before, after))
    if was is None or is_ is None:
        return was, is_
    names = [k for k in (*was, *(k for k in is_ if k not in was)) if was.get(k) != is_.get(k)]
    return {k: was[k] for k in names if k in was}, {k: is_[k] for k in names if k in is_}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date | datetime) else value
