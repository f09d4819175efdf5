"""网站设置: what every page of the office's site says in its head and at its foot."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _

from hub.console.here import actor, editor, guarding, now, services
from hub.console.links import see
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.editorial.sites import LIMITS, SiteFacts, change_site, facts_of, is_public, site_to_change

screen = Blueprint("sites", __name__)
screen.before_request(guarding(Right.MANAGE, Right.MANAGE))

GROUND = "政府网站发展指引（国办发〔2017〕47号）"


@screen.route("/site", methods=["GET", "POST"])
def page() -> Response:
    """The site's facts; by POST, changed."""
    with services().db.reading() as session:
        site = site_to_change(session, editor().office_id)
        stored, address, fixed = facts_of(site), site.base_url, is_public(session, site)
    if request.method == "GET":
        return _form(stored, address, fixed)
    typed = SiteFacts(**{name: request.form.get(name, "") for name in LIMITS if name != "domain"} | _domain(stored))
    try:
        change_site(services(), actor=actor(), office_id=editor().office_id, facts=typed, now=now())
    except Refusal as refusal:
        return _form(typed, address, fixed, refusal)
    flash(_("网站设置已保存，各列表页随后跟上。"))
    return see(url_for("sites.page"))


def _domain(stored: SiteFacts) -> dict[str, str]:
    """A fixed domain isn't sent."""
    return {"domain": request.form.get("domain", stored.domain)}


def _form(facts: SiteFacts, address: str, fixed: bool, refusal: Refusal | None = None) -> Response:
    body = render_template(
        "console/site.html",
        facts=facts,
        address=address,
        fixed=fixed,
        refusal=refusal,
        limits=LIMITS,
        ground=GROUND,
    )
    return make_response(body, 422 if refusal else 200)
