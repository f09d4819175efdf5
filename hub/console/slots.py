"""固定档期: the hours that come back, and a form for one more."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _

from channels.words import NO_WORDS, Words
from hub.console.here import actor, editor, guarding, now, services
from hub.console.links import see
from hub.console.schedule import WEEKDAYS
from hub.console.toasts import undoable
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.publishing.slotting import domain_slot, next_slots, save_slot, slots_of, switch_slot
from hub.rules.china import CALENDAR

screen = Blueprint("slots", __name__)
screen.before_request(guarding(Right.READ, Right.PUBLISH))


@screen.get("/schedule/slots")
def listing() -> Response:
    """The office's slots and the next free ones."""
    return _page()


@screen.post("/schedule/slots")
def add() -> Response:
    """Add one; the answer has the way back in it."""
    form = request.form
    monthly = form.get("every") == "month"
    try:
        id_ = save_slot(
            services(),
            actor=actor(),
            office_id=editor().office_id,
            name=form.get("name", ""),
            weekdays=() if monthly else [int(day) for day in form.getlist("weekday") if day.isdigit()],
            monthday=form.get("monthday", type=int) if monthly else None,
            clock=form.get("clock", ""),
            channels=[key for key in form.getlist("channel") if key in services().channels],
            now=now(),
        )
    except Refusal as refusal:
        words = refusal.coded
        return _page(notice=words, advice=refusal.suggestion, status=422)
    undoable(_("已添加档期。"), url_for("slots.switch", id_=id_), active="")
    return see(url_for("slots.listing"))


@screen.post("/schedule/slots/<int:id_>")
def switch(id_: int) -> Response:
    """Put one out of use or into use."""
    active = bool(request.form.get("active"))
    switch_slot(services(), actor=actor(), slot_id=id_, active=active, now=now())
    done = _("档期已启用。") if active else _("档期已停用。")
    undoable(done, url_for("slots.switch", id_=id_), active="" if active else "1")
    return see(url_for("slots.listing"))


def _page(*, notice: Words | None = None, advice: Words = NO_WORDS, status: int = 200) -> Response:
    me = editor()
    with services().db.reading() as session:
        rows = slots_of(session, me.office_id)
        coming = next_slots(session, me.office_id, now(), me.zone, CALENDAR, 5)
    body = render_template(
        "console/slots.html",
        slots=[(row, sorted(domain_slot(row).weekdays)) for row in rows],
        coming=coming,
        weekdays=WEEKDAYS,
        channels=list(services().channels),
        typed=request.form,
        notice=notice,
        advice=advice,
    )
    return make_response(body, status)
