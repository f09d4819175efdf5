"""What waits for a reviewer: for the desk, the list of reviews, and the number beside its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from hub.approvals import level_offices
from hub.domain.reviews import AWAITING, LEVEL_OF, Kind, Standing
from hub.domain.roles import Level
from hub.models import Interpretation, Office, Review, ReviewRule, Revision, User

# Of the newest revision of an interpretation.
_NEWEST = and_(Revision.interpretation_id == Interpretation.id, Revision.number == Interpretation.version)


@dataclass(frozen=True)
class Waiting:
    """A text that waits for somebody's signature."""

    interpretation_id: int
    revision_id: int
    title: str
    version: int
    office: str
    level: Level
    # Since when, and who submitted it; an operator of the machine has no name but their login.
    since: datetime
    submitted_by: str


def waiting_for(session: Session, user_id: int, *, limit: int | None = None, offset: int = 0) -> Sequence[Waiting]:
    """What this user can sign now, the longest waiting first."""
    found = session.execute(_listing().limit(limit).offset(offset), {"me": user_id})
    return [
        Waiting(r.id, r.revision_id, r.title, r.version, r.office, LEVEL_OF[Standing(r.standing)], r.at, r.who)
        for r in found
    ]


# Building these statements takes longer than running them.
@cache
def _listing() -> Any:
    submitted = aliased(Review)
    return (
        _signable(bindparam("me", type_=Integer))
        .join(submitted, and_(submitted.revision_id == Revision.id, submitted.kind == Kind.SUBMITTED))
        .where(submitted.round == _last_round(Revision.id))
        .join(Office, Office.id == Interpretation.office_id)
        .outerjoin(User, User.id == submitted.user_id)
        .with_only_columns(
            Interpretation.id,
            Revision.id.label("revision_id"),
            Interpretation.title,
            Interpretation.version,
            Interpretation.standing,
            Office.name.label("office"),
            submitted.at,
            func.coalesce(User.name, submitted.actor).label("who"),
        )
        .order_by(submitted.id)
    )


def count_waiting(session: Session, user_id: int) -> int:
    """How many texts this user can sign now."""
    return session.scalar(_counting(), {"me": user_id}) or 0


# Beside every page's navigation.
@cache
def _counting() -> Select[int]:
    return _signable(bindparam("me", type_=Integer)).with_only_columns(func.count(Interpretation.id))


def _signable(user_id: Any) -> Select[int]:
    """Interpretations whose newest version waits for a level that the user may sign, for an office where they may; not
    their own, and not one of which they have signed another level, unless the office allows one person.
    """
    # Few texts wait in a large city: asked text by text, its many offices are never gathered.
    here = Office.id == Interpretation.office_id
    turns = [
        and_(Interpretation.standing == AWAITING[level], level_offices(user_id, level).where(here).exists())
        for level in Level
    ]
    return (
        select(Interpretation.id)
        .join(Revision, _NEWEST)
        .where(or_(*turns), or_(_one_person(), and_(~_written(user_id), ~_signed(user_id))))
    )


def _one_person() -> ColumnElement[bool]:
    newest = (
        select(ReviewRule.one_person)
        .where(ReviewRule.office_id == Interpretation.office_id)
        .order_by(ReviewRule.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(newest, False)


def _written(user_id: Any) -> ColumnElement[bool]:
    earlier = aliased(Revision)
    return exists().where(earlier.interpretation_id == Interpretation.id, earlier.author_id == user_id)


def _signed(user_id: Any) -> ColumnElement[bool]:
    mine = aliased(Review)
    return exists().where(
        mine.revision_id == Revision.id,
        mine.kind == Kind.SIGNED,
        mine.user_id == user_id,
        mine.round == _last_round(mine.revision_id),
    )


def _last_round(revision_id: Any) -> ColumnElement[int]:
    other = aliased(Review)
    return select(func.max(other.round)).where(other.revision_id == revision_id).scalar_subquery()
