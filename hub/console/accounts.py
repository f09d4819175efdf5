"""账号矩阵: the tree of areas and their accounts, opened a level at a time; and the list that a search gives."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_babel import lazy_gettext as _

from hub.console.here import editor, guarding, now, services
from hub.domain.roles import Right
from hub.matrix.tree import ACCOUNTS, Filter, Standing, branch, found, sees_area, top, ways_to

screen = Blueprint("accounts", __name__)
screen.before_request(guarding(Right.READ, Right.READ))

# Each standing: its word, its icon and its tone.
STANDINGS = {
    Standing.ACTIVE: (_("在用"), "circle-check", "green"),
    Standing.SILENT: (_("久未发布"), "hourglass", "amber"),
    Standing.MISCONFIGURED: (_("设置有误"), "octagon-x", "red"),
    Standing.OFF: (_("已停用"), "ban", "grey"),
}
LEVELS = {"city": _("市"), "district": _("区（县）"), "town": _("镇（街道）"), "village": _("村（社区）")}


@screen.get("/accounts")
def listing() -> str:
    """The tree from its top, or from the area `at`; or the accounts that a search or a filter finds."""
    wanted = _wanted()
    if wanted:
        return _list(wanted)
    at = request.args.get("at", type=int)
    with services().db.reading() as session:
        if at is None:
            opened, ways = top(session, editor().id, now())
        else:
            found_ = branch(session, editor().id, at, now(), _page())
            if found_ is None:
                abort(404)
            opened, ways = found_, ways_to(session, [at])
        here = ways[at][-1] if at is not None else None
        administers = at is not None and sees_area(session, editor().id, at, Right.PEOPLE)
    return render_template(
        "console/accounts.html", branch=opened, ways=ways, at=here, administers=administers, wanted=wanted, **_shared()
    )


@screen.get("/accounts/branch/<int:area_id>")
def inside(area_id: int) -> Response:
    """What stands in an area, for a script that opens it where it is."""
    with services().db.reading() as session:
        opened = branch(session, editor().id, area_id, now(), _page())
    if opened is None:
        abort(404)
    return make_response(render_template("console/_branch.html", branch=opened, area_id=area_id, **_shared()))


def _list(wanted: Filter) -> str:
    page = _page()
    with services().db.reading() as session:
        rows, ways, total = found(session, editor().id, wanted, now(), page)
    return render_template(
        "console/accounts_found.html",
        rows=rows,
        ways=ways,
        total=total,
        page=page,
        pages=max(1, -(-total // ACCOUNTS)),
        wanted=wanted,
        **_shared(),
    )


def _wanted() -> Filter:
    given = request.args
    state = given.get("state", "")
    standing = Standing(state) if state in list(Standing) else None
    channel = given.get("channel", "")
    return Filter(given.get("q", "").strip()[:100], channel if channel in services().channels else "", standing)


def _page() -> int:
    return max(1, min(request.args.get("page", 1, type=int), 10_000))


def _shared() -> dict[str, object]:
    return {"standings": STANDINGS, "levels": LEVELS, "channels": services().channels}
