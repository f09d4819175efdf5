"""Nothing typed is lost: the working copy that saves itself, who else is at the text, and texts sent by a page whose
session had ended.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, jsonify, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select

from channels.words import Words
from hub.console import fields as form
from hub.console.here import actor, editor, guarding, now, services
from hub.console.links import see
from hub.console.toasts import undoable
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.editorial import presence
from hub.editorial.copies import NEW, discard, keep_copy, sheet_of
from hub.models import Interpretation
from hub.permissions import require

screen = Blueprint("keeping", __name__)
screen.before_request(guarding(Right.READ, Right.READ))

# The pages whose text is kept when they are sent without a session.
SHEETS = ("composing.new", "composing.edit")


def owner_mark(user_id: int) -> str:
    """Whose page this is: it stays true when the session ends, and nobody else can make one."""
    return str(_marks().dumps(user_id))


def _marks() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or b"", salt="sheet")


def sheet_address(sheet: str, **query: Any) -> str:
    """The compose page of a working copy."""
    if sheet == NEW:
        return url_for("composing.new", **query)
    return url_for("composing.edit", id_=int(sheet), **query)


def _sheet() -> tuple[str, int | None]:
    """The working copy's name and the interpretation, as the form says; an interpretation of another office is none."""
    id_ = request.form.get("interpretation", type=int)
    if id_ is not None:
        with services().db.reading() as session:
            wanted = select(Interpretation.id).where(
                Interpretation.id == id_, Interpretation.office_id == editor().office_id
            )
            if session.scalar(wanted) is None:
                raise Refusal("EDT-404", Words("没有这篇政策解读。", "There is no such interpretation."))
    return sheet_of(id_), id_


@screen.post("/sheets/copy")
def copy() -> Response:
    """Keep what stands in the form; the answer says when, and who else is there."""
    sheet, id_ = _sheet()
    with services().db.reading() as session:
        require(session, actor(), Right.WRITE, editor().office_id)
    at = now()
    plain = form.as_plain(form.typed(request.form))
    version = request.form.get("version", type=int) or 0
    keep_copy(services(), user_id=editor().id, sheet=sheet, fields=plain, version=version, now=at)
    return jsonify(saved=at.astimezone(editor().zone).strftime("%H:%M"), **_news(id_))


@screen.post("/sheets/here")
def here() -> Response:
    """The page is still open."""
    _name, id_ = _sheet()
    return jsonify(_news(id_))


@screen.post("/sheets/gone")
def gone() -> Response:
    """The page has been closed."""
    _name, id_ = _sheet()
    if id_ is not None:
        presence.leave(services(), interpretation_id=id_, user_id=editor().id)
    return Response(status=204)


def _news(id_: int | None) -> dict[str, Any]:
    if id_ is None:
        return {"others": [], "version": 0, "by": ""}
    at = now()
    presence.beat(services(), interpretation_id=id_, user_id=editor().id, now=at)
    told = presence.news(services(), interpretation_id=id_, user_id=editor().id, now=at)
    return {"others": said(told), "version": told.version, "by": told.by}


def said(told: presence.News) -> list[str]:
    """A sentence for each other editor."""
    zone = editor().zone
    return [
        _("%(name)s 从 %(time)s 起也打开了这篇稿件。", name=o.name, time=o.since.astimezone(zone).strftime("%H:%M"))
        for o in told.others
    ]


@screen.post("/sheets/discard")
def thrown_away() -> Response:
    """Throw the working copy away, with a way back."""
    sheet, _id = _sheet()
    discard(services(), editor().id, sheet, now())
    undoable(_("已放弃未保存的改动。"), url_for("keeping.taken_back"), interpretation="" if sheet == NEW else sheet)
    return see(sheet_address(sheet))


@screen.post("/sheets/take-back")
def taken_back() -> Response:
    """The working copy is there again."""
    sheet, _id = _sheet()
    discard(services(), editor().id, sheet, None)
    return see(sheet_address(sheet, copy="use"))


def rescue() -> Response | None:
    """A compose form sent without a valid session: what was typed is kept for the page's owner, who finds it after
    signing in. None for any other request.
    """
    if request.method != "POST" or request.endpoint not in SHEETS:
        return None
    try:
        owner = int(_marks().loads(request.form.get("owner", "")))
    except (BadData, ValueError, TypeError):
        return None
    id_ = (request.view_args or {}).get("id_")
    version = request.form.get("version", type=int) or 0
    plain = form.as_plain(form.typed(request.form))
    keep_copy(services(), user_id=owner, sheet=sheet_of(id_), fields=plain, version=version, now=now())
    back = sheet_address(sheet_of(id_), copy="use")
    if current_user.is_authenticated:
        if current_user.id != owner:
            return None
        flash(_("页面已过期，改动都在。请再保存一次。"))
        return see(back)
    flash(_("登录已过期，改动都在。登录后请再保存一次。"))
    return see(url_for("signing_in.sign_in", next=back))
