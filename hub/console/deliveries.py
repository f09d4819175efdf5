"""发布任务: the deliveries, live; one delivery with its receipt, its files and its history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from channels.words import Words
from hub.console.artefacts import manifest_of
from hub.console.fields import instant_of, local_field
from hub.console.here import actor, editor, guarding, now, release_now, services
from hub.console.links import is_inside, see
from hub.console.reading import FILTERS, MOVING, PAGE, counts
from hub.console.reading import deliveries as listed
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import State
from hub.domain.troubles import Trouble
from hub.models import Account, Delivery, Move, Revision
from hub.publishing import changing
from hub.publishing.correcting import replace_text
from hub.publishing.withdrawing import record_withdrawn, try_again

screen = Blueprint("deliveries", __name__)
screen.before_request(guarding(Right.READ, Right.PUBLISH))

SOON = timedelta(seconds=90)


def poll_seconds(rows: list[Delivery], at: datetime) -> int:
    """How soon the page looks again: every second while something is under way, seldom while all waits for its time
    or for a person, never (0) when nothing more happens by itself.
    """
    # What is a person's task waits for the person.
    states = {State(d.state) for d in rows if d.hand_by is None}
    if states & {State.QUEUED, State.WORKING, State.CONFIRMING, State.UNKNOWN, State.WITHDRAWING}:
        return 1
    scheduled = [d for d in rows if d.state == State.SCHEDULED]
    if any(d.due_at - at < SOON for d in scheduled):
        return 1
    return 15 if scheduled or states & set(MOVING) else 0


@dataclass(frozen=True)
class Attempt:
    """One try at a delivery or at taking it down: when it began and ended, how, and what was said of it."""

    number: int
    began: datetime | None
    ended: datetime | None
    state: State
    said: Trouble | None
    # A try at taking it down.
    back: bool = False


def attempts(moves: Sequence[Move]) -> list[Attempt]:
    """The tries, the latest first, as the trail tells them."""
    found: list[Attempt] = []
    for before, move in pairwise(moves):
        if before.target == State.WORKING:
            found.append(Attempt(before.attempt, before.at, move.at, State(move.target), move.said))
        elif before.target == State.WITHDRAWING and move.actor.startswith(("worker:", "clock")):
            number = move.attempt if move.target == State.WITHDRAWING else move.attempt + 1
            found.append(Attempt(number, None, move.at, State(move.target), move.said, back=True))
    if moves and moves[-1].target == State.WORKING:
        found.append(Attempt(moves[-1].attempt, moves[-1].at, None, State.WORKING, None))
    return found[::-1]


@screen.app_template_global("poll_seconds")
def _poll_seconds(rows: list[Delivery], at: datetime) -> int:
    return poll_seconds(rows, at)


@screen.get("/deliveries")
def listing() -> str:
    """The office's deliveries, or one interpretation's; with `fragment` the rows alone."""
    kind = request.args.get("show", "all")
    kind = kind if kind in FILTERS else "all"
    page = max(1, request.args.get("page", 1, type=int))
    piece = request.args.get("interpretation", type=int)
    with services().db.reading() as session:
        rows, total = listed(session, editor().office_id, kind=kind, interpretation_id=piece, page=page)
        numbers = counts(session, editor().office_id)
    fragment = bool(request.args.get("fragment"))
    return render_template(
        "console/_deliveries.html" if fragment else "console/deliveries.html",
        rows=rows,
        at=now(),
        kind=kind,
        numbers=numbers,
        page=page,
        pages=max(1, -(-total // PAGE)),
        piece=piece,
        total=total,
    )


@screen.get("/deliveries/<int:id_>")
def one(id_: int) -> Response:
    """One delivery."""
    return _page(id_)


def _find(id_: int) -> Delivery:
    with services().db.reading() as session:
        delivery = session.scalars(
            select(Delivery)
            .join(Account)
            .where(Delivery.id == id_, Account.office_id == editor().office_id)
            .options(
                joinedload(Delivery.account).joinedload(Account.area),
                joinedload(Delivery.interpretation),
                joinedload(Delivery.revision).load_only(Revision.number, Revision.interpretation_id),
                joinedload(Delivery.correction),
                joinedload(Delivery.withdrawal),
                selectinload(Delivery.moves).joinedload(Move.user),
            )
        ).first()
    return delivery or abort(404)


def _page(id_: int, *, notice: Words | None = None, advice: Words | None = None, status: int = 200) -> Response:
    delivery = _find(id_)
    fragment = bool(request.args.get("fragment"))
    body = render_template(
        "console/_delivery.html" if fragment else "console/delivery.html",
        delivery=delivery,
        manifest=manifest_of(delivery.artefact) if delivery.artefact else None,
        at=now(),
        attempts=attempts(delivery.moves),
        later=local_field(max(delivery.due_at, now() + timedelta(hours=1)), editor().zone),
        notice=notice,
        advice=advice,
    )
    return make_response(body, status)


def _do(id_: int, verb: Callable[..., int], done: str, **values: Any) -> Response:
    """Call a verb of delivery for the version the editor saw, then show where it stands."""
    _find(id_)
    version = request.form.get("version", 0, type=int)
    try:
        verb(services(), actor=actor(), delivery_id=id_, version=version, now=now(), **values)
    except Refusal as refusal:
        words = Words(f"{refusal.code} {refusal.words.zh}", f"{refusal.code} {refusal.words.en}")
        return _page(id_, notice=words, advice=refusal.suggestion, status=422)
    flash(done)
    back = request.form.get("next", "")
    target = back if is_inside(back) else url_for("deliveries.one", id_=id_)
    return see(target)


@screen.post("/deliveries/<int:id_>/retry")
def retry(id_: int) -> Response:
    """Send a failed or held one now."""
    answer = _do(id_, changing.retry, _("已重新发送。"))
    release_now()
    return answer


@screen.post("/deliveries/<int:id_>/cancel")
def cancel(id_: int) -> Response:
    """Stop one that is not out."""
    return _do(id_, changing.cancel, _("已取消。"))


@screen.post("/deliveries/<int:id_>/reschedule")
def reschedule(id_: int) -> Response:
    """Give it another time; its text stays the one it has, which the answer says when there is a newer one."""
    at = instant_of(request.form.get("at", ""), editor().zone)
    if at is None:
        words = Words("DLV-212 请选择发布时间。", "DLV-212 Choose the time of publication.")
        return _page(id_, notice=words, status=422)
    delivery = _find(id_)
    has, newest = delivery.revision.number, delivery.interpretation.version
    older = _("已改时间，发布的仍是第 %(has)s 版（已有第 %(newest)s 版）。", has=has, newest=newest)
    answer = _do(id_, changing.reschedule, older if has < newest else _("已改时间。"), at=at)
    release_now()
    return answer


@screen.post("/deliveries/<int:id_>/text")
def text(id_: int) -> Response:
    """Take the newer version of the text, and another time if one is given, in one step."""
    delivery = _find(id_)
    number = request.form.get("number", 0, type=int)
    with services().db.reading() as session:
        revision = session.scalar(
            select(Revision.id).where(
                Revision.interpretation_id == delivery.interpretation_id, Revision.number == number
            )
        )
    given = request.form.get("at", "")
    values = {"revision_id": revision or 0, "at": instant_of(given, editor().zone) if given else None}
    answer = _do(id_, replace_text, _("已换成第 %(number)s 版。", number=number), **values)
    release_now()
    return answer


@screen.post("/deliveries/<int:id_>/hand")
def hand(id_: int) -> Response:
    """Record what a person posted, and where."""
    return _do(id_, changing.record_hand, _("已登记发布链接。"), url=request.form.get("url", ""))


@screen.post("/deliveries/<int:id_>/settle")
def settle(id_: int) -> Response:
    """Record what a person saw at the platform of a delivery whose answer was lost."""
    there = request.form.get("there") == "yes"
    done = _("已登记：平台上有。") if there else _("已登记：平台上没有，可以重试。")
    answer = _do(id_, changing.settle, done, there=there, url=request.form.get("url", ""))
    release_now()
    return answer


@screen.post("/deliveries/<int:id_>/withdrawn")
def withdrawn(id_: int) -> Response:
    """Record that a person took it down."""
    return _do(id_, record_withdrawn, _("已登记撤下。"), note=request.form.get("note", ""))


@screen.post("/deliveries/<int:id_>/takedown")
def takedown(id_: int) -> Response:
    """Let the system take it down once more."""
    answer = _do(id_, try_again, _("系统再撤下一次。"))
    release_now()
    return answer
