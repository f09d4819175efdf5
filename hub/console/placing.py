"""Where a signed-off interpretation goes: the accounts tree, opened branch by branch, and the panel that confirms
time and accounts. Choosing an area chooses all accounts below it; 16,500 of them are counted, never listed at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import CTE, ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from channels.words import NO_WORDS, Words
from hub.console import planning
from hub.console.fields import instant_of, local_field
from hub.console.here import actor, editor, guard, guarding, now, release_now, services
from hub.console.language import in_language, local_time, zone_name
from hub.console.links import see
from hub.console.outcomes import passed_over
from hub.console.scope import visible
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.slots import instant
from hub.domain.workdays import next_workday
from hub.models import Account, Area, Interpretation, Office, Revision
from hub.publishing.scheduling import Outcome, schedule
from hub.publishing.slotting import next_slots
from hub.rules.china import CALENDAR

screen = Blueprint("placing", __name__)
screen.before_request(guarding(Right.PUBLISH, Right.PUBLISH))

# Accounts of one area that are listed; a village has a handful.
LISTED = 100
# Areas that stay open because something in them is ticked.
TICKED = 20
USUAL = time(9, 30)
NO_ACCOUNT = Words("DLV-211 请至少选择一个账号。", "DLV-211 Choose at least one account.")
NO_TIME = Words("DLV-212 请选择发布时间。", "DLV-212 Choose the time of publication.")


@dataclass(frozen=True)
class Branch:
    """An area with how many accounts it and all below it have, and whether anything lies below."""

    id: int
    name: str
    accounts: int
    below: bool


@dataclass(frozen=True)
class Opened:
    """An opened branch: the areas right below it, and the accounts of its own."""

    branches: Sequence[Branch]
    accounts: Sequence[Account]


def _mine(session: Session) -> ColumnElement[bool]:
    """The editor's accounts; in a slot that is meant for some channels, those of these channels."""
    mine = Account.active & visible(session, Account.office_id, Right.PUBLISH)
    channels = _channels()
    return mine & Account.channel.in_(channels) if channels else mine


def _channels() -> list[str]:
    """What the chosen slot is meant for; none: all. An address that says it outdoes what the form said before."""
    said = request.args if "channel" in request.args else request.form
    return [key for key in said.getlist("channel") if key in services().channels]


def _below(roots: Any) -> CTE:
    """Every area of the subtrees of these, with the root it lies below."""
    below = select(Area.id.label("root"), Area.id.label("id")).where(roots).cte("under", recursive=True)
    return below.union_all(select(below.c.root, Area.id).join(below, Area.parent_id == below.c.id))


def opened(session: Session, area_id: int | None) -> Opened:
    """What stands right below an area; None: what the editor's tree begins with."""
    mine = _mine(session)
    if area_id is None:
        top = _top(session, mine)
        roots = Area.id == top
    else:
        roots = Area.parent_id == area_id
    below = _below(roots)
    counted = (
        select(below.c.root, func.count().label("accounts"))
        .join(Account, Account.area_id == below.c.id)
        .where(mine)
        .group_by(below.c.root)
        .subquery()
    )
    lower = aliased(Area)
    child = select(lower.id).where(lower.parent_id == counted.c.root).exists()
    own = select(Account.id).where(Account.area_id == counted.c.root).exists()
    rows = session.execute(
        select(Area.id, Area.name, counted.c.accounts, (child | own).label("below"))
        .join(counted, counted.c.root == Area.id)
        .order_by(Area.id)
    )
    listed = select(Account).where(Account.area_id == (area_id or 0), mine).order_by(Account.id).limit(LISTED)
    return Opened([Branch(*row) for row in rows], session.scalars(listed).all())


def _top(session: Session, mine: ColumnElement[bool]) -> int:
    """The highest area that holds all of the editor's accounts: their office's own, or above it if they have more."""
    found = session.scalar(select(Office.area_id).where(Office.id == editor().office_id)) or 0
    most = session.scalar(select(func.count()).select_from(Account).where(mine)) or 0
    for _step in range(8):
        below = _below(Area.id == found)
        held = session.scalar(
            select(func.count()).select_from(Account).join(below, below.c.id == Account.area_id).where(mine)
        )
        above = session.scalar(select(Area.parent_id).where(Area.id == found))
        if held == most or above is None:
            return found
        found = above
    return found


@screen.get("/schedule/areas")
def branch() -> str:
    """One branch of the accounts tree, for whoever opens it."""
    area = request.args.get("area", type=int)
    with services().db.reading() as session:
        return render_template("console/_areas.html", tree=opened(session, area), ways={}, chosen=_chosen())


@dataclass(frozen=True)
class Chosen:
    """What is ticked, for when, and what the slot is meant for."""

    areas: Sequence[int]
    accounts: Sequence[int]
    at: str = ""
    channels: Sequence[str] = ()


