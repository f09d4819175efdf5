"""撤回 and 更正: the public's reason, what happens on each account, and what a person records of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, joinedload

from channels.base import Replaces, Retracts, Sends, Sited
from channels.words import NO_WORDS, Words
from hub.approvals import judgement
from hub.console.fields import instant_of, local_field
from hub.console.here import actor, editor, guarding, now, release_now, services
from hub.console.language import in_language
from hub.console.links import see
from hub.console.outcomes import passed_over
from hub.console.toasts import undoable
from hub.domain.deadlines import HAND_TIME
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import CANCELLABLE, State
from hub.domain.troubles import TURN_WORDS, Trouble, Turn
from hub.models import Account, Delivery, Interpretation, Move, Revision
from hub.publishing.correcting import correct
from hub.publishing.scheduling import Outcome
from hub.publishing.undoing import undo_withdrawal
from hub.publishing.withdrawing import UNDECIDED, withdraw

screen = Blueprint("correcting", __name__)
screen.before_request(guarding(Right.PUBLISH, Right.PUBLISH))

NO_TIME = Words("请选择发布时间。", "Choose the time of publication.")

# What happens to an account's post: the words, an icon, a tone.
WAYS: dict[str, tuple[Any, str, str]] = {
    "notice": (lazy_gettext("网页换成撤回说明"), "file-text", "blue"),
    "retract": (lazy_gettext("由系统撤下"), "undo-2", "blue"),
    "cancel": (lazy_gettext("尚未发出，取消"), "ban", "grey"),
    "wait": (lazy_gettext("正在处理，有结果后撤下"), "hourglass", "amber"),
    "replace": (lazy_gettext("换成新版，注明更正"), "rotate-cw", "blue"),
    "there": (lazy_gettext("已是新版"), "circle-check", "green"),
    "hand": (lazy_gettext("请人工处理"), "hand", "amber"),
}


@dataclass(frozen=True)
class Prospect:
    """One account, and what will happen there."""

    delivery: Delivery
    way: str

    @property
    def words(self) -> tuple[Any, str, str]:
        """The way's words, icon and tone."""
        return WAYS[self.way]


@screen.app_template_global("turn_words")
def turn_words(trouble: Trouble) -> str:
    """Whose turn it is; empty for a trouble stored long ago."""
    return in_language(TURN_WORDS[Turn(trouble["turn"])]) if trouble.get("turn") in set(Turn) else ""


@screen.route("/interpretations/<int:id_>/withdraw", methods=["GET", "POST"])
def withdrawing(id_: int) -> Response:
    """Ask for the reason and show what happens where; by POST, withdraw."""
    if request.method == "GET":
        return _withdrawing(id_)
    _piece(id_)
    reason = request.form.get("reason", "")
    try:
        done = withdraw(services(), actor=actor(), interpretation_id=id_, reason=reason, now=now())
    except Refusal as refusal:
        return _withdrawing(id_, reason, refusal)
    undoable(_("正在从所有渠道撤回。"), url_for("correcting.taken_back", id_=done.withdrawal_id))
    release_now()
    return see(url_for("publishing.panel", id_=id_) + "#deliveries")


@screen.post("/withdrawals/<int:id_>/undo")
def taken_back(id_: int) -> Response:
    """Take a withdrawal back that nobody has acted upon yet."""
    done = undo_withdrawal(services(), actor=actor(), withdrawal_id=id_, now=now())
    flash(_("已撤销撤回，稿件照旧。"))
    if done.by_hand:
        flash(_("其中 %(count)s 项由人工发布：如已到平台删除，请重新发布。", count=done.by_hand))
    if left := sum(o.delivery_id is None for o in done.outcomes):
        flash(_("%(count)s 项不能重新排期。", count=left))
    release_now()
    return see(url_for("publishing.panel", id_=done.interpretation_id) + "#deliveries")


def _withdrawing(id_: int, reason: str = "", refusal: Refusal | None = None) -> Response:
    piece = _piece(id_)
    with services().db.reading() as session:
        going = Delivery.state.in_((*CANCELLABLE - {State.FAILED}, *UNDECIDED, State.PUBLISHED))
        rows = _rows(session, id_, going)
        by_hand = _posted_by_hand(session, id_)
    replaced = {row.replaces_id for row in rows if row.state == State.PUBLISHED}
    prospects = [Prospect(row, _way_back(row, by_hand)) for row in rows if row.id not in replaced]
    return _page("console/withdraw.html", piece, prospects, reason, refusal)


