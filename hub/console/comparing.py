"""版本对比: any two versions of a text, side by side or in one, in words."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from sqlalchemy import select

from channels.manuscript import Content
from hub.console.here import services
from hub.console.review_page import find
from hub.editorial.comparing import compare
from hub.models import Revision

screen = Blueprint("comparing", __name__)

VIEWS = ("side", "inline")


@screen.get("/interpretations/<int:id_>/compare")
def page(id_: int) -> str:
    """The version `to` (the newest) against `from` (the one before)."""
    newest = find(id_)
    to = request.args.get("to", newest.number, type=int)
    before = request.args.get("from", max(1, to - 1), type=int)
    view = request.args.get("view", VIEWS[0])
    if view not in VIEWS:
        abort(404)
    with services().db.reading() as session:
        rows = session.scalars(
            select(Revision).where(Revision.interpretation_id == id_, Revision.number.in_((before, to)))
        ).all()
        numbers = session.scalars(
            select(Revision.number).where(Revision.interpretation_id == id_).order_by(Revision.number.desc())
        ).all()
    found = {r.number: r for r in rows}
    if before not in found or to not in found:
        abort(404)
    groups = compare(*(Content.model_validate(found[n].content) for n in (before, to)))
    return render_template(
        "console/compare.html",
        piece=newest.interpretation,
        before=found[before],
        to=found[to],
        numbers=numbers,
        groups=groups,
        view=view,
        full=bool(request.args.get("full")),
    )
