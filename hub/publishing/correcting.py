"""更正: a published interpretation put right everywhere; and deliveries that take a newer revision while they wait."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from channels.base import Severity
from channels.manuscript import Correction as Told
from channels.words import Words
from hub.approvals import require_signed
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import OPEN, RESCHEDULABLE, State
from hub.manuscripts import manuscript_of
from hub.models import Account, Correction, Delivery, Revision
from hub.permissions import require
from hub.publishing.access import (
    find_delivery,
    hold_piece,
    require_reason,
    require_state,
    require_time,
    settle_published_at,
)
from hub.publishing.changing import ANEW, require_newest
from hub.publishing.scheduling import (
    OPEN_ALREADY,
    TRIES,
    Checked,
    Outcome,
    checks,
    new_delivery,
    new_key,
    start_clean,
)
from hub.services import Services
from hub.wordlists import stopping_words
from hub.workflow import Actor, move


@dataclass(frozen=True)
class _Wanted:
    """A correction as it was asked for."""

    actor: Actor
    revision: Revision
    reason: str
    due: datetime
    now: datetime


def correct(
    services: Services,
    *,
    actor: Actor,
    interpretation_id: int,
    revision_id: int,
    reason: str,
    now: datetime,
    at: datetime | None = None,
) -> list[Outcome]:
    """Put the newer revision in the place of the published one on every account, with the reason that the public reads,
    at `at` (None: now). Identity, address and publication time stay.

    An account gets no delivery when a finding blocks, it has an open one, or it shows this revision or a newer one; its
    outcome says so. When none gets one, no correction is recorded. Raises Refusal when there is no such revision of
    this interpretation, it is not signed off, nothing of the interpretation is published, or the time or the reason
    won't do.
    """
    with services.db.reading() as session:
        revision = session.get(Revision, revision_id)
        if revision is None or revision.interpretation_id != interpretation_id:
            raise Refusal("DLV-405", Words("没有这个版本。", "There is no such revision."))
        require(session, actor, Right.PUBLISH, revision.interpretation.office_id)
        reason, due = require_reason(reason), require_time(at, now)
        standing = _standing(session, interpretation_id)
        _require_published(session, revision, standing)
        require_signed(session, revision)
        told = Told(at=due, reason=reason, number=_number(session, interpretation_id))
        manuscript = manuscript_of(session, revision, services.artefacts, due, correction=told)
        own = stopping_words(session, revision.interpretation.office_id, manuscript.content)
        ids = list(standing)
        accounts = session.scalars(
            select(Account).where(Account.id.in_(ids)).options(joinedload(Account.office)).order_by(Account.id)
        ).all()
    checked = list(checks(services, manuscript, accounts, own))
    return _stored(services, _Wanted(actor, revision, reason, due, now), checked)


def _stored(services: Services, wanted: _Wanted, checked: Sequence[Checked]) -> list[Outcome]:
    """Once more when somebody else made an account's next delivery at the same moment."""
    for _ in range(TRIES - 1):
        with suppress(IntegrityError), services.db.writing() as session:
            return _store(session, wanted, checked)
    with services.db.writing() as session:
        return _store(session, wanted, checked)


def _standing(session: Session, interpretation_id: int) -> dict[int, tuple[int, int]]:
    """Of each account where the interpretation is published: the delivery that stands there, and its revision's number.
    The latest in time, not in number: whatever was posted last is what people see.
    """
    rows = session.execute(
        select(Delivery.account_id, Delivery.id, Revision.number)
        .join(Revision, Revision.id == Delivery.revision_id)
        .where(Delivery.interpretation_id == interpretation_id, Delivery.state == State.PUBLISHED)
        .order_by(Delivery.finished_at, Delivery.id)
    )
    return {account_id: (id_, number) for account_id, id_, number in rows}


def _require_published(session: Session, revision: Revision, standing: dict[int, tuple[int, int]]) -> None:
    if not standing:
        gone = session.scalar(
            select(Delivery.id)
            .where(
                Delivery.interpretation_id == revision.interpretation_id,
                Delivery.state.in_((State.WITHDRAWING, State.WITHDRAWN)),
            )
            .limit(1)
        )
        if gone is not None:
            raise Refusal(
                "DLV-231",
                Words("这篇稿件已经撤回，不能更正。", "This text has been withdrawn; it can't be corrected."),
                Words("可以把新版重新发布。", "Publish the new version anew instead."),
            )
        raise Refusal("DLV-232", Words("这篇稿件还没有发布。", "Nothing of this text is published yet."))
    if all(number >= revision.number for _, number in standing.values()):
        raise Refusal(
            "DLV-233",
            Words("已发布的就是这一版。", "What is published is this version already."),
            Words("请先修改稿件并保存，再发布更正。", "Change the text and save it first, then correct."),
        )


def _number(session: Session, interpretation_id: int) -> int:
    query = select(func.max(Correction.number)).where(Correction.interpretation_id == interpretation_id)
    return (session.scalar(query) or 0) + 1


