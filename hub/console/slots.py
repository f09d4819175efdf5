"""固定档期: the hours that come back, and a form for one more."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from flask_babel import gettext as _

from hub.console.here import actor, editor, guard, guarding, now, services
from hub.console.links import see
from hub.console.schedule import WEEKDAYS
from hub.console.toasts import undoable
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.models import Slot
from hub.publishing.slotting import (
    Facts,
    add_slot,
    change_slot,
    domain_slot,
    facts_of,
    next_slots,
    slots_of,
    switch_slot,
)
from hub.rules.china import CALENDAR

screen = Blueprint("slots", __name__)
screen.before_request(guarding(Right.READ, Right.PUBLISH))

# What a blank form proposes: mornings of the working week.
USUAL = Facts("", range(5), None, "09:30")


@screen.get("/schedule/slots")
def listing() -> Response:
    """The office's slots and the next free ones."""
    return _page()


@screen.post("/schedule/slots")
def add() -> Response:
    """Add one; the answer has the way back in it."""
    try:
        id_ = add_slot(services(), actor=actor(), office_id=editor().office_id, facts=_typed(), now=now())
    except Refusal as refusal:
        return _page(refusal=refusal)
    undoable(_("已添加档期。"), url_for("slots.switch", id_=id_), active="")
    return see(url_for("slots.listing"))


@screen.route("/schedule/slots/<int:id_>/edit", methods=["GET", "POST"])
def edit(id_: int) -> Response:
    """A slot's form; by POST, changed, with the way back."""
    with services().db.reading() as session:
        row = session.get(Slot, id_) or abort(404)
    guard(Right.PUBLISH, row.office_id)
    if request.method == "GET":
        return _form(id_, facts_of(row))
    facts = _typed()
    try:
        was = change_slot(services(), actor=actor(), slot_id=id_, facts=facts, now=now())
    except Refusal as refusal:
        return _form(id_, facts, refusal)
    undoable(_("档期已修改。"), url_for("slots.edit", id_=id_), **_sent(was))
    return see(url_for("slots.listing"))


@screen.post("/schedule/slots/<int:id_>")
def switch(id_: int) -> Response:
    """Put one out of use or into use."""
    active = bool(request.form.get("active"))
    switch_slot(services(), actor=actor(), slot_id=id_, active=active, now=now())
    done = _("档期已启用。") if active else _("档期已停用。")
    undoable(done, url_for("slots.switch", id_=id_), active="" if active else "1")
    return see(url_for("slots.listing"))


def _typed() -> Facts:
    form = request.form
    monthly = form.get("every") == "month"
    return Facts(
        form.get("name", ""),
        () if monthly else [int(day) for day in form.getlist("weekday") if day.isdigit()],
        form.get("monthday", type=int) if monthly else None,
        form.get("clock", ""),
        [key for key in form.getlist("channel") if key in services().channels],
    )


def _sent(facts: Facts) -> dict[str, object]:
    """The form's fields that say these facts."""
    every = {"every": "week", "weekday": facts.weekdays} if facts.monthday is None else {"every": "month"}
    day = {} if facts.monthday is None else {"monthday": facts.monthday}
    return {"name": facts.name, "clock": facts.clock, "channel": facts.channels, **every, **day}


def _page(*, refusal: Refusal | None = None) -> Response:
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
        facts=_typed() if refusal else USUAL,
        refusal=refusal,
    )
    return make_response(body, 422 if refusal else 200)


def _form(id_: int, facts: Facts, refusal: Refusal | None = None) -> Response:
    body = render_template(
        "console/slot.html",
        id_=id_,
        facts=facts,
        weekdays=WEEKDAYS,
        channels=list(services().channels),
        refusal=refusal,
    )
    return make_response(body, 422 if refusal else 200)
