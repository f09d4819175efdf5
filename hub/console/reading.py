"""What screens read: lists of interpretations with their deliveries, in a number of queries that never grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from channels.manuscript import Form
from hub.domain.states import OPEN, State
from hub.models import Account, Column, Delivery, Interpretation, Interpreter, Office, Policy, Revision, Site
from hub.models import revision_policies as named

PAGE = 25
# A person has to do something.
PROBLEMS = (State.FAILED, State.HELD, State.UNKNOWN, State.AWAITING_HAND)
MOVING = (*sorted(OPEN - set(PROBLEMS)), State.WITHDRAWING)
# What a chip shows when a channel's accounts differ: the most pressing first.
PRESSING = (
    *PROBLEMS,
    State.WITHDRAWING,
    State.WORKING,
    State.CONFIRMING,
    State.QUEUED,
    State.SCHEDULED,
    State.PUBLISHED,
    State.WITHDRAWN,
    State.DRAFT,
    State.CANCELLED,
)
# Offered to choose from; beyond this an editor searches.
PICKS = 50
MOST_WORDS = 5


@dataclass
class Chip:
    """How one channel stands for one interpretation: the most pressing state of its accounts."""

    channel: str
    state: State
    accounts: int = 1
    # How many of them are in which state, where that was counted.
    states: dict[State, int] = field(default_factory=dict)


@dataclass
class Line:
    """One interpretation in a list."""

    id: int
    title: str
    form: Form
    version: int
    updated_at: datetime
    published_at: datetime | None
    problem: bool
    chips: list[Chip] = field(default_factory=list)
    # The next time something of it goes out.
    due_at: datetime | None = None

    @property
    def moving(self) -> bool:
        """Whether somebody is at work on it now."""
        return any(c.state in MOVING and c.state is not State.SCHEDULED for c in self.chips)

    @property
    def waiting(self) -> bool:
        """Whether its time is still to come."""
        return any(c.state is State.SCHEDULED for c in self.chips)


# Built once: that takes longer than asking it.
@cache
def newest_there() -> ColumnElement[bool]:
    """Of an interpretation and an account, the delivery no newer one has replaced."""
    newer = aliased(Delivery)
    return ~exists().where(
        newer.interpretation_id == Delivery.interpretation_id,
        newer.account_id == Delivery.account_id,
        newer.id > Delivery.id,
        newer.state != State.CANCELLED,
    )


def _matches(search: str) -> ColumnElement[bool]:
    pattern = "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    of_policy = (
        select(Revision.interpretation_id)
        .join(named, named.c.revision_id == Revision.id)
        .join(Policy, Policy.id == named.c.policy_id)
        .where(or_(Policy.number.ilike(pattern, escape="\\"), Policy.title.ilike(pattern, escape="\\")))
    )
    return or_(Interpretation.title.ilike(pattern, escape="\\"), Interpretation.id.in_(of_policy))


def interpretations(session: Session, office_id: int, *, search: str, page: int) -> tuple[list[Line], int]:
    """One page of the office's interpretations, those with a problem first, then the newest; and their whole number."""
    where = [Interpretation.office_id == office_id]
    if search:
        where.append(_matches(search))
    total = session.scalar(select(func.count()).select_from(Interpretation).where(*where)) or 0
    newest = Interpretation.updated_at.desc(), Interpretation.id.desc()
    # Few have a problem: they are looked up by it. Asking each of 100,000 whether it has one would take seconds.
    troubled = Interpretation.id.in_(select(Delivery.interpretation_id).where(shown("problems"), newest_there()))
    first = session.scalars(select(Interpretation.id).where(*where, troubled).order_by(*newest)).all()
    offset = (page - 1) * PAGE
    ids = list(first[offset : offset + PAGE])
    rest = select(Interpretation.id).where(*where, ~troubled).order_by(*newest)
    ids += session.scalars(rest.limit(PAGE - len(ids)).offset(max(0, offset - len(first)))).all()
    rows = {row.id: row for row in session.scalars(select(Interpretation).where(Interpretation.id.in_(ids)))}
    wrong = frozenset(first)
    lines = [
        Line(i.id, i.title, Form(i.form), i.version, i.updated_at, i.published_at, i.id in wrong)
        for i in (rows[id_] for id_ in ids)
    ]
    _add_chips(session, lines)
    return lines, total


