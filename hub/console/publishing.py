"""发布: choose accounts and a time, publish or schedule, and see at once what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from channels.words import Words
from hub.approvals import judgement, who_can
from hub.console import tracking
from hub.console.areas import branches
from hub.console.fields import instant_of, local_field
from hub.console.here import actor, editor, guarding, now, release_now, services
from hub.console.language import in_language
from hub.console.links import see
from hub.console.outcomes import passed_over
from hub.console.reading import newest_there
from hub.console.tracking import Scope, Wanted
from hub.console.wanting import here
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import CANCELLABLE, State
from hub.editorial.judging import last_submission
from hub.models import Account, Delivery, Interpretation, Review, Revision, User, Withdrawal
from hub.publishing.scheduling import Outcome, schedule
from hub.publishing.withdrawing import UNDECIDED, standing_withdrawal

screen = Blueprint("publishing", __name__)
screen.before_request(guarding(Right.READ, Right.PUBLISH))

NO_ACCOUNT = Words("DLV-211 请至少选择一个账号。", "DLV-211 Choose at least one account.")
NEWER = Words(
    "DLV-213 稿件刚刚有了新的版本，还没有发布。请核对下面的版本，再确认发布。",
    "DLV-213 There is a newer version of the text; nothing was published. Check the version below, then publish.",
)
WITHDRAWN = Words(
    "DLV-215 这篇稿件刚刚被撤回，没有发布。请看撤回原因，再确认是否重新发布。",
    "DLV-215 This text has just been withdrawn; nothing was published. Read why, then decide to publish it again.",
)
NO_TIME = Words("DLV-212 请选择发布时间。", "DLV-212 Choose the time of publication.")


@dataclass(frozen=True)
class Chosen:
    """What stands in the panel."""

    account_ids: Sequence[int]
    when: str = "now"
    at: str = ""


@screen.route("/interpretations/<int:id_>/publish", methods=["GET", "POST"])
def panel(id_: int) -> Response:
    """The panel and this interpretation's deliveries; by POST, the scheduling."""
    return _panel(id_, None) if request.method == "GET" else _schedule(id_)


def _schedule(id_: int) -> Response:
    chosen = Chosen(
        [int(a) for a in request.form.getlist("account") if a.isdigit()],
        request.form.get("when", "now"),
        request.form.get("at", ""),
    )
    at = instant_of(chosen.at, editor().zone) if chosen.when == "at" else None
    if not chosen.account_ids or (chosen.when == "at" and at is None):
        return _panel(id_, chosen, notice=NO_TIME if chosen.account_ids else NO_ACCOUNT, status=422)
    _, newest, _ = _piece(id_)
    if request.form.get("revision", type=int) != newest.id:
        return _panel(id_, chosen, notice=NEWER, status=409)
    gone = _standing(id_).withdrawal
    if gone is not None and request.form.get("withdrawal", type=int) != gone.id:
        return _panel(id_, chosen, notice=WITHDRAWN, status=409)
    try:
        outcomes = schedule(
            services(),
            actor=actor(),
            revision_id=newest.id,
            account_ids=chosen.account_ids,
            at=at,
            now=now(),
        )
    except Refusal as refusal:
        words = refusal.coded
        return _panel(id_, chosen, notice=words, advice=refusal.suggestion, status=422)
    return _outcome(id_, chosen, outcomes, at)


def _outcome(id_: int, chosen: Chosen, outcomes: Sequence[Outcome], at: datetime | None) -> Response:
    release_now()
    done = [o for o in outcomes if o.delivery_id is not None]
    skipped = [o for o in outcomes if o.delivery_id is None and passed_over(o)]
    if not done or len(done) + len(skipped) < len(outcomes):
        return _panel(id_, chosen, outcomes=outcomes)
    flash(_("已排期 %(count)s 项。", count=len(done)) if at else _("正在发布 %(count)s 项。", count=len(done)))
    for words in dict.fromkeys(f.sentence for o in done for f in o.findings if f.code == "PUB-201"):
        flash(f"PUB-201 {in_language(words)}")
    for outcome in skipped:
        flash(_("%(account)s：这篇稿件不发这个渠道。", account=outcome.account_name))
    return see(url_for("publishing.panel", id_=id_) + "#deliveries")


