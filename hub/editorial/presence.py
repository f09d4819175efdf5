"""Who has which text open: told to each other at once, so that two people never write over one another unknowingly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload

from hub.models import Interpretation, Presence, Revision, User
from hub.services import Services

# A page is heard of every 15 seconds; after this long without a word it is taken to be closed.
GONE = timedelta(seconds=45)


@dataclass(frozen=True)
class Other:
    """Another editor who has the text open."""

    name: str
    since: datetime


@dataclass(frozen=True)
class News:
    """What an open page is told: who else is there, and the newest revision with its author."""

    others: tuple[Other, ...]
    version: int
    by: str


def beat(services: Services, *, interpretation_id: int, user_id: int, now: datetime) -> None:
    """This editor has the text open now; who has been away for long comes anew."""
    with services.db.writing() as session:
        session.execute(
            delete(Presence).where(Presence.interpretation_id == interpretation_id, Presence.seen_at < now - GONE)
        )
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        row = {"interpretation_id": interpretation_id, "user_id": user_id, "since": now, "seen_at": now}
        statement = dialect.insert(Presence).values(**row)
        seen = {"seen_at": now}
        session.execute(statement.on_conflict_do_update(index_elements=["interpretation_id", "user_id"], set_=seen))


def leave(services: Services, *, interpretation_id: int, user_id: int) -> None:
    """The editor has closed the text."""
    mine = (Presence.interpretation_id == interpretation_id, Presence.user_id == user_id)
    with services.db.writing() as session:
        session.execute(delete(Presence).where(*mine))


def news(services: Services, *, interpretation_id: int, user_id: int, now: datetime) -> News:
    """Who else has the text open, the longest first, and what was saved last."""
    there = (
        select(Presence)
        .where(
            Presence.interpretation_id == interpretation_id,
            Presence.user_id != user_id,
            Presence.seen_at >= now - GONE,
        )
        .options(joinedload(Presence.user))
        .order_by(Presence.since, Presence.user_id)
    )
    newest = (
        select(Revision.number, User.name)
        .join(Interpretation, Interpretation.id == Revision.interpretation_id)
        .outerjoin(User, User.id == Revision.author_id)
        .where(Interpretation.id == interpretation_id, Revision.number == Interpretation.version)
    )
    with services.db.reading() as session:
        others = tuple(Other(p.user.name, p.since) for p in session.scalars(there))
        number, name = session.execute(newest).one_or_none() or (0, "")
    return News(others, number, name or "")
