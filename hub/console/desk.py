"""工作台: what waits for me, what goes out today, what falls behind; and the office's interpretations below."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from hub.console.here import editor, now, services
from hub.console.reading import PAGE, interpretations, problems
from hub.console.today import desk, today
from hub.domain.roles import Right
from hub.publishing.withdrawing import overdue_tasks

screen = Blueprint("desk", __name__)


@screen.get("/")
def home() -> str:
    """The list, searched and paged; with `fragment` its rows alone, for the page that watches them."""
    if not editor().may(Right.READ):
        return render_template("console/without_role.html")
    if request.args.get("fragment") == "today":
        with services().db.reading() as session:
            return render_template("console/_today.html", today=today(session, editor(), now()), at=now())
    search = request.args.get("q", "").strip()[:100]
    page = max(1, request.args.get("page", 1, type=int))
    with services().db.reading() as session:
        lines, total = interpretations(session, editor().office_id, search=search, page=page)
        waiting = problems(session, editor().office_id)
        overdue = overdue_tasks(session, editor().office_id, now())
        mine = None if search or page > 1 or request.args.get("fragment") else desk(session, editor(), now())
    return render_template(
        "console/_desk_rows.html" if request.args.get("fragment") else "console/desk.html",
        lines=lines,
        mine=mine,
        today=mine.today if mine else None,
        at=now(),
        total=total,
        problems=waiting,
        overdue=overdue,
        search=search,
        page=page,
        pages=max(1, -(-total // PAGE)),
    )
