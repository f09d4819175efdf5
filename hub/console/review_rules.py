"""审核规则: how many reviews an office asks for, and whether one person may give several; every change is on record."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from hub.approvals import Rule, rule_of
from hub.console.here import actor, editor, guard, guarding, now, services
from hub.console.links import see
from hub.domain.refusals import Refusal
from hub.domain.reviews import ASKED
from hub.domain.roles import Right
from hub.editorial.ruling import set_rule
from hub.models import Office, ReviewRule
from hub.permissions import may

screen = Blueprint("review_rules", __name__)
screen.before_request(guarding(Right.READ, Right.PEOPLE))


@screen.route("/review-rules", methods=["GET", "POST"])
def page() -> Response:
    """An office's rule, one's own unless the address names another; by POST, another one from now on."""
    office = _office()
    if request.method == "GET":
        return _page(office)
    rule = Rule(request.form.get("levels", 0, type=int), request.form.get("people") == "one")
    reason = request.form.get("reason", "")
    try:
        set_rule(services(), actor=actor(), office_id=office.id, rule=rule, reason=reason, now=now())
    except Refusal as refusal:
        return _page(office, rule, reason, refusal)
    flash(_("审核规则已改，从下一次送审起执行。"))
    return see(url_for("review_rules.page", office=request.args.get("office")))


def _office() -> Office:
    id_ = request.args.get("office", editor().office_id, type=int)
    with services().db.reading() as session:
        office = session.get(Office, id_) or abort(404)
    guard(Right.READ, office.id)
    return office


def _page(office: Office, rule: Rule | None = None, reason: str = "", refusal: Refusal | None = None) -> Response:
    with services().db.reading() as session:
        now_is = rule_of(session, office.id)
        mine = may(session, actor(), Right.PEOPLE, office.id)
        rows = session.scalars(
            select(ReviewRule)
            .where(ReviewRule.office_id == office.id)
            .options(joinedload(ReviewRule.user))
            .order_by(ReviewRule.number.desc())
            .limit(50)
        ).all()
    words = refusal.coded if refusal else None
    body = render_template(
        "console/review_rules.html",
        office=office,
        mine=mine,
        rule=rule or now_is,
        rows=rows,
        reason=reason,
        notice=words,
        asked=ASKED,
    )
    return make_response(body, 422 if refusal else 200)
