"""What the policies' screens read, in a number of queries that never grows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from channels.manuscript import Validity
from channels.site import paths
from hub.console.here import editor
from hub.console.scope import shared, site_of_office
from hub.domain.states import State
from hub.models import Delivery, Event, Interpretation, Policy, Refresh, Revision, Site
from hub.models import revision_policies as named
from hub.registries.forms import like

PAGE = 25
MOST_INTERPRETATIONS = 50
MOST_EVENTS = 20

_INTERPRETED = exists().where(named.c.policy_id == Policy.id)
FILTERS: dict[str, ColumnElement[bool]] = {
    "all": Policy.merged_into_id.is_(None),
    "missing": and_(Policy.merged_into_id.is_(None), ~_INTERPRETED),
    **{v.value: and_(Policy.merged_into_id.is_(None), Policy.validity == v.value) for v in Validity},
}


@dataclass(frozen=True)
class Line:
    """One policy of a list: how many interpretations name it, and how many of these are out."""

    row: Policy
    interpretations: int
    published: int


@dataclass(frozen=True)
class Page:
    """A policy with everything around it."""

    row: Policy
    interpretations: Sequence[Any] = ()
    published: frozenset[int] = frozenset()
    doubles: Sequence[Policy] = ()
    replaces: Sequence[Policy] = ()
    events: Sequence[Event] = ()
    refreshes: Sequence[Refresh] = ()
    public: str = ""


def listed(session: Session, *, search: str, show: str, subject: str, page: int) -> tuple[list[Line], int]:
    """One page of the policies that the editor sees, the newest first; and their whole number."""
    where = [shared(session, Policy.office_id), FILTERS[show]]
    if search:
        pattern = like(search)
        columns = (Policy.title, Policy.number, Policy.issuer)
        where.append(or_(*(c.ilike(pattern, escape="\\") for c in columns)))
    if subject:
        where.append(Policy.subject == subject)
    total = session.scalar(select(func.count()).select_from(Policy).where(*where)) or 0
    rows = session.scalars(
        select(Policy)
        .where(*where)
        .order_by(Policy.published.desc().nulls_last(), Policy.id.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    ids = [row.id for row in rows]
    written, out = dict(session.execute(_written(ids)).all()), dict(session.execute(_out(ids)).all())
    return [Line(row, written.get(row.id, 0), out.get(row.id, 0)) for row in rows], total


def _written(ids: list[int]) -> Any:
    return (
        select(named.c.policy_id, func.count(Revision.interpretation_id.distinct()))
        .join(Revision, Revision.id == named.c.revision_id)
        .where(named.c.policy_id.in_(ids))
        .group_by(named.c.policy_id)
    )


def _out(ids: list[int]) -> Any:
    # A revision goes to thousands of accounts; one that has it is enough.
    out = select(Delivery.id).where(Delivery.revision_id == named.c.revision_id, Delivery.state == State.PUBLISHED)
    return (
        select(named.c.policy_id, func.count(Revision.interpretation_id.distinct()))
        .join(Revision, Revision.id == named.c.revision_id)
        .where(named.c.policy_id.in_(ids), out.exists())
        .group_by(named.c.policy_id)
    )


def counts(session: Session) -> dict[str, int]:
    """How many policies each filter shows."""
    each = [func.count().filter(condition).label(name) for name, condition in FILTERS.items()]
    return dict(
        session.execute(select(*each).select_from(Policy).where(shared(session, Policy.office_id))).one()._mapping
    )


def one(session: Session, id_: int) -> Page | None:
    """The policy and what is around it; None when the editor has none such."""
    seen = (Policy.id == id_, shared(session, Policy.office_id))
    row = session.scalars(select(Policy).where(*seen).options(joinedload(Policy.replaced_by))).first()
    if row is None:
        return None
    pieces = session.execute(_pieces(id_)).all()
    out = session.scalars(
        select(Delivery.interpretation_id)
        .where(Delivery.interpretation_id.in_([p.id for p in pieces]), Delivery.state == State.PUBLISHED)
        .distinct()
    )
    return Page(
        row=row,
        interpretations=pieces,
        published=frozenset(out),
        doubles=_doubles(session, row),
        replaces=session.scalars(select(Policy).where(Policy.replaced_by_id == id_).limit(PAGE)).all(),
        events=_events(session, id_),
        refreshes=_refreshes(session, id_),
        public=_public(session, id_),
    )


def _pieces(id_: int) -> Any:
    """Whose some version names it; `now` tells whether the newest one does."""
    columns = (Interpretation.id, Interpretation.title, Interpretation.version, Interpretation.published_at)
    newest = func.max(Revision.number).label("newest")
    return (
        select(*columns, Interpretation.office_id, newest)
        .join(Revision, Revision.interpretation_id == Interpretation.id)
        .join(named, named.c.revision_id == Revision.id)
        .where(named.c.policy_id == id_)
        .group_by(*columns, Interpretation.office_id)
        .order_by(Interpretation.id.desc())
        .limit(MOST_INTERPRETATIONS)
    )


def _doubles(session: Session, row: Policy) -> Sequence[Policy]:
    """Others that look like the same document: the same title, or a number that differs only in how it is written."""
    same = [Policy.title == row.title]
    if digits := re.findall(r"\d+", row.number):
        issuer = row.number[: row.number.index(digits[0])].rstrip("〔[［【(（ ")
        same.append(Policy.number.like(f"{issuer}%{'%'.join(digits)}%号"))
    query = select(Policy).where(or_(*same), Policy.id != row.id, Policy.merged_into_id.is_(None))
    return session.scalars(query.where(shared(session, Policy.office_id)).limit(5)).all()


def _events(session: Session, id_: int) -> Sequence[Event]:
    mine = (Event.subject == "policies", Event.subject_id == id_)
    return session.scalars(
        select(Event).where(*mine).options(joinedload(Event.user)).order_by(Event.id.desc()).limit(MOST_EVENTS)
    ).all()


def _refreshes(session: Session, id_: int) -> Sequence[Refresh]:
    mine = (Refresh.subject == "policies", Refresh.subject_id == id_)
    return session.scalars(select(Refresh).where(*mine).order_by(Refresh.id.desc()).limit(5)).all()


def _public(session: Session, id_: int) -> str:
    """The address of its page on the public site, when something published there names it."""
    out = select(Delivery.id).where(
        Delivery.revision_id == named.c.revision_id, Delivery.state == State.PUBLISHED, Delivery.item.is_not(None)
    )
    if not session.scalar(select(named.c.revision_id).where(named.c.policy_id == id_, out.exists()).limit(1)):
        return ""
    site = session.get(Site, site_of_office(session, editor().office_id) or 0)
    return f"{site.base_url}{paths.policy(id_)}" if site else ""