def _add_chips(session: Session, lines: Sequence[Line]) -> None:
    by_id = {line.id: line for line in lines}
    # Counted by the database: a release to a whole city is 16,500 rows of one line.
    rows = session.execute(
        select(Delivery.interpretation_id, Delivery.channel, Delivery.state, func.count(), func.min(Delivery.due_at))
        .where(Delivery.interpretation_id.in_(by_id), newest_there())
        .group_by(Delivery.interpretation_id, Delivery.channel, Delivery.state)
        .order_by(func.min(Delivery.id))
    ).all()
    for interpretation_id, channel, state, count, due_at in rows:
        line = by_id[interpretation_id]
        if state == State.SCHEDULED:
            line.due_at = min(line.due_at or due_at, due_at)
        known = next((c for c in line.chips if c.channel == channel), None)
        if known is None:
            line.chips.append(Chip(channel, State(state), count, {State(state): count}))
        else:
            known.accounts += count
            known.states[State(state)] = count
            known.state = min(known.state, State(state), key=PRESSING.index)


FILTERS: dict[str, tuple[State, ...]] = {
    "all": tuple(State),
    "problems": PROBLEMS,
    "moving": MOVING,
    "published": (State.PUBLISHED,),
}


def shown(kind: str) -> ColumnElement[bool]:
    """The condition that a filter shows a delivery. A withdrawal is a person's, or under way by itself."""
    of_state = Delivery.state.in_(FILTERS[kind])
    task = and_(Delivery.state == State.WITHDRAWING, Delivery.hand_by.is_not(None))
    if kind == "problems":
        return or_(of_state, task)
    return and_(of_state, ~task) if kind == "moving" else of_state


def problems(session: Session, office_id: int) -> int:
    """How many of the office's deliveries wait for a person."""
    query = select(func.count()).select_from(Delivery).join(Account, Account.id == Delivery.account_id)
    return session.scalar(query.where(Account.office_id == office_id, shown("problems"))) or 0


@dataclass(frozen=True)
class Picks:
    """What the compose form offers to choose from."""

    columns: Sequence[str]
    policies: Sequence[Policy]
    interpreters: Sequence[Interpreter]


def holding(search: str, *columns: Any) -> list[ColumnElement[bool]]:
    """That each word of what was typed stands in one of the columns."""
    words = [word[:60] for word in search.split()[:MOST_WORDS]]
    return [or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words]


def policies_holding(search: str) -> list[ColumnElement[bool]]:
    """That a policy is found by its number or its title."""
    return holding(search, Policy.number, Policy.title)


def interpreters_holding(search: str) -> list[ColumnElement[bool]]:
    """That an interpreter is found by name, role or office."""
    return holding(search, Interpreter.name, Interpreter.role, Interpreter.office_name)


def picks(session: Session, office_id: int, policies: str = "", interpreters: str = "") -> Picks:
    """The site's columns, and the policies and interpreters of the office's area that hold what was searched for, the
    newest first.
    """
    office = session.get_one(Office, office_id)
    site_id = office.site_id or session.scalar(select(func.min(Site.id)))
    columns = session.scalars(select(Column.name).where(Column.site_id == site_id).order_by(Column.id)).all()
    of_site = select(Policy).where(*pickable_policies(session, office_id), *policies_holding(policies))
    of_office = select(Interpreter).where(*pickable_interpreters(office_id), *interpreters_holding(interpreters))
    return Picks(
        columns,
        session.scalars(of_site.order_by(Policy.id.desc()).limit(PICKS)).all(),
        session.scalars(of_office.order_by(Interpreter.id).limit(PICKS)).all(),
    )


def pickable_policies(session: Session, office_id: int) -> list[ColumnElement[bool]]:
    """The policies that an office may choose: those of the offices on its site."""
    site_id = session.scalar(select(Office.site_id).where(Office.id == office_id))
    same_site = Policy.office_id.in_(select(Office.id).where(Office.site_id == site_id))
    return [Policy.office_id == office_id if site_id is None else same_site, Policy.merged_into_id.is_(None)]


def pickable_interpreters(office_id: int) -> list[ColumnElement[bool]]:
    """The interpreters that an office may choose: its own who are in office."""
    return [Interpreter.office_id == office_id, Interpreter.active.is_(True)]