def again(id_: int, chosen: Chosen, notice: Words, advice: Words | None = None) -> Response:
    """The panel as it was filled in, with what stood in the way."""
    return _panel(id_, chosen, notice=notice, advice=advice, status=422)


def _piece(id_: int) -> tuple[Interpretation, Revision, User | None]:
    with services().db.reading() as session:
        revision = session.scalars(
            select(Revision)
            .join(Interpretation)
            .where(Interpretation.id == id_, Interpretation.office_id == editor().office_id)
            .order_by(Revision.number.desc())
            .limit(1)
            .options(joinedload(Revision.interpretation), joinedload(Revision.author))
        ).first()
        if revision is None:
            abort(404)
        return revision.interpretation, revision, revision.author


@dataclass(frozen=True)
class Standing:
    """What may be done about all of a text's deliveries: it is out in an older version, it can be taken back, it has
    been taken back.
    """

    older: int | None
    withdrawable: bool
    withdrawal: Withdrawal | None
    # Where it is out: what is newer goes there as a correction, not as a second post.
    account_ids: frozenset[int]


def _standing(id_: int) -> Standing:
    with services().db.reading() as session:
        rows = session.execute(
            select(Delivery.state, func.min(Revision.number))
            .join(Revision, Revision.id == Delivery.revision_id)
            .where(Delivery.interpretation_id == id_, newest_there())
            .group_by(Delivery.state)
        ).all()
        there = select(Delivery.account_id).where(Delivery.interpretation_id == id_, Delivery.state == State.PUBLISHED)
        accounts = frozenset(session.scalars(there))
        withdrawal = standing_withdrawal(session, id_)
        newest = session.scalar(select(Interpretation.version).where(Interpretation.id == id_)) or 0
    numbers = {State(state): number for state, number in rows}
    out = numbers.get(State.PUBLISHED)
    able = bool(numbers.keys() & {State.PUBLISHED, *UNDECIDED, *CANCELLABLE - {State.FAILED}})
    return Standing(out if out is not None and out < newest else None, able, withdrawal, accounts)


def _panel(
    id_: int,
    chosen: Chosen | None,
    *,
    outcomes: Sequence[Outcome] = (),
    notice: Words | None = None,
    advice: Words | None = None,
    status: int = 200,
) -> Response:
    piece, revision, author = _piece(id_)
    standing, asked = _standing(id_), Wanted(piece_id=id_)
    with services().db.reading() as session:
        accounts = _accounts(session)
        values: dict[str, Any] = {"tree": branches(session, accounts), "found": judgement(session, revision)}
        pending = values["found"].pending
        values["who"] = who_can(session, piece.office_id, pending) if pending else None
        values["rows"], values["after"] = tracking.of_one(session, asked, Scope.of(session, editor().id))
        submission = last_submission(session, revision.id)
    if chosen is None:
        chosen = _suggested([a.id for a in accounts if a.id not in standing.account_ids], submission)
    values |= {"piece": piece, "revision": revision, "author": author, "chosen": chosen, "standing": standing}
    values |= {"outcomes": outcomes, "notice": notice, "advice": advice}
    body = render_template("console/publish.html", wanted=asked, here=here(asked), at=now(), **values)
    return make_response(body, status)


def _accounts(session: Session) -> Sequence[Account]:
    """The office's that are in use, each with its area."""
    mine = select(Account).where(Account.office_id == editor().office_id, Account.active)
    return session.scalars(mine.options(joinedload(Account.area)).order_by(Account.id)).all()


def _suggested(account_ids: Sequence[int], submission: Review | None) -> Chosen:
    """What stands in the panel at first: where and when it was meant to go out, else everywhere and now."""
    plan = (submission.plan if submission else None) or {}
    planned = datetime.fromisoformat(plan["at"]) if plan.get("at") else None
    meant = [i for i in account_ids if i in set(plan.get("accounts", account_ids))]
    ahead = planned is not None and planned > now()
    at = planned if ahead and planned else now() + timedelta(hours=1)
    return Chosen(meant, "at" if ahead else "now", local_field(at, editor().zone))
