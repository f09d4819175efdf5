"""审核: what waits for me, what I submitted, what is signed off; and the page on which a version is signed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased, joinedload

from hub.console import publishing
from hub.console.fields import instant_of
from hub.console.here import actor, editor, guard, now, services
from hub.console.links import see
from hub.console.review_page import Page, find, read
from hub.console.scope import visible
from hub.domain.refusals import Refusal
from hub.domain.reviews import Kind, Standing
from hub.domain.roles import Level, Right
from hub.editorial import commenting
from hub.editorial.reviewing import send_back, sign, submit, withdraw_submission
from hub.editorial.waiting import count_waiting, waiting_for
from hub.models import Comment, Interpretation, Review, Revision

screen = Blueprint("reviewing", __name__)

PAGE = 25
SHOWN = ("waiting", "mine", "signed")
CONFLICTS = frozenset({"REV-205", "REV-206", "REV-409"})


@screen.get("/reviews")
def listing() -> Response:
    """What waits for me, what I submitted, or what is signed off."""
    guard(Right.READ)
    shown = request.args.get("show", "waiting")
    if shown not in SHOWN:
        abort(404)
    page = max(1, request.args.get("page", 1, type=int))
    with services().db.reading() as session:
        waiting = count_waiting(session, editor().id)
        rows, total = _rows(session, shown, page)
    body = render_template(
        "console/reviews.html",
        shown=shown,
        rows=rows,
        waiting=waiting,
        page=page,
        pages=max(1, -(-total // PAGE)),
    )
    return make_response(body)


def _rows(session: Any, shown: str, page: int) -> tuple[list[Any], int]:
    paged = {"limit": PAGE, "offset": (page - 1) * PAGE}
    if shown == "waiting":
        return list(waiting_for(session, editor().id, **paged)), count_waiting(session, editor().id)
    if shown == "mine":
        later = aliased(Review)
        mine = (
            select(Review)
            .where(Review.user_id == editor().id, Review.kind == Kind.SUBMITTED)
            # A text that was submitted again is one line.
            .where(
                ~exists().where(
                    later.interpretation_id == Review.interpretation_id,
                    later.id > Review.id,
                    later.kind == Kind.SUBMITTED,
                    later.user_id == editor().id,
                )
            )
            .options(joinedload(Review.interpretation))
            .order_by(Review.id.desc())
        )
        found = list(session.scalars(mine.limit(PAGE + 1).offset(paged["offset"])))
        # Counting all there ever was would take longer than reading a page.
        return found[:PAGE], paged["offset"] + len(found)
    seen = visible(session, Interpretation.office_id), Interpretation.standing == Standing.SIGNED
    total = session.scalar(select(func.count()).select_from(Interpretation).where(*seen)) or 0
    done = select(Interpretation).where(*seen)
    newest = done.order_by(Interpretation.updated_at.desc(), Interpretation.id.desc())
    return list(session.scalars(newest.limit(PAGE).offset(paged["offset"]))), total


@screen.route("/interpretations/<int:id_>/review", methods=["GET", "POST"])
def page(id_: int) -> Response:
    """A version under review; by POST, the verdict."""
    wanted = request.args.get("version", type=int)
    if request.method == "GET":
        return _page(read(id_, wanted))
    revision_id = request.form.get("revision", 0, type=int)
    revision = find(id_, revision_id=revision_id)
    try:
        words = _decide(revision)
    except Refusal as refusal:
        return _refused(id_, refusal)
    flash(words)
    return see(url_for("reviewing.page", id_=id_))


def _decide(revision: Revision) -> Any:
    do, reason = request.form.get("do", ""), request.form.get("reason", "")
    of_it: dict[str, Any] = {"actor": actor(), "revision_id": revision.id, "now": now()}
    if do == "withdraw":
        withdraw_submission(services(), **of_it)
        return _("已撤回送审，可以继续修改。")
    level = request.form.get("level", "")
    if level not in set(Level) or do not in ("sign", "return"):
        abort(400)
    if do == "return":
        send_back(services(), level=Level(level), reason=reason, **of_it)
        return _("已退回，写稿人会看到原因。")
    seen: dict[str, Any] = {"seen_hash": request.form.get("hash", ""), "seen": request.form.get("seen")}
    done = sign(services(), level=Level(level), reason=request.form.get("why", ""), **seen, **of_it)
    return _("已签发，可以发布。") if done.standing is Standing.SIGNED else _("已签署。")


def _refused(id_: int, refusal: Refusal) -> Response:
    shown = read(id_, None, fresh=refusal.code == "REV-206")
    status = 409 if refusal.code in CONFLICTS else 403 if refusal.code == "PER-403" else 422
    return _page(shown, refusal=refusal, status=status)


def _page(shown: Page, *, refusal: Refusal | None = None, status: int = 200) -> Response:
    words = refusal.coded if refusal else None
    body = render_template(
        "console/review.html",
        shown=shown,
        notice=words,
        advice=refusal.suggestion if refusal else None,
        typed=request.form if refusal else {},
        view=request.args.get("view", "changes" if shown.groups else "text"),
    )
    return make_response(body, status)


@screen.post("/interpretations/<int:id_>/submit")
def submission(id_: int) -> Response:
    """Submit the newest version for the accounts and the time of the publishing panel."""
    form = request.form
    guard(Right.WRITE, find(id_).interpretation.office_id)
    chosen = publishing.Chosen(
        [int(a) for a in form.getlist("account") if a.isdigit()], form.get("when", "now"), form.get("at", "")
    )
    at = instant_of(chosen.at, editor().zone) if chosen.when == "at" else None
    if not chosen.account_ids or (chosen.when == "at" and at is None):
        return publishing.again(id_, chosen, publishing.NO_TIME if chosen.account_ids else publishing.NO_ACCOUNT)
    revision = find(id_, revision_id=form.get("revision", 0, type=int))
    plan: dict[str, Any] = {"account_ids": chosen.account_ids, "at": at, "note": form.get("note", "")}
    try:
        submit(services(), actor=actor(), revision_id=revision.id, now=now(), **plan)
    except Refusal as refusal:
        words = refusal.coded
        return publishing.again(id_, chosen, words, refusal.suggestion)
    flash(_("已提交审核。"))
    return see(url_for("reviewing.page", id_=id_))


@screen.post("/interpretations/<int:id_>/comments")
def comment(id_: int) -> Response:
    """Say something about a passage, or about the whole."""
    form = request.form
    revision = find(id_, revision_id=form.get("revision", 0, type=int))
    about: dict[str, Any] = {"place": form.get("place", ""), "quote": form.get("quote", "")}
    try:
        made = commenting.comment(
            services(),
            actor=actor(),
            revision_id=revision.id,
            text=form.get("text", ""),
            start=form.get("start", type=int),
            now=now(),
            **about,
        )
    except Refusal as refusal:
        return _refused(id_, refusal)
    return see(url_for("reviewing.page", id_=id_, view="text") + f"#thread-{made}")


@screen.post("/comments/<int:id_>")
def reply(id_: int) -> Response:
    """Answer a comment, settle it, or take it up again."""
    with services().db.reading() as session:
        row = session.get(Comment, id_)
    if row is None:
        abort(404)
    find(row.interpretation_id)
    of_it: dict[str, Any] = {"actor": actor(), "comment_id": id_, "now": now()}
    do, text = request.form.get("do", ""), request.form.get("text", "")
    try:
        if do == "reopen":
            commenting.reopen(services(), **of_it)
        elif do == "resolve":
            commenting.resolve(services(), text=text, **of_it)
        else:
            commenting.answer(services(), text=text, **of_it)
    except Refusal as refusal:
        return _refused(row.interpretation_id, refusal)
    return see(url_for("reviewing.page", id_=row.interpretation_id, view="text") + f"#thread-{id_}")