def _store(session: Session, wanted: _Wanted, checked: Sequence[Checked]) -> list[Outcome]:
    piece = wanted.revision.interpretation_id
    hold_piece(session, piece)
    standing = _standing(session, piece)
    refusals = _refusals(session, wanted, standing, [c.account.id for c in checked])
    if all(not c.clean or c.account.id in refusals for c in checked):
        return start_clean(session, checked, refusals, {}, actor=wanted.actor, now=wanted.now)
    correction = _record(session, wanted)
    rows = {
        account: new_delivery(
            wanted.revision,
            c.account,
            wanted.due,
            wanted.now,
            correction_id=correction.id,
            replaces_id=standing[account][0],
        )
        for c in checked
        if (account := c.account.id) in standing
    }
    reason = f"更正 correction: {wanted.reason}"
    return start_clean(session, checked, refusals, rows, actor=wanted.actor, now=wanted.now, reason=reason)


def _refusals(
    session: Session, wanted: _Wanted, standing: dict[int, tuple[int, int]], accounts: Sequence[int]
) -> dict[int, Words]:
    """By account, why it gets no correction."""
    mine = Delivery.interpretation_id == wanted.revision.interpretation_id
    is_open = session.scalars(select(Delivery.account_id).where(mine, Delivery.state.in_(OPEN)))
    refusals = dict.fromkeys(is_open, OPEN_ALREADY)
    for account in accounts:
        if account not in standing:
            refusals.setdefault(account, _GONE)
        elif standing[account][1] >= wanted.revision.number:
            refusals.setdefault(account, _THERE_ALREADY)
    return refusals


def _record(session: Session, wanted: _Wanted) -> Correction:
    """The correction's row; the same one when the very same is asked for again for accounts that had been left out."""
    piece = wanted.revision.interpretation_id
    last = session.scalars(
        select(Correction).where(Correction.interpretation_id == piece).order_by(Correction.number.desc()).limit(1)
    ).first()
    if last is not None and (last.revision_id, last.reason) == (wanted.revision.id, wanted.reason):
        return last
    row = Correction(
        interpretation_id=piece,
        revision_id=wanted.revision.id,
        number=last.number + 1 if last else 1,
        # When the public is told, not when it was decided.
        at=wanted.due,
        reason=wanted.reason,
        actor=wanted.actor.name,
        user_id=wanted.actor.user_id,
    )
    session.add(row)
    session.flush()
    return row


_GONE = Words("DLV-234 这篇稿件刚从此账号撤回。", "DLV-234 This text has just been withdrawn from this account.")
_THERE_ALREADY = Words(
    "DLV-205 此账号已发布这一版或更新的版本。", "DLV-205 This revision, or a newer one, is already published there."
)


def replace_text(
    services: Services,
    *,
    actor: Actor,
    delivery_id: int,
    version: int,
    revision_id: int,
    now: datetime,
    at: datetime | None = None,
) -> int:
    """Let a delivery that is not out take a newer revision, and with `at` another time, in one move: nobody ever sees
    the old text at the new time or the new text at the old. Without `at` its time stays; one that has passed is now.
    Returns the delivery's new version. Raises Refusal when it is too late, the revision isn't a newer one of the same
    interpretation or not signed off, a finding blocks, or the time has passed; ConflictError when somebody was faster.
    """
    with services.db.reading() as session:
        delivery = find_delivery(session, actor, delivery_id, version)
        given = require_time(at, now) if at is not None else None
        require_state(delivery, RESCHEDULABLE, Words("不能换版本", "can't take another version"))
        revision = session.get(Revision, revision_id)
        if revision is None or revision.interpretation_id != delivery.interpretation_id:
            raise Refusal("DLV-405", Words("没有这个版本。", "There is no such revision."))
        if revision.number <= delivery.revision.number:
            raise Refusal("DLV-235", Words("这不是更新的版本。", "That is not a newer version."))
        require_signed(session, revision)
        due = given or max(delivery.due_at, now)
        manuscript = manuscript_of(session, revision, services.artefacts, due)
        own = stopping_words(session, revision.interpretation.office_id, manuscript.content)
        account = session.get_one(Account, delivery.account_id, options=[joinedload(Account.office)])
    _require_clean(next(iter(checks(services, manuscript, [account], own))))
    with services.db.writing() as session:
        delivery = find_delivery(session, actor, delivery_id, version)
        require_newest(session, delivery)
        anew = {**ANEW, "hold_id": None, "artefact": None, "item": None, "render_ms": None}
        values = {**anew, "due_at": due, "revision_id": revision.id, "key": new_key(revision)}
        reason = f"换成第{revision.number}版 now version {revision.number}"
        move(session, delivery, State.SCHEDULED, actor=actor, now=now, reason=reason, **values)
        settle_published_at(session, delivery.interpretation_id)
        return delivery.version


def _require_clean(checked: Checked) -> None:
    if checked.refusal is not None:
        code, _, zh = checked.refusal.zh.partition(" ")
        raise Refusal(code, Words(zh, checked.refusal.en.partition(" ")[2]))
    for finding in checked.findings:
        if finding.severity in (Severity.BLOCK, Severity.SKIP):
            raise Refusal(finding.code, finding.sentence, finding.suggestion)
