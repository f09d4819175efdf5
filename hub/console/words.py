"""词语与规则: the office's own words, its leaders' titles, a box to try them, and the rule packs with their sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, or_, select

from channels.base import Finding
from channels.words import NO_WORDS, Words
from hub.console.here import actor, editor, guard, guarding, now, services
from hub.console.links import see
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.models import Leader, OfficeWord
from hub.registries import wording
from hub.registries.forms import WrongFieldsError, like
from hub.registries.sheets import MAX_BYTES
from hub.registries.wording import HEADINGS, KINDS, Entry
from hub.rules import packs
from hub.wordlists import office_leaders, office_words, try_out

screen = Blueprint("words", __name__)
screen.before_request(guarding(Right.READ, Right.READ))

PAGE = 50
MOST_LEADERS = 200
MOST_TRIED = 20_000
BLANK = dict.fromkeys(HEADINGS, "")


@screen.route("/words", methods=["GET", "POST"])
def listing() -> Response:
    """The tables; by POST a pasted text, and what they say of it."""
    if request.method == "GET":
        return _page()
    text = request.form.get("text", "")[:MOST_TRIED]
    with services().db.reading() as session:
        tables = office_words(session, editor().office_id), office_leaders(session, editor().office_id)
    return _page(tried=text, said=try_out(text, *tables))


@screen.route("/words/new", methods=["GET", "POST"])
@screen.route("/words/<int:id_>", methods=["GET", "POST"])
def one(id_: int | None = None) -> Response:
    """A word's form, and its keeping."""
    guard(Right.MANAGE)
    if request.method == "GET":
        return _form(_stored(id_) if id_ else {**BLANK, "wrong": request.args.get("wrong", "")}, id_)
    entry = Entry(**{name: request.form.get(name, "") for name in HEADINGS})
    try:
        wording.keep(services(), actor=actor(), office_id=editor().office_id, entry=entry, word_id=id_, now=now())
    except WrongFieldsError as wrong:
        return _form(request.form, id_, wrong.findings)
    flash(_("已保存。"))
    return see(url_for("words.listing"))


@screen.post("/words/<int:id_>/remove")
def remove(id_: int) -> Response:
    """Take it out of the table."""
    entry = wording.remove(services(), actor=actor(), office_id=editor().office_id, word_id=id_, now=now())
    flash(_("已删去“%(word)s”。", word=entry.wrong))
    return see(url_for("words.listing"))


@screen.post("/words/leaders")
def leader() -> Response:
    """A leader's title; an empty one takes the name out."""
    name, title = request.form.get("leader", ""), request.form.get("title", "")
    try:
        wording.keep_leader(services(), actor=actor(), office_id=editor().office_id, name=name, title=title, now=now())
    except WrongFieldsError as wrong:
        return _page(refusal=wrong)
    flash(_("已保存。"))
    return see(url_for("words.listing") + "#leaders")


@screen.get("/words.csv")
def exported() -> Response:
    """The table for a spreadsheet."""
    with services().db.reading() as session:
        answer = make_response(wording.sheet(session, editor().office_id))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="words.csv"'
    return answer


@screen.post("/words/import")
def imported() -> Response:
    """Words from a spreadsheet; what is wrong is left out and listed."""
    upload = request.files.get("table")
    data = upload.stream.read(MAX_BYTES + 1) if upload and upload.filename else b""
    try:
        count, wrong = wording.take(services(), actor=actor(), office_id=editor().office_id, data=data, now=now())
    except Refusal as refusal:
        if refusal.of_rights:
            raise
        return _page(refusal=refusal)
    if wrong:
        return _page(left_out=wrong, taken=count)
    flash(_("已导入 %(count)s 个词。", count=count))
    return see(url_for("words.listing"))


def _stored(id_: int) -> Mapping[str, str]:
    with services().db.reading() as session:
        row = session.get(OfficeWord, id_)
    if row is None or row.office_id != editor().office_id:
        raise Refusal("WRD-404", Words("表里没有这个词。", "There is no such word."))
    return {name: getattr(row, name) for name in HEADINGS}


def _page(
    *,
    tried: str = "",
    said: Sequence[Finding] | None = None,
    refusal: Refusal | None = None,
    left_out: Sequence[str] = (),
    taken: int = 0,
) -> Response:
    search = request.args.get("q", "").strip()[:60]
    page = max(1, request.args.get("page", 1, type=int))
    where = [OfficeWord.office_id == editor().office_id]
    if search:
        pattern = like(search)
        where.append(or_(*(c.ilike(pattern, escape="\\") for c in (OfficeWord.wrong, OfficeWord.suggested))))
    with services().db.reading() as session:
        total = session.scalar(select(func.count()).select_from(OfficeWord).where(*where)) or 0
        rows = session.scalars(
            select(OfficeWord).where(*where).order_by(OfficeWord.wrong).limit(PAGE).offset((page - 1) * PAGE)
        ).all()
        mine = select(Leader).where(Leader.office_id == editor().office_id).order_by(Leader.id).limit(MOST_LEADERS)
        leaders = session.scalars(mine).all()
    shown: dict[str, Any] = {
        "rows": rows,
        "total": total,
        "search": search,
        "page": page,
        "pages": max(1, -(-total // PAGE)),
        "leaders": leaders,
        "packs": packs(),
        "tried": tried,
        "said": said,
        "left_out": left_out,
        "taken": taken,
        "notice": refusal.coded if refusal else None,
        "advice": refusal.suggestion if refusal else NO_WORDS,
    }
    body = render_template("console/words.html", KINDS=KINDS, headings=HEADINGS, **shown)
    return make_response(body, 422 if refusal or left_out else 200)


def _form(values: Mapping[str, Any], id_: int | None, findings: Sequence[Finding] = ()) -> Response:
    body = render_template("console/word_form.html", values={**BLANK, **values}, id=id_, findings=findings, KINDS=KINDS)
    return make_response(body, 422 if findings else 200)
