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
from sqlalchemy.orm import Session, joinedload, selectinload

from channels.short_links import Kind as ShortKind
from channels.short_links import Target
from channels.words import Words
from hub.console import tracking
from hub.console.artefacts import manifest_of
from hub.console.bulk import told_cancelled
from hub.console.fields import instant_of, local_field
from hub.console.here import actor, editor, guarding, now, release_now, services
from hub.console.links import is_inside, see
from hub.console.reading import MOVING
from hub.console.short_links import link_of
from hub.console.toasts import undoable
from hub.console.tracking import Piece, Scope, Wanted
from hub.console.wanting import here, wanted
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import State
from hub.domain.troubles import Trouble
from hub.models import Account, Delivery, Interpretation, Move, Office, Revision
from hub.publishing import changing
from hub.publishing.correcting import replace_text
from hub.publishing.screenshots import MAX_BYTES
from hub.publishing.withdrawing import record_withdrawn, try_again

screen = Blueprint("deliveries", __name__)
screen.before_request(guarding(Right.READ, Right.PUBLISH))

# Says what was done, given the instant, the delivery's new version and the page that follows.
Said = Callable[[datetime, int, str], None]
SOON = timedelta(seconds=90)
UNDER_WAY = frozenset({State.QUEUED, State.WORKING, State.CONFIRMING, State.UNKNOWN, State.WITHDRAWING})


def poll_seconds(rows: list[Delivery], at: datetime) -> int:
    """How soon the page looks again: every second while something is under way, seldom while all waits for its time
    or for a person, never (0) when nothing more happens by itself.
    """
    # What is a person's task waits for the person.
    states = {State(d.state) for d in rows if d.hand_by is None}
    if states & UNDER_WAY:
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


@screen.app_template_global("poll_pieces")
def poll_pieces(pieces: Sequence[Piece], at: datetime) -> int:
    """The same for interpretations with their counted chips. What is shown of each is all that is asked for a time."""
    states = {state for piece in pieces for chip in piece.chips for state in chip.states}
    if states & (UNDER_WAY - {State.UNKNOWN, State.WITHDRAWING}):
        return 2
    return poll_seconds([d for piece in pieces for d in (*piece.pressing, *piece.others)], at)


@screen.app_template_global("poll_seconds")
def _poll_seconds(rows: list[Delivery], at: datetime) -> int:
    return poll_seconds(rows, at)


@screen.get("/deliveries")
def listing() -> str:
    """The deliveries by interpretation, or one interpretation's; with `fragment` the rows alone."""
    asked = wanted(request.args)
    with services().db.reading() as session:
        scope = Scope.of(session, editor().id)
        values: dict[str, Any] = {"pieces": (), "rows": ()}
        if asked.piece_id is None:
            values["pieces"], values["after"] = tracking.pieces(session, asked, scope)
        else:
            values["rows"], values["after"] = tracking.of_one(session, asked, scope)
        values["numbers"] = tracking.numbers(session, asked, scope)
        fragment = bool(request.args.get("fragment"))
        if not fragment:
            values |= _around(session, asked)
    template = "console/_tracked.html" if fragment else "console/deliveries.html"
    return render_template(
        template,
        wanted=asked,
        here=here(asked),
        kind=asked.show,
        piece=asked.piece_id,
        picking=editor().may(Right.PUBLISH) and not request.args.get("panel"),
        at=now(),
        **values,
    )


def _around(session: Session, asked: Wanted) -> dict[str, Any]:
    """What stands around the rows: the filters' choices, and the interpretation that is looked at."""
    mine = session.scalar(select(Office.area_id).where(Office.id == editor().office_id)) or 0
    way, below = tracking.subtree(session, asked.area_id, mine)
    title, link = "", None
    if asked.piece_id is not None:
        found = session.get(Interpretation, asked.piece_id)
        if found is None:
            abort(404)
        title, link = found.title, link_of(session, Target(ShortKind.PIECE, found.id), found.office)
    return {"way": way, "below": below, "title": title, "link": link, "channels": list(services().channels)}


@screen.get("/deliveries/<int:id_>")
def one(id_: int) -> Response:
    """One delivery."""
    return _page(id_)


def _find(id_: int) -> Delivery:
    with services().db.reading() as session:
        delivery = session.scalars(
            select(Delivery)
            .join(Account)
            .where(Delivery.id == id_, Scope.of(session, editor().id).where)
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
        poll=3 if delivery.state == State.AWAITING_HAND else poll_seconds([delivery], now()),
        later=local_field(max(delivery.due_at, now() + timedelta(hours=1)), editor().zone),
        notice=notice,
        advice=advice,
    )
    return make_response(body, status)


def _do(id_: int, verb: Callable[..., int], done: str | Said, **values: Any) -> Response:
    """Call a verb of delivery for the version the editor saw, then show where it stands. What was done is said as a
    sentence, or by a function of the instant, the new version and the page that follows.
    """
    _find(id_)
    version, at = request.form.get("version", 0, type=int), now()
    try:
        version = verb(services(), actor=actor(), delivery_id=id_, version=version, now=at, **values)
    except Refusal as refusal:
        words = refusal.coded
        return _page(id_, notice=words, advice=refusal.suggestion, status=422)
    back = request.form.get("next", "")
    target = back if is_inside(back) else url_for("deliveries.one", id_=id_)
    flash(done) if isinstance(done, str) else done(at, version, target)
    return see(target)


@screen.post("/deliveries/<int:id_>/retry")
def retry(id_: int) -> Response:
    """Send a failed or held one now."""
    answer = _do(id_, changing.retry, _("已重新发送。"))
    release_now()
    return answer


@screen.post("/deliveries/<int:id_>/cancel")
def cancel(id_: int) -> Response:
    """Stop one that is not out; the answer has the way back in it."""
    return _do(id_, changing.cancel, lambda at, _version, back: told_cancelled(at, 1, back))


@screen.post("/deliveries/<int:id_>/reschedule")
def reschedule(id_: int) -> Response:
    """Give it another time; its text stays the one it has, which the answer says when there is a newer one. The answer
    has the way back in it as long as the old time is still to come.
    """
    at = instant_of(request.form.get("at", ""), editor().zone)
    if at is None:
        words = Words("DLV-212 请选择发布时间。", "DLV-212 Choose the time of publication.")
        return _page(id_, notice=words, status=422)
    before = _find(id_)
    has, newest = before.revision.number, before.interpretation.version
    older = _("已改时间，发布的仍是第 %(has)s 版（已有第 %(newest)s 版）。", has=has, newest=newest)
    sentence = older if has < newest else _("已改时间。")

    def said(instant: datetime, version: int, back: str) -> None:
        if before.state != State.SCHEDULED or before.due_at <= instant:
            return flash(sentence)
        old = f"{before.due_at.astimezone(editor().zone):%Y-%m-%dT%H:%M:%S}"
        return undoable(sentence, url_for("deliveries.reschedule", id_=id_), version=version, at=old, next=back)

    answer = _do(id_, changing.reschedule, said, at=at)
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
    """Record what a person posted: where, or the picture that shows it."""
    upload = request.files.get("screenshot")
    picture = upload.stream.read(MAX_BYTES + 1) if upload is not None and upload.filename else None
    return _do(id_, changing.record_hand, _("已登记发布。"), url=request.form.get("url", ""), screenshot=picture)


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
