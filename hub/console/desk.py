"""工作台: the office's interpretations, what needs a person first."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from hub.console.here import editor, now, services
from hub.console.reading import PAGE, PROBLEMS, counts, interpretations
from hub.publishing.withdrawing import overdue_tasks

screen = Blueprint("desk", __name__)


@screen.get("/")
def home() -> str:
    """The list, searched and paged; with `fragment` its rows alone, for the page that watches them."""
    search = request.args.get("q", "").strip()[:100]
    page = max(1, request.args.get("page", 1, type=int))
    with services().db.reading() as session:
        lines, total = interpretations(session, editor().office_id, search=search, page=page)
        problems = counts(session, editor().office_id)["problems"]
        overdue = overdue_tasks(session, editor().office_id, now())
    return render_template(
        "console/_desk_rows.html" if request.args.get("fragment") else "console/desk.html",
        lines=lines,
        total=total,
        problems=problems,
        overdue=overdue,
        search=search,
        page=page,
        pages=max(1, -(-total // PAGE)),
        PROBLEMS=PROBLEMS,
    )
