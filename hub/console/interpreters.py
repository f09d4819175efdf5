"""解读人: who explains, by which telephone; and changing a number with every place it is printed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from channels.base import Finding
from channels.words import NO_WORDS
from hub.console.here import actor, editor, guard, guarding, now, release_now, services
from hub.console.links import see
from hub.console.scope import visible
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.models import Event, Interpretation, Interpreter, Refresh, Revision
from hub.models import revision_interpreters as named
from hub.permissions import may
from hub.registries import interpreting
from hub.registries.forms import WrongFieldsError, like
from hub.registries.interpreting import KINDS, Person
from hub.registries.policies import no_day

screen = Blueprint("interpreters", __name__)
screen.before_request(guarding(Right.READ, Right.READ))

PAGE = 25
MOST = 20
FILTERS: dict[str, ColumnElement[bool]] = {
    "all": Interpreter.active.is_(True),
    **{kind: Interpreter.active.is_(True) & (Interpreter.kind == kind) for kind in KINDS},
    "former": Interpreter.active.is_(False),
}


@screen.get("/interpreters")
def listing() -> str:
    """Search, filter and page."""
    search = request.args.get("q", "").strip()[:100]
    show = request.args.get("show", "all")
    show = show if show in FILTERS else "all"
    page = max(1, request.args.get("page", 1, type=int))
    where = [FILTERS[show]]
    if search:
        pattern = like(search)
        columns = (Interpreter.name, Interpreter.office_name, Interpreter.phone)
        where.append(or_(*(c.ilike(pattern, escape="\\") for c in columns)))
    with services().db.reading() as session:
        where.append(visible(session, Interpreter.office_id))
        total = session.scalar(select(func.count()).select_from(Interpreter).where(*where)) or 0
        rows = session.scalars(
            select(Interpreter)
            .where(*where)
            .order_by(Interpreter.name, Interpreter.id)
            .limit(PAGE)
            .offset((page - 1) * PAGE)
        ).all()
        counts = _counts(session)
    pages = max(1, -(-total // PAGE))
    shown = {"rows": rows, "counts": counts, "search": search, "show": show, "page": page, "pages": pages}
    return render_template("console/interpreters.html", KINDS=KINDS, **shown)


def _counts(session: Session) -> dict[str, int]:
    each = [func.count().filter(condition).label(name) for name, condition in FILTERS.items()]
    query = select(*each).select_from(Interpreter).where(visible(session, Interpreter.office_id))
    return dict(session.execute(query).one()._mapping)


@screen.route("/interpreters/new", methods=["GET", "POST"])
def new() -> Response:
    """A blank form, and its keeping."""
    guard(Right.WRITE)
    if request.method == "GET":
        return _form({"office_name": editor().office})
    try:
        person = _typed(request.form.get("phone", ""))
        id_ = interpreting.add(services(), actor=actor(), office_id=editor().office_id, person=person, now=now())
    except WrongFieldsError as wrong:
        return _form(request.form, findings=wrong.findings)
    flash(_("已登记这位解读人。"))
    return see(url_for("interpreters.page", id_=id_))


@screen.get("/interpreters/<int:id_>")
def page(id_: int) -> str:
    """One interpreter: what they explain, and what was changed."""
    row = _row(id_)
    with services().db.reading() as session:
        pieces = session.execute(_pieces(session, id_)).all()
        changes = (Event.subject == "interpreters", Event.subject_id == id_)
        newest = select(Event).where(*changes).options(joinedload(Event.user)).order_by(Event.id.desc()).limit(MOST)
        events = session.scalars(newest).all()
        renewals = (Refresh.subject == "interpreters", Refresh.subject_id == id_)
        refreshes = session.scalars(select(Refresh).where(*renewals).order_by(Refresh.id.desc()).limit(MOST)).all()
        mine = may(session, actor(), Right.WRITE, row.office_id)
    shown = {"i": row, "pieces": pieces, "events": events, "refreshes": refreshes, "mine": mine}
    return render_template("console/interpreter.html", KINDS=KINDS, **shown)


def _pieces(session: Session, id_: int) -> Any:
    columns = (Interpretation.id, Interpretation.title, Interpretation.published_at, Interpretation.office_id)
    return (
        select(*columns)
        .join(Revision, Revision.interpretation_id == Interpretation.id)
        .join(named, named.c.revision_id == Revision.id)
        .where(named.c.interpreter_id == id_, visible(session, Interpretation.office_id))
        .group_by(*columns)
        .order_by(Interpretation.id.desc())
        .limit(PAGE)
    )


@screen.route("/interpreters/<int:id_>/edit", methods=["GET", "POST"])
def edit(id_: int) -> Response:
    """Everything but the phone."""
    row = _row(id_)
    guard(Right.WRITE, row.office_id)
    if request.method == "GET":
        return _form({k: str(v or "") for k, v in vars(interpreting.person_of(row)).items()}, row=row)
    try:
        interpreting.change(services(), actor=actor(), interpreter_id=id_, person=_typed(row.phone), now=now())
    except WrongFieldsError as wrong:
        return _form(request.form, row=row, findings=wrong.findings)
    flash(_("已保存。"))
    return see(url_for("interpreters.page", id_=id_))


@screen.route("/interpreters/<int:id_>/phone", methods=["GET", "POST"])
def phone(id_: int) -> Response:
    """The number, every place it is printed in, and what becomes of each; by POST, the change."""
    row = _row(id_)
    guard(Right.WRITE, row.office_id)
    if request.method == "GET":
        return _phone(row)
    try:
        refresh = interpreting.change_phone(
            services(), actor=actor(), interpreter_id=id_, phone=request.form.get("phone", ""), now=now()
        )
    except WrongFieldsError as wrong:
        return _phone(row, findings=wrong.findings)
    except Refusal as refusal:
        return _phone(row, refusal=refusal)
    if refresh is None:
        flash(_("号码已改。已发布的内容里没有旧号码。"))
        return see(url_for("interpreters.page", id_=id_))
    release_now()
    return see(url_for("refreshing.page", id_=refresh))


def _phone(row: Interpreter, findings: Sequence[Finding] = (), refusal: Refusal | None = None) -> Response:
    found = interpreting.places(services(), interpreter_id=row.id)
    said = refusal.coded if refusal else None
    body = render_template(
        "console/interpreter_phone.html",
        i=row,
        places=sorted(found, key=lambda p: ("hand", "coming", "renew").index(p.way)),
        tally={way: sum(p.way == way for p in found) for way in ("renew", "hand", "coming")},
        typed=request.form.get("phone", ""),
        findings=findings,
        notice=said,
        advice=refusal.suggestion if refusal else NO_WORDS,
    )
    return make_response(body, 422 if findings or refusal else 200)


def _row(id_: int) -> Interpreter:
    with services().db.reading() as session:
        mine = visible(session, Interpreter.office_id)
        row = session.scalars(select(Interpreter).where(Interpreter.id == id_, mine)).first()
    if row is None:
        abort(404)
    return row


def _typed(phone: str) -> Person:
    form = request.form
    day = form.get("trained", "")
    try:
        trained = date.fromisoformat(day) if day else None
    except ValueError as error:
        raise WrongFieldsError([no_day("trained", day)]) from error
    texts = {name: form.get(name, "") for name in ("name", "role", "office_name")}
    return Person(**texts, phone=phone, kind=form.get("kind", "responsible"), trained=trained, active="active" in form)


def _form(values: Mapping[str, Any], *, row: Interpreter | None = None, findings: Sequence[Finding] = ()) -> Response:
    typed = {**dict.fromkeys(Person.__dataclass_fields__, ""), **values}
    typed["active"] = "1" if row is None else typed["active"]
    body = render_template("console/interpreter_form.html", values=typed, row=row, findings=findings, KINDS=KINDS)
    return make_response(body, 422 if findings else 200)
