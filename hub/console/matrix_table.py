"""The matrix as a table: taken out for a spreadsheet, and taken in with a preview of what would change."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, flash, make_response, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _

from channels.words import Words
from hub.console.here import actor, editor, guarding, now, services
from hub.console.links import see
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.matrix import table
from hub.matrix.importing import Plan, planned, take_in
from hub.matrix.table import Line, TableError
from hub.permissions import offices

screen = Blueprint("matrix_table", __name__)
screen.before_request(guarding(Right.MANAGE, Right.MANAGE))

# Of a plan so many changes and mistakes are shown; all are counted.
SHOWN = 100
AT_ONCE = 1000
NO_FILE = Words("请选择要导入的表格。", "Choose the table.")
GONE = Words("预览已过期，请重新选择文件。", "The preview has expired: choose the file again.")


@screen.get("/accounts/table")
def page() -> Response:
    """Taking out and taking in."""
    return _page()


@screen.get("/accounts/table.csv")
def taken_out() -> Response:
    """Every account that the editor manages, as a file."""

    def rows() -> Iterator[str]:
        with services().db.reading() as session:
            ways = table.all_ways(session)
            found = session.execute(
                table.accounts_of(offices(editor().id, Right.MANAGE)), execution_options={"yield_per": AT_ONCE}
            )
            yield from table.write(table.cells_of(row, ways) for row in found)

    answer = Response(stream_with_context(rows()), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="accounts-{now():%Y%m%d}.csv"'
    return answer


@screen.post("/accounts/table")
def preview() -> Response:
    """What the table would change, line by line; nothing is changed yet."""
    file = request.files.get("table")
    data = file.read() if file else b""
    if not data:
        return _page(notice=NO_FILE, status=422)
    try:
        lines = table.read(data)
    except TableError as error:
        return _page(notice=error.words, status=422)
    return _previewed(lines, services().previews.put(data))


@screen.post("/accounts/table/take-in")
def taken_in() -> Response:
    """Do what was previewed: all of it or nothing."""
    try:
        lines = table.read(services().previews.get(request.form.get("file", "")))
    except (OSError, ValueError, TableError):
        return _page(notice=GONE, status=422)
    try:
        plan = take_in(services(), actor=actor(), lines=lines, mark=request.form.get("mark", ""), now=now())
    except Refusal as refusal:
        said = refusal.coded
        status = 409 if refusal.code.endswith("409") else 422
        return _previewed(lines, request.form.get("file", ""), said, status)
    flash(
        _("已导入：新增 %(added)s 个，改动 %(changed)s 个。", added=plan.added, changed=len(plan.changes) - plan.added)
    )
    return see(url_for("accounts.listing"))


def _previewed(lines: list[Line], file: str, notice: Words | None = None, status: int = 0) -> Response:
    with services().db.reading() as session:
        plan = planned(services(), session, actor(), lines)
    return _page(plan=plan, file=file, notice=notice, status=status or (422 if plan.mistakes else 200))


def _page(plan: Plan | None = None, file: str = "", notice: Words | None = None, status: int = 200) -> Response:
    body = render_template(
        "console/matrix_table.html", plan=plan, file=file, notice=notice, shown=SHOWN, header=table.HEADER
    )
    return make_response(body, status)
