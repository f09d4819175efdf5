"""栏目: the columns of the office's site, each with its page tags and its feed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.console.here import actor, editor, guard, guarding, now, services
from hub.console.links import see
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.editorial.columns import LIMITS, TYPES, Facts, change_column, in_use, open_column
from hub.models import Column, Interpretation, Office, Revision, Site
from hub.site import first_site

screen = Blueprint("columns", __name__)
screen.before_request(guarding(Right.READ, Right.MANAGE))

# Counting opens the newest version of each text.
MOST_COUNTED = 2_000
GROUND = "政府网站发展指引（国办发〔2017〕47号）"


@screen.get("/columns")
def listing() -> str:
    """The columns of the office's site, with how many texts each has, where that is cheap to know."""
    with services().db.reading() as session:
        site = _site(session)
        rows = session.scalars(
            select(Column).where(Column.site_id == (site.id if site else 0)).order_by(Column.id)
        ).all()
        counts = _counts(session, site)
    return render_template("console/columns.html", site=site, columns=rows, counts=counts)


@screen.route("/columns/new", methods=["GET", "POST"])
def new() -> Response:
    """A blank form; by POST, the new column."""
    guard(Right.MANAGE)
    if request.method == "GET":
        return _form(None, dict.fromkeys(("slug", *LIMITS), ""))
    typed = _typed()
    try:
        open_column(
            services(),
            actor=actor(),
            office_id=editor().office_id,
            slug=typed["slug"],
            facts=Facts(**{name: typed[name] for name in LIMITS}),
            now=now(),
        )
    except Refusal as refusal:
        return _form(None, typed, refusal)
    flash(_("栏目“%(name)s”已开设，订阅地址随之生成。", name=typed["name"]))
    return see(url_for("columns.listing"))


@screen.route("/columns/<int:id_>", methods=["GET", "POST"])
def one(id_: int) -> Response:
    """A column's tags; by POST, changed."""
    guard(Right.MANAGE)
    with services().db.reading() as session:
        site, column = _site(session), session.get(Column, id_)
        if site is None or column is None or column.site_id != site.id:
            abort(404)
        values = {"slug": column.slug, **{name: getattr(column, name) for name in LIMITS}}
        fixed = in_use(session, column)
    if request.method == "GET":
        return _form(column, values, fixed=fixed)
    typed = {**_typed(), "slug": column.slug}
    if fixed:
        typed["name"] = column.name
    try:
        change_column(
            services(),
            actor=actor(),
            office_id=editor().office_id,
            column_id=id_,
            facts=Facts(**{name: typed[name] for name in LIMITS}),
            now=now(),
        )
    except Refusal as refusal:
        return _form(column, typed, refusal, fixed=fixed)
    flash(_("栏目“%(name)s”已更新，页面和订阅随后跟上。", name=typed["name"]))
    return see(url_for("columns.listing"))


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in ("slug", *LIMITS)}


def _form(
    column: Column | None, values: dict[str, str], refusal: Refusal | None = None, *, fixed: bool = False
) -> Response:
    page = render_template(
        "console/column.html",
        column=column,
        values=values,
        refusal=refusal,
        fixed=fixed,
        types=TYPES,
        limits=LIMITS,
        ground=GROUND,
    )
    return make_response(page, 422 if refusal else 200)


def _site(session: Session) -> Site | None:
    return session.get_one(Office, editor().office_id).site or first_site(session)


def _counts(session: Session, site: Site | None) -> dict[str, int] | None:
    """By the column's name as the newest versions give it, how many texts there are; of the site's offices. None for a
    site with so many that each would have to be opened for this number.
    """
    if site is None:
        return {}
    some = (
        select(Interpretation.id).join(Office, Office.id == Interpretation.office_id).where(Office.site_id == site.id)
    )
    many = session.scalar(select(func.count()).select_from(some.limit(MOST_COUNTED + 1).subquery())) or 0
    if many > MOST_COUNTED:
        return None
    named: Any = Revision.content["column"].as_string()
    rows = session.execute(
        select(named, func.count())
        .select_from(Interpretation)
        .join(Revision, (Revision.interpretation_id == Interpretation.id) & (Revision.number == Interpretation.version))
        .join(Office, Office.id == Interpretation.office_id)
        .where(Office.site_id == site.id)
        .group_by(named)
    )
    return dict(rows.all())
