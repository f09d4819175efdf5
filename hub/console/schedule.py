"""排期: what goes out when, by month, week and as a list; moved by hand, one or several, and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _

from channels.words import NO_WORDS, Words
from hub.console import planning
from hub.console.fields import instant_of
from hub.console.here import actor, editor, guarding, now, release_now, services
from hub.console.language import in_language, local_time, zone_name
from hub.console.links import here_or, see
from hub.console.planning import PlanDay
from hub.console.scope import visible
from hub.console.toasts import undoable
from hub.console.tracking import Scope
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.models import Interpretation
from hub.publishing.moving import Group, Moved, group_of, move_groups, put_back, shifted
from hub.rules.china import CALENDAR

screen = Blueprint("schedule", __name__)
screen.before_request(guarding(Right.READ, Right.PUBLISH))

VIEWS = ("month", "week", "agenda")
# The week's rows: from which hour until which; before and after them the night is one row.
HOURS = ((0, 7), *((hour, hour + 1) for hour in range(7, 21)), (21, 24))
WEEK_A_DAY, AGENDA_A_DAY = 10, 10
NONE_CHOSEN = Words("SCH-201 请先勾选要移动的稿件。", "SCH-201 Tick what is to be moved first.")
NO_TIME = Words("DLV-212 请选择发布时间。", "DLV-212 Choose the time of publication.")


@dataclass(frozen=True)
class Asked:
    """The stretch that is looked at: `anchor` lies in it."""

    view: str
    anchor: date

    @property
    def first(self) -> date:
        """Its first day: a Monday, except in the list."""
        if self.view == "agenda":
            return self.anchor
        start = self.anchor.replace(day=1) if self.view == "month" else self.anchor
        return start - timedelta(days=start.weekday())

    @property
    def count(self) -> int:
        """How many days."""
        if self.view != "month":
            return 7 if self.view == "week" else 14
        last = (self.anchor.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return -(-((last - self.first).days + 1) // 7) * 7

    @property
    def before(self) -> date:
        """A day of the stretch before."""
        if self.view == "month":
            return (self.anchor.replace(day=1) - timedelta(days=1)).replace(day=1)
        return self.anchor - timedelta(days=self.count)

    @property
    def later(self) -> date:
        """A day of the stretch after."""
        if self.view == "month":
            return (self.anchor.replace(day=28) + timedelta(days=4)).replace(day=1)
        return self.anchor + timedelta(days=self.count)


def asked() -> Asked:
    """What the address asks for; whatever can't be read is today's month."""
    view = request.values.get("view", "")
    today = now().astimezone(editor().zone).date()
    try:
        anchor = date.fromisoformat(request.values.get("day", ""))
    except ValueError:
        anchor = today
    # Far away the calendar has nothing, and some of its arithmetic ends.
    anchor = min(max(anchor, date(2001, 2, 1)), date(2098, 12, 1))
    return Asked(view if view in VIEWS else "month", anchor)


@screen.get("/schedule")
def calendar() -> Response:
    """The schedule; with `fragment` the calendar alone."""
    return page()


def page(*, notice: Words | None = None, advice: Words = NO_WORDS, status: int = 200) -> Response:
    """The schedule as it is now, with what could not be done."""
    wanted, me, at = asked(), editor(), now()
    most = {"month": planning.A_DAY, "week": WEEK_A_DAY, "agenda": AGENDA_A_DAY}[wanted.view]
    with services().db.reading() as session:
        where = planning.of_scope(session, Scope.of(session, me.id))
        days = planning.plan(session, where, me.office_id, wanted.first, wanted.count, me.zone, at, most=most)
        fragment = bool(request.args.get("fragment"))
        mine = visible(session, Interpretation.office_id, Right.PUBLISH)
        waiting = [] if fragment else planning.unplanned(session, mine, at)
    body = render_template(
        "console/_calendar.html" if fragment else "console/schedule.html",
        wanted=wanted,
        days=days,
        weeks=[days[n : n + 7] for n in range(0, len(days), 7)],
        today=at.astimezone(me.zone).date(),
        at=at,
        hours=HOURS,
        waiting=waiting,
        by_hour=by_hour,
        ticked=set(request.form.getlist("pick")),
        weekdays=WEEKDAYS,
        notice=notice,
        advice=advice,
    )
    return make_response(body, status)


def by_hour(day: PlanDay, hours: tuple[int, int]) -> list[planning.Planned]:
    """The day's groups in these hours of the office's clock."""
    return [g for g in day.groups if hours[0] <= g.at.astimezone(editor().zone).hour < hours[1]]


WEEKDAYS = (
    Words("周一", "Mon"),
    Words("周二", "Tue"),
    Words("周三", "Wed"),
    Words("周四", "Thu"),
    Words("周五", "Fri"),
    Words("周六", "Sat"),
    Words("周日", "Sun"),
)


@screen.post("/schedule/move")
def move() -> Response:
    """Give one group another time: from its form, or dragged there by a script, which is answered in JSON."""
    group = group_of(request.form.get("pick", ""))
    at = instant_of(request.form.get("at", ""), editor().zone)
    if group is None or at is None:
        return _answer_refusal(NO_TIME if group else NONE_CHOSEN)
    return _carry_out([(group, at)])


@screen.post("/schedule/shift")
def shift() -> Response:
    """Shift all that are ticked."""
    picked = [group for key in request.form.getlist("pick") if (group := group_of(key))]
    if not picked:
        return _answer_refusal(NONE_CHOSEN)
    how = request.form.get("how", "")
    zone, value = editor().zone, request.form.get("clock" if how == "clock" else "days", "")
    moves = [(group, at) for group in picked if (at := shifted(group.minute, how, value, zone, CALENDAR))]
    return _carry_out(moves) if len(moves) == len(picked) else _answer_refusal(NO_TIME)


def _carry_out(moves: list[tuple[Group, datetime]]) -> Response:
    at = now()
    try:
        moved = move_groups(services(), actor=actor(), moves=moves, now=at)
    except Refusal as refusal:
        words = refusal.coded
        return _answer_refusal(words, refusal.suggestion, {"SCH-409": 409, "PER-403": 403}.get(refusal.code, 422))
    release_now()
    sentence = _said(moved)
    warnings = _warnings(moved)
    back = {"moved": at.isoformat(), "ways": _ways(moved), "next": here_or("schedule.calendar")}
    # What had passed already has no way back.
    returns = all(before > at for _id, _minute, before in moved.ways)
    if request.headers.get("X-Requested-With") == "fetch":
        told: dict[str, Any] = {"said": sentence, "warnings": warnings, "back": back if returns else None}
        return Response(json.dumps(told, ensure_ascii=False), mimetype="application/json")
    if returns:
        undoable(sentence, url_for("schedule.back"), **back)
    else:
        flash(sentence)
    for warning in warnings:
        flash(warning)
    return see(here_or("schedule.calendar"))


def _said(moved: Moved) -> str:
    if len(moved.ways) > 1:
        return str(_("已改时间 %(count)s 篇。", count=len(moved.ways)))
    [(_id, minute, _before)] = moved.ways
    zone = editor().zone
    return str(_("已改到 %(time)s（%(zone)s）。", time=local_time(minute, zone), zone=zone_name(zone)))


def _warnings(moved: Moved) -> list[str]:
    """What speaks against the new times, once each."""
    me, at = editor(), now()
    with services().db.reading() as session:
        groups = [planning.Planned(id_, "", minute, 1, 1, "") for id_, minute, _before in moved.ways]
        where = planning.of_scope(session, Scope.of(session, me.id))
        days = {group.at.astimezone(me.zone).date() for group in groups}
        found: list[planning.Planned] = []
        for day in sorted(days)[:3]:
            [planned] = planning.plan(session, where, me.office_id, day, 1, me.zone, at, most=AGENDA_A_DAY)
            found += planned.groups
    mine = {(group.id, group.at) for group in groups}
    said = [f"{code} {in_language(w)}" for g in found if (g.id, g.at) in mine for code, w in g.warnings]
    return list(dict.fromkeys(said))


def _ways(moved: Moved) -> str:
    return ",".join(f"{id_}~{minute:%Y-%m-%dT%H:%M}~{before.isoformat()}" for id_, minute, before in moved.ways)


@screen.post("/schedule/back")
def back() -> Response:
    """Take a move back."""
    ways = []
    try:
        moved_at = datetime.fromisoformat(request.form.get("moved", "")).astimezone(UTC)
        for way in request.form.get("ways", "").split(","):
            id_, minute, before = way.split("~")
            old = datetime.fromisoformat(before).astimezone(UTC)
            ways.append((int(id_), datetime.fromisoformat(minute).replace(tzinfo=UTC), old))
    except (ValueError, OverflowError):
        ways, moved_at = [], datetime.min.replace(tzinfo=UTC)
    try:
        put_back(services(), actor=actor(), moved_at=moved_at, ways=ways, now=now())
    except Refusal as refusal:
        words = refusal.coded
        return page(notice=words, advice=refusal.suggestion, status=422)
    release_now()
    flash(_("已改回原来的时间。"))
    return see(here_or("schedule.calendar"))


def _answer_refusal(words: Words, advice: Words = NO_WORDS, status: int = 422) -> Response:
    if request.headers.get("X-Requested-With") == "fetch":
        said = " ".join(filter(None, (in_language(words), in_language(advice))))
        return Response(json.dumps({"said": said}, ensure_ascii=False), status, mimetype="application/json")
    return page(notice=words, advice=advice, status=status)
