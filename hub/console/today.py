"""What the desk reads: what waits for one person, what goes out today, what falls behind. In a number of queries
that does not grow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session, contains_eager

from hub.console import planning
from hub.console.here import Editor
from hub.console.planning import PlanDay
from hub.console.reading import newest_there
from hub.console.tracking import Scope
from hub.domain import workdays
from hub.domain.reviews import Standing
from hub.domain.states import State
from hub.editorial.waiting import Waiting, count_waiting, waiting_for
from hub.models import Delivery, Interpretation, Policy, Revision
from hub.models import revision_policies as named
from hub.publishing.freshness import Silence, SilentColumn, silent, silent_columns
from hub.rules import pack
from hub.rules.china import CALENDAR

SHOWN = 5
TODAY = 40
# A policy that has had no interpretation for so long is a matter of the policies' screen.
RECENT = timedelta(days=60)
WRONG = (State.FAILED, State.HELD, State.UNKNOWN)


@dataclass(frozen=True)
class Text:
    """A text of one's own that goes on with its writer."""

    id: int
    title: str
    standing: Standing
    updated_at: datetime


@dataclass(frozen=True)
class Due:
    """A policy whose interpretation is not out: the last day that is in time, and how many working days are left."""

    id: int
    title: str
    number: str
    published: date
    deadline: workdays.Deadline
    left: int
    # Its interpretation, if somebody has begun one.
    piece_id: int | None
    piece: str


@dataclass(frozen=True)
class Desk:
    """All of it."""

    reviews: Sequence[Waiting]
    reviewing: int
    returned: Sequence[Text]
    drafts: Sequence[Text]
    hands: Sequence[Delivery]
    wrong: dict[State, int]
    silence: Silence
    columns: Sequence[SilentColumn]
    due: Sequence[Due]
    today: PlanDay

    @property
    def waiting(self) -> int:
        """How many lines wait for this person."""
        return len(self.reviews) + len(self.returned) + len(self.drafts) + len(self.hands)


def desk(session: Session, me: Editor, now: datetime) -> Desk:
    """What lies on the desk of one person."""
    scope = Scope.of(session, me.id)
    where, texts = planning.of_scope(session, scope), _texts(session, me)
    return Desk(
        reviews=waiting_for(session, me.id, limit=SHOWN),
        reviewing=count_waiting(session, me.id),
        returned=[text for text in texts if text.standing is Standing.RETURNED][:SHOWN],
        drafts=[text for text in texts if text.standing is Standing.DRAFT][:SHOWN],
        hands=_hands(session, where),
        wrong=_wrong(session, where),
        silence=silent(session, scope.offices, now, most=SHOWN),
        columns=silent_columns(session, scope.offices, now, me.zone, most=SHOWN),
        due=_due(session, me, scope.offices, now),
        today=today(session, me, now, where),
    )


def today(session: Session, me: Editor, now: datetime, where: ColumnElement[bool] | None = None) -> PlanDay:
    """What goes out today, and went."""
    if where is None:
        where = planning.of_scope(session, Scope.of(session, me.id))
    day = now.astimezone(me.zone).date()
    [found] = planning.plan(session, where, me.office_id, day, 1, me.zone, now, most=TODAY)
    return found


def _texts(session: Session, me: Editor) -> list[Text]:
    """What this person wrote last that is a draft, or was returned to them."""
    mine = and_(Revision.interpretation_id == Interpretation.id, Revision.number == Interpretation.version)
    found: list[Text] = []
    for standing in (Standing.RETURNED, Standing.DRAFT):
        rows = session.execute(
            select(Interpretation.id, Interpretation.title, Interpretation.updated_at)
            .join(Revision, mine)
            .where(Interpretation.office_id == me.office_id, Interpretation.standing == standing)
            .where(Revision.author_id == me.id)
            .order_by(Interpretation.updated_at.desc())
            .limit(SHOWN)
        )
        found += [Text(id_, title, standing, at) for id_, title, at in rows]
    return found


def _hands(session: Session, where: ColumnElement[bool]) -> Sequence[Delivery]:
    """What a person has to post, the most urgent first."""
    return session.scalars(
        select(Delivery)
        .join(Delivery.account)
        .join(Delivery.interpretation)
        .options(contains_eager(Delivery.account), contains_eager(Delivery.interpretation))
        .where(where, Delivery.state == State.AWAITING_HAND)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(SHOWN)
    ).all()


def _wrong(session: Session, where: ColumnElement[bool]) -> dict[State, int]:
    rows = session.execute(
        select(Delivery.state, func.count())
        .where(where, Delivery.state.in_(WRONG), newest_there())
        .group_by(Delivery.state)
    )
    return {State(state): count for state, count in rows}


def _due(session: Session, me: Editor, seen: Select[int], now: datetime) -> list[Due]:
    """The policies of the last weeks whose interpretation is not out, the most urgent first."""
    today_ = now.astimezone(me.zone).date()
    out = _interpreting(Interpretation.published_at <= now)
    begun = (
        select(func.max(Interpretation.id))
        .join(Revision, Revision.interpretation_id == Interpretation.id)
        .join(named, named.c.revision_id == Revision.id)
        .where(named.c.policy_id == Policy.id)
        .scalar_subquery()
    )
    of_mine: Any = Policy.office_id.in_(seen)
    rows = session.execute(
        select(Policy.id, Policy.title, Policy.number, Policy.published, begun.label("piece"))
        .where(of_mine, Policy.published.between(today_ - RECENT, today_), Policy.validity != "repealed", ~out)
        .order_by(Policy.published, Policy.id)
        .limit(SHOWN)
    ).all()
    ids = {row.piece for row in rows if row.piece}
    titles = dict(
        session.execute(select(Interpretation.id, Interpretation.title).where(Interpretation.id.in_(ids))).all()
    )
    days = pack("timeliness")["interpretation_workdays"]
    found = []
    for row in rows:
        last = workdays.after(CALENDAR, row.published, days)
        left = workdays.between(CALENDAR, today_, last.date)
        piece = titles.get(row.piece, "")
        found.append(Due(row.id, row.title, row.number, row.published, last, left, row.piece, piece))
    return found


def _interpreting(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a policy has an interpretation of which the condition holds."""
    return exists().where(
        named.c.policy_id == Policy.id,
        Revision.id == named.c.revision_id,
        Interpretation.id == Revision.interpretation_id,
        condition,
    )
