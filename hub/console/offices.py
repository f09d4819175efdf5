"""Adding and changing areas and offices of the tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from channels.words import Words
from hub.approvals import rule_of
from hub.console.accounts import LEVELS
from hub.console.here import actor, guarding, now, services
from hub.console.links import see
from hub.domain.reviews import ASKED
from hub.domain.roles import Right
from hub.matrix import offices as verbs
from hub.matrix.access import MistakesError
from hub.matrix.offices import OfficeDescription, require_area, way_of
from hub.models import Area, Office, Site
from hub.permissions import require

screen = Blueprint("offices", __name__)
screen.before_request(guarding(Right.READ, Right.READ))

ZONES = ("Asia/Shanghai", "Asia/Urumqi")


@screen.route("/areas/<int:area_id>/areas/new", methods=["GET", "POST"])
def new_area(area_id: int) -> Response:
    """An area below another."""
    name = request.form.get("name", "")
    if request.method == "POST":
        return _saved(
            lambda: verbs.add_area(services(), actor=actor(), parent_id=area_id, name=name, now=now()),
            lambda _id: _to_tree(area_id, _("区域已添加。")),
            lambda wrong: _area_page(area_id, None, wrong),
        )
    return _area_page(area_id, None, {})


@screen.route("/areas/<int:area_id>/edit", methods=["GET", "POST"])
def edit_area(area_id: int) -> Response:
    """Another name for an area."""
    name = request.form.get("name", "")
    if request.method == "POST":
        return _saved(
            lambda: verbs.rename_area(services(), actor=actor(), area_id=area_id, name=name, now=now()),
            lambda _none: _to_tree(area_id, _("区域已改名。")),
            lambda wrong: _area_page(area_id, area_id, wrong),
        )
    return _area_page(area_id, area_id, {})


@screen.route("/areas/<int:area_id>/offices/new", methods=["GET", "POST"])
def new_office(area_id: int) -> Response:
    """An office in an area."""
    if request.method == "POST":
        return _saved(
            lambda: verbs.add_office(services(), actor=actor(), description=_described(area_id), now=now()),
            lambda _id: _to_tree(area_id, _("单位已添加。")),
            lambda wrong: _office_page(area_id, None, wrong),
        )
    return _office_page(area_id, None, {})


@screen.route("/offices/<int:office_id>/edit", methods=["GET", "POST"])
def edit_office(office_id: int) -> Response:
    """What an office is."""
    with services().db.reading() as session:
        office = session.get(Office, office_id)
        if office is None:
            abort(404)
        require(session, actor(), Right.PEOPLE, office_id)
    if request.method == "POST":
        area_id = request.form.get("area_id", office.area_id, type=int)
        return _saved(
            lambda: verbs.change_office(
                services(), actor=actor(), office_id=office_id, description=_described(area_id), now=now()
            ),
            lambda _none: _to_tree(None, _("单位已保存。")),
            lambda wrong: _office_page(office.area_id, office, wrong),
        )
    return _office_page(office.area_id, office, {})


def _saved(
    verb: Callable[[], Any], done: Callable[[Any], Response], again: Callable[[Mapping[str, Words]], Response]
) -> Response:
    try:
        made = verb()
    except MistakesError as mistakes:
        return again(mistakes.fields)
    return done(made)


def _described(area_id: int) -> OfficeDescription:
    form = request.form
    return OfficeDescription(
        name=form.get("name", ""),
        area_id=area_id,
        site_id=form.get("site_id", type=int),
        zone=form.get("zone", ""),
        tolerance_minutes=form.get("tolerance_minutes", -1, type=int),
    )


def _area_page(place_id: int, edited: int | None, wrong: Mapping[str, Words]) -> Response:
    with services().db.reading() as session:
        require_area(session, actor(), place_id)
        area = session.get_one(Area, place_id)
        place = way_of(session, place_id)
    body = render_template(
        "console/area.html", area=area, edited=edited, place=place, wrong=wrong, typed=request.form, levels=LEVELS
    )
    return make_response(body, 422 if wrong else 200)


def _office_page(area_id: int, office: Office | None, wrong: Mapping[str, Words]) -> Response:
    with services().db.reading() as session:
        if office is None:
            require_area(session, actor(), area_id)
        place = way_of(session, area_id)
        sites = session.scalars(select(Site).order_by(Site.id)).all()
        rule = rule_of(session, office.id) if office else None
    standing = {
        "name": office.name if office else "",
        "site_id": str(office.site_id or "") if office else "",
        "zone": office.zone if office else ZONES[0],
        "tolerance_minutes": str(office.tolerance_minutes if office else 30),
    }
    body = render_template(
        "console/office.html",
        office=office,
        area_id=area_id,
        place=place,
        sites=sites,
        rule=rule,
        asked=ASKED,
        zones=ZONES,
        zone_of=ZoneInfo,
        wrong=wrong,
        values=standing | {k: v for k, v in request.form.items() if k in standing},
    )
    return make_response(body, 422 if wrong else 200)


def _to_tree(area_id: int | None, said: str) -> Response:
    flash(said)
    return see(url_for("accounts.listing", at=area_id))
