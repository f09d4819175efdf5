"""暂停发布: the switch that stops all sending of the office, its quiet times, and the banner while one is in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from channels.words import NO_WORDS
from hub.console.fields import instant_of, local_field
from hub.console.here import actor, editor, guarding, now, release_now, services
from hub.console.links import here_or, see
from hub.console.toasts import undoable
from hub.domain import quiet
from hub.domain.quiet import Kind
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import State
from hub.models import Account, Delivery, Hold, User
from hub.publishing.holding import hold, lift
from hub.publishing.quieting import quiet_of

screen = Blueprint("holding", __name__)
screen.before_request(guarding(Right.READ, Right.PUBLISH))

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """A hold as the screens show it."""

    hold: Hold
    who: str
    # Whether it concerns every office, so that the editor can't lift it.
    everybody: bool
    in_force: bool
    # When the stretch that goes on is over, or when the next begins; None: nobody knows, or none.
    until: datetime | None
    begins: datetime | None
    waiting: int


@screen.get("/holds")
def listing() -> Response:
    """The switch, and the quiet times that are or are to come."""
    return _page()


@screen.post("/holds")
def order() -> Response:
    """Stop now, or add a quiet time. No question asked: the answer has the way back in it."""
    form, zone = request.form, editor().zone
    kind = form.get("kind", "")
    starts, ends = form.get("starts", ""), form.get("ends", "")
    values: dict[str, Any] = {"kind": kind, "resumes": bool(form.get("resumes"))}
    if kind != Kind.SWITCH:
        values["starts_at"], values["ends_at"] = instant_of(starts, zone), instant_of(ends, zone)
    if kind == Kind.NIGHTLY:
        values |= {"daily_from": form.get("from", ""), "daily_to": form.get("to", "")}
        # Its last day is a day, and belongs to it.
        values["ends_at"] = values["ends_at"] and values["ends_at"] + DAY
    try:
        id_ = hold(
            services(), actor=actor(), name=form.get("name", ""), office_id=editor().office_id, now=now(), **values
        )
    except Refusal as refusal:
        return _page(notice=refusal, status=422)
    done = _("已暂停发布。") if kind == Kind.SWITCH else _("已添加静默时段。")
    undoable(done, url_for("holding.end", id_=id_), next=url_for("holding.listing"))
    return see(url_for("holding.listing"))


@screen.post("/holds/<int:id_>/lift")
def end(id_: int) -> Response:
    """Lift it; what it held goes out in order."""
    sent = lift(services(), actor=actor(), hold_id=id_, now=now())
    release_now()
    if sent:
        flash(_("已解除，%(count)s 项按原来的顺序发出。", count=sent))
    else:
        flash(_("已解除。"))
    return see(here_or("holding.listing"))


def standings(session: Session, office_id: int, zone: ZoneInfo, at: datetime, *, all_: bool) -> list[Standing]:
    """The office's holds that are in force; with `all_` also those to come, and those over that still keep something
    back. In a number of queries that does not grow with them.
    """
    ours = or_(Hold.office_id.is_(None), Hold.office_id == office_id)
    live = Hold.lifted_at.is_(None) & or_(Hold.ends_at.is_(None), Hold.ends_at > at)
    holds = session.scalars(
        select(Hold).where(ours, or_(live, Hold.id.in_(_holding(office_id))) if all_ else live).order_by(Hold.id)
    ).all()
    if not all_:
        holds = [h for h in holds if quiet.in_force(quiet_of(h), at, zone)]
    if not holds:
        return []
    waiting = dict(session.execute(_waiting(office_id)).all())
    names = _names(session, holds)
    found = [_standing(h, names, waiting.get(h.id, 0), zone, at) for h in holds]
    return sorted(found, key=lambda s: (not s.in_force, s.hold.kind != Kind.SWITCH, s.begins or at, s.hold.id))


def _standing(row: Hold, names: dict[str, str], waiting: int, zone: ZoneInfo, at: datetime) -> Standing:
    rule = quiet_of(row)
    on = quiet.in_force(rule, at, zone)
    until = quiet.ends(rule, at, zone) if on else None
    begins = None if on else quiet.begins(rule, at, zone)
    return Standing(row, names[row.created_by], row.office_id is None, on, until, begins, waiting)


def _holding(office_id: int) -> Any:
    held = Delivery.state == State.HELD, Delivery.hold_id.is_not(None), Account.office_id == office_id
    return select(Delivery.hold_id).join(Account, Account.id == Delivery.account_id).where(*held)


def _waiting(office_id: int) -> Any:
    return _holding(office_id).add_columns(func.count()).group_by(Delivery.hold_id)


def _names(session: Session, holds: Sequence[Hold]) -> dict[str, str]:
    """Who ordered them, as screens name people."""
    actors = {h.created_by for h in holds}
    ids = {int(a.removeprefix("user:")) for a in actors if a.removeprefix("user:").isdigit()}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids))).all() if ids else []
    users = {f"user:{row.id}": row.name for row in rows}
    return {a: users.get(a) or _("系统管理员 %(name)s", name=a.partition(":")[2] or a) for a in actors}


@screen.app_template_global("holds_now")
def holds_now() -> list[Standing]:
    """What is in force for the editor's office, for the banner of every page."""
    try:
        with services().db.reading() as session:
            return standings(session, editor().office_id, editor().zone, now(), all_=False)
    except SQLAlchemyError:
        # The page may be the one that says the database is away.
        return []


def _page(*, notice: Refusal | None = None, status: int = 200) -> Response:
    at, office, zone = now(), editor().office_id, editor().zone
    with services().db.reading() as session:
        found = standings(session, office, zone, at, all_=True)
        mine = select(func.count()).select_from(Delivery).join(Account, Account.id == Delivery.account_id)
        mine = mine.where(Account.office_id == office)
        queued = session.scalar(mine.where(Delivery.state == State.QUEUED)) or 0
        soon = session.scalar(mine.where(Delivery.state == State.SCHEDULED, Delivery.due_at < at + DAY)) or 0
    words = notice.coded if notice else None
    switch = next((s for s in found if s.in_force and s.hold.kind == Kind.SWITCH), None)
    body = render_template(
        "console/holds.html",
        switch=switch,
        standings=[s for s in found if s is not switch],
        queued=queued,
        soon=soon,
        at=at,
        typed=request.form,
        suggested=(local_field(at + timedelta(hours=1), zone), local_field(at + DAY, zone)),
        notice=words,
        advice=notice.suggestion if notice else NO_WORDS,
    )
    return make_response(body, status)