def _way_back(row: Delivery, by_hand: set[int]) -> str:
    if row.state in CANCELLABLE:
        return "cancel"
    if row.state in UNDECIDED:
        return "wait"
    channel = services().channels.get(row.channel)
    if isinstance(channel, Sited):
        return "notice"
    return "retract" if isinstance(channel, Retracts) and row.id not in by_hand else "hand"


@screen.route("/interpretations/<int:id_>/correct", methods=["GET", "POST"])
def correcting(id_: int) -> Response:
    """Ask for the reason and the time and show what happens where; by POST, correct."""
    if request.method == "GET":
        return _correcting(id_)
    piece = _piece(id_)
    form = request.form
    given = instant_of(form.get("at", ""), editor().zone) if form.get("when") == "at" else None
    if form.get("when") == "at" and given is None:
        return _correcting(id_, Refusal("DLV-212", NO_TIME))
    if form.get("revision", 0, type=int) != (newest := _newest(id_).id):
        return _correcting(id_, Refusal("DLV-213", NEWER, NEWER_ADVICE))
    asked: dict[str, Any] = {"interpretation_id": id_, "revision_id": newest, "reason": form.get("reason", "")}
    try:
        outcomes = correct(services(), actor=actor(), now=now(), at=given, **asked)
    except Refusal as refusal:
        return _correcting(id_, refusal)
    release_now()
    left = [o for o in outcomes if o.delivery_id is None and not passed_over(o)]
    if left:
        return _correcting(id_, outcomes=left)
    flash(_("正在更正 %(count)s 项。", count=sum(o.delivery_id is not None for o in outcomes)))
    return see(url_for("publishing.panel", id_=piece.id) + "#deliveries")


NEWER = Words("稿件刚刚有了新的版本，还没有更正。", "There is a newer version of the text; nothing was corrected.")
NEWER_ADVICE = Words("请核对下面的版本，再确认更正。", "Check the version below, then correct.")


def _correcting(id_: int, refusal: Refusal | None = None, outcomes: Sequence[Outcome] = ()) -> Response:
    piece, revision = _piece(id_), _newest(id_)
    with services().db.reading() as session:
        rows = _rows(session, id_, Delivery.state == State.PUBLISHED)
        found = judgement(session, revision)
        by_hand = _posted_by_hand(session, id_)
    newest = {row.account_id: row for row in rows}
    prospects = [Prospect(row, _way_on(row, revision, by_hand)) for row in newest.values()]
    more = {
        "revision": revision,
        "found": found,
        "outcomes": outcomes,
        "when": request.form.get("when", "now"),
        "when_at": request.form.get("at") or local_field(now() + timedelta(hours=1), editor().zone),
    }
    return _page("console/correct.html", piece, prospects, request.form.get("reason", ""), refusal, **more)


def _way_on(row: Delivery, revision: Revision, by_hand: set[int]) -> str:
    if row.revision.number >= revision.number:
        return "there"
    channel = services().channels.get(row.channel)
    if isinstance(channel, Sited):
        return "replace"
    able = isinstance(channel, Sends) and isinstance(channel, Replaces)
    return "replace" if able and row.id not in by_hand else "hand"


def _page(
    template: str, piece: Interpretation, prospects: list[Prospect], reason: str, refusal: Refusal | None, **more: Any
) -> Response:
    words = refusal.coded if refusal else None
    body = render_template(
        template,
        piece=piece,
        prospects=prospects,
        reason=reason,
        hours=HAND_TIME.total_seconds() / 3600,
        notice=words,
        advice=refusal.suggestion if refusal else NO_WORDS,
        **more,
    )
    return make_response(body, 422 if refusal else 200)


def _piece(id_: int) -> Interpretation:
    with services().db.reading() as session:
        piece = session.get(Interpretation, id_)
    if piece is None or piece.office_id != editor().office_id:
        abort(404)
    return piece


def _newest(id_: int) -> Revision:
    with services().db.reading() as session:
        newest = select(Revision).where(Revision.interpretation_id == id_).order_by(Revision.number.desc()).limit(1)
        return session.scalars(newest).one()


def _rows(session: Session, id_: int, which: ColumnElement[bool]) -> Sequence[Delivery]:
    together = (joinedload(Delivery.account).joinedload(Account.area), joinedload(Delivery.revision))
    return session.scalars(
        select(Delivery).where(Delivery.interpretation_id == id_, which).order_by(Delivery.id).options(*together)
    ).all()


def _posted_by_hand(session: Session, id_: int) -> set[int]:
    """The deliveries that a person posted: no program of ours knows where they are."""
    by_hand = exists().where(
        Move.delivery_id == Delivery.id, Move.source == State.AWAITING_HAND, Move.target == State.PUBLISHED
    )
    return set(session.scalars(select(Delivery.id).where(Delivery.interpretation_id == id_, by_hand)))
