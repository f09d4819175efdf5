"""登记信息更新: what a changed phone or validity set going: each page rendered anew, each copy a person must mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from hub.console.here import guarding, services
from hub.console.scope import visible
from hub.domain.roles import Right
from hub.domain.states import State
from hub.models import Delivery, Interpreter, Policy, Refresh, Revision, User

screen = Blueprint("refreshing", __name__)
screen.before_request(guarding(Right.READ, Right.READ))

PAGE = 50
DONE = (State.PUBLISHED,)
STUCK = (State.FAILED, State.HELD, State.UNKNOWN, State.CANCELLED)


@dataclass(frozen=True)
class Tally:
    """How many of its deliveries are done, are a person's, are stuck, or under way."""

    done: int
    hand: int
    stuck: int
    going: int


@screen.get("/refreshes/<int:id_>")
def page(id_: int) -> str:
    """The list with its progress; with `fragment` the list alone, for the page that watches it."""
    number = max(1, request.args.get("page", 1, type=int))
    with services().db.reading() as session:
        row = session.scalars(select(Refresh).where(Refresh.id == id_, visible(session, Refresh.office_id))).first()
        if row is None:
            abort(404)
        tally, total = _tally(session, id_)
        rows = _rows(session, id_, number)
        who = session.scalar(select(User.name).where(User.id == row.user_id))
        name = _name(session, row)
    return render_template(
        "console/_refresh_rows.html" if request.args.get("fragment") else "console/refresh.html",
        row=row,
        rows=rows,
        tally=tally,
        total=total,
        who=who or row.actor,
        name=name,
        page=number,
        pages=max(1, -(-total // PAGE)),
    )


def _tally(session: Session, id_: int) -> tuple[Tally, int]:
    query = select(Delivery.state, func.count()).where(Delivery.refresh_id == id_).group_by(Delivery.state)
    by_state = {State(state): count for state, count in session.execute(query).all()}
    done, hand = by_state.get(State.PUBLISHED, 0), by_state.get(State.AWAITING_HAND, 0)
    stuck = sum(by_state.get(state, 0) for state in STUCK)
    total = sum(by_state.values())
    return Tally(done, hand, stuck, total - done - hand - stuck), total


def _rows(session: Session, id_: int, page: int) -> Sequence[Delivery]:
    """What a person must do first, then what is under way, then what is done."""
    last = Delivery.state.in_(DONE)
    hand = Delivery.state.in_((State.AWAITING_HAND, *STUCK))
    return session.scalars(
        select(Delivery)
        .join(Delivery.account)
        .join(Delivery.interpretation)
        .join(Delivery.revision)
        .options(
            contains_eager(Delivery.account),
            contains_eager(Delivery.interpretation),
            contains_eager(Delivery.revision).load_only(Revision.number),
        )
        .where(Delivery.refresh_id == id_)
        .order_by(hand.desc(), last, Delivery.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()


def _name(session: Session, row: Refresh) -> str:
    if row.subject == Interpreter.__tablename__:
        return session.scalar(select(Interpreter.name).where(Interpreter.id == row.subject_id)) or ""
    return session.scalar(select(Policy.title).where(Policy.id == row.subject_id)) or ""