def _chosen() -> Chosen:
    numbers = {name: [int(v) for v in request.values.getlist(name) if v.isdigit()] for name in ("area-all", "account")}
    return Chosen(numbers["area-all"], numbers["account"], request.values.get("at", ""), _channels())


@screen.route("/interpretations/<int:id_>/place", methods=["GET", "POST"])
def panel(id_: int) -> Response:
    """The panel; by POST, the scheduling."""
    if request.method == "GET" or "open" in request.form:
        return _panel(id_)
    chosen = _chosen()
    at = instant_of(chosen.at, editor().zone)
    with services().db.reading() as session:
        ids = _accounts(session, chosen)
    if not ids or at is None:
        return _panel(id_, notice=NO_TIME if ids else NO_ACCOUNT, status=422)
    revision = _newest(id_)
    try:
        outcomes = schedule(services(), actor=actor(), revision_id=revision.id, account_ids=ids, at=at, now=now())
    except Refusal as refusal:
        words = refusal.coded
        return _panel(id_, notice=words, advice=refusal.suggestion, status=422)
    release_now()
    done = [o for o in outcomes if o.delivery_id is not None]
    failed = [o for o in outcomes if o.delivery_id is None and not passed_over(o)]
    if not done or failed:
        return _panel(id_, outcomes=outcomes[:LISTED])
    zone = editor().zone
    told = {"time": local_time(at, zone), "zone": zone_name(zone), "count": len(done)}
    flash(_("已排到 %(time)s（%(zone)s），共 %(count)s 个账号。", **told))
    for code, words in _against(at):
        flash(f"{code} {in_language(words)}")
    return see(url_for("schedule.calendar", day=at.astimezone(zone).date()))


def _accounts(session: Session, chosen: Chosen) -> list[int]:
    """The accounts that are ticked, and all below the areas that are."""
    ids: list[int] = []
    if chosen.areas:
        below = _below(Area.id.in_(chosen.areas))
        ids += session.scalars(
            select(Account.id).join(below, below.c.id == Account.area_id).where(_mine(session)).order_by(Account.id)
        )
    if chosen.accounts:
        ids += session.scalars(select(Account.id).where(Account.id.in_(chosen.accounts), _mine(session)))
    return list(dict.fromkeys(ids))


def _newest(id_: int) -> Revision:
    with services().db.reading() as session:
        piece = session.get(Interpretation, id_)
        if piece is None:
            abort(404)
        guard(Right.READ, piece.office_id)
        query = select(Revision).where(Revision.interpretation_id == id_).order_by(Revision.number.desc()).limit(1)
        return session.scalars(query).first() or abort(404)


def _against(at: datetime) -> list[tuple[str, Words]]:
    me = editor()
    with services().db.reading() as session:
        return planning.against(at, planning.quiet_rules(session, me.office_id, now()), me.zone, now())


def _panel(
    id_: int,
    *,
    outcomes: Sequence[Outcome] = (),
    notice: Words | None = None,
    advice: Words = NO_WORDS,
    status: int = 200,
) -> Response:
    revision, me, at, chosen = _newest(id_), editor(), now(), _chosen()
    with services().db.reading() as session:
        title = session.get_one(Interpretation, id_).title
        slots = next_slots(session, me.office_id, at, me.zone, CALENDAR, 3)
        tree = opened(session, None)
        # Without scripts a branch is opened by its link, and those on the way to it stay open, as do those with a tick.
        ways = {area: opened(session, area) for area in _open(session, chosen)}
        counted = len(_accounts(session, chosen))
    everybodys = next((slot.at for slot in slots if not slot.channels), None)
    proposed = instant_of(chosen.at, me.zone) or everybodys or _usual(at)
    body = render_template(
        "console/place.html",
        id_=id_,
        title=title,
        revision=revision,
        slots=slots,
        tree=tree,
        ways=ways,
        chosen=chosen,
        counted=counted,
        at=local_field(proposed, me.zone),
        warnings=_against(proposed),
        outcomes=outcomes,
        notice=notice,
        advice=advice,
    )
    return make_response(body, status)


def _usual(at: datetime) -> datetime:
    """Without slots: the next working day, in the morning."""
    zone = editor().zone
    today = at.astimezone(zone).date()
    early = instant(today, USUAL, zone)
    return (
        early
        if CALENDAR.day(today).works and early > at + timedelta(minutes=10)
        else instant(next_workday(CALENDAR, today), USUAL, zone)
    )


def _open(session: Session, chosen: Chosen) -> list[int]:
    """The areas that stand open."""
    ticked = select(Account.area_id).distinct().where(Account.id.in_(chosen.accounts)).limit(TICKED)
    asked = [request.args.get("open", type=int), *(session.scalars(ticked) if chosen.accounts else ())]
    return list(dict.fromkeys(area for one in asked for area in _way(session, one)))


def _way(session: Session, area_id: int | None) -> list[int]:
    way: list[int] = []
    while area_id is not None and len(way) < 8:
        way.append(area_id)
        area_id = session.scalar(select(Area.parent_id).where(Area.id == area_id))
    return way
