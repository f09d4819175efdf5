"""撤回: taking an interpretation back from every channel in one action, and what a person records of it.

What is not out is cancelled. What a worker has in its hand, or whose fate is unknown, is marked: it is cancelled or
taken down as soon as it has ended. What is out is handed to the workers (`hub.publishing.retracting`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from channels.base import Sited
from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import CANCELLABLE, State
from hub.models import Account, Delivery, Interpretation, Withdrawal
from hub.permissions import require
from hub.publishing.access import (
    find_delivery,
    hold_piece,
    require_reason,
    require_state,
    settle_published_at,
    signature,
)
from hub.publishing.retracting import retract, withdrawn
from hub.services import Services
from hub.site import site_of, want
from hub.workflow import Actor, move, move_all

# A worker has it, or nobody knows yet whether it is out.
UNDECIDED = frozenset({State.WORKING, State.CONFIRMING, State.UNKNOWN})
# What a delivery begins its way back with, and stands with when that is called off.
AS_BEFORE: dict[str, Any] = {"attempt": 0, "ready_at": None, "hinted_at": None, "hand_by": None, "trouble": None}


@dataclass(frozen=True)
class Summary:
    """What a withdrawal set going: the ids of the deliveries, by what becomes of them."""

    withdrawal_id: int
    # They will not go out.
    cancelled: Sequence[int]
    # Under way or unknown: taken down as soon as they turn out to be out.
    marked: Sequence[int]
    # Out: now taken down, replaced or marked, or a person's task.
    withdrawing: Sequence[int]
    # Replaced by one of those above before, so gone with it.
    followed: Sequence[int]

    @property
    def delivery_ids(self) -> list[int]:
        """All of them, in ascending order."""
        return sorted([*self.cancelled, *self.marked, *self.withdrawing, *self.followed])


def withdraw(services: Services, *, actor: Actor, interpretation_id: int, reason: str, now: datetime) -> Summary:
    """Take the interpretation back from every channel, with the reason that the public reads. Raises Refusal when
    there is no such interpretation, none of it is out or on its way, or the reason is missing or too long.
    """
    with services.db.writing() as session:
        if session.get(Interpretation, interpretation_id) is None:
            raise Refusal("DLV-405", Words("没有这篇稿件。", "There is no such text."))
        # Two withdrawals at the same moment are one and a refusal; nothing is scheduled meanwhile.
        piece = hold_piece(session, interpretation_id)
        require(session, actor, Right.PUBLISH, piece.office_id)
        reason = require_reason(reason)
        by_state = _locked(session, interpretation_id)
        if not any(by_state.get(s) for s in (*CANCELLABLE - {State.FAILED}, *UNDECIDED, State.PUBLISHED)):
            raise Refusal("DLV-221", _nothing(by_state))
        withdrawal = Withdrawal(
            interpretation_id=interpretation_id, at=now, reason=reason, actor=actor.name, user_id=actor.user_id
        )
        session.add(withdrawal)
        session.flush()
        done = _Withdrawing(services, session, actor, now, withdrawal).all(by_state)
        settle_published_at(session, interpretation_id)
        return done


def _locked(session: Session, interpretation_id: int) -> dict[State, list[int]]:
    """The interpretation's deliveries by state. Locked: none of them moves until all have been told."""
    rows = session.execute(
        select(Delivery.id, Delivery.state)
        .where(Delivery.interpretation_id == interpretation_id)
        .order_by(Delivery.id)
        .with_for_update()
    )
    by_state: dict[State, list[int]] = {}
    for id_, state in rows:
        by_state.setdefault(State(state), []).append(id_)
    return by_state


class _Withdrawing:
    """One withdrawal, inside its transaction."""

    def __init__(
        self, services: Services, session: Session, actor: Actor, now: datetime, withdrawal: Withdrawal
    ) -> None:
        self.services, self.session, self.withdrawal = services, session, withdrawal
        self.how: dict[str, Any] = {"actor": actor, "now": now, "reason": f"撤回 withdrawn: {withdrawal.reason}"}
        self.finished = {"finished_at": now, "hand_by": None, "ready_at": None}

    def all(self, by_state: dict[State, list[int]]) -> Summary:
        mark = {"withdrawal_id": self.withdrawal.id}
        cancelled: list[int] = []
        for state in sorted(CANCELLABLE):
            ids = by_state.get(state, [])
            cancelled += self._move(ids, state, State.CANCELLED, trouble=None, **self.finished, **mark)
        marked = [id_ for state in sorted(UNDECIDED) for id_ in by_state.get(state, [])]
        self.session.execute(
            update(Delivery)
            .where(Delivery.id.in_(marked))
            .values(withdrawal_id=self.withdrawal.id)
            .execution_options(synchronize_session=False)
        )
        published = by_state.get(State.PUBLISHED, [])
        self._move(published, State.PUBLISHED, State.WITHDRAWING, **AS_BEFORE, **mark)
        followed = self._replaced(published)
        self.how["reason"] = REPLACED
        # `finished_at` stays: what stood there last is told by it.
        self._move(followed, State.WITHDRAWING, State.WITHDRAWN)
        going = [id_ for id_ in published if id_ not in set(followed)]
        return Summary(self.withdrawal.id, sorted(cancelled), sorted(marked), going, followed)

    def _move(self, ids: list[int], source: State, target: State, **values: Any) -> Sequence[int]:
        return move_all(self.session, ids, source, target, **self.how, **values) if ids else []

    def _replaced(self, published: list[int]) -> list[int]:
        """Of these, those that a later one of them stands in the place of: by what it replaces, or because both are the
        same place on the site.
        """
        rows = self.session.execute(
            select(Delivery.id, Delivery.account_id, Delivery.channel, Delivery.replaces_id)
            .where(Delivery.id.in_(published))
            .order_by(Delivery.id)
        ).all()
        gone = {row.replaces_id for row in rows}
        newest = {row.account_id: row.id for row in rows}
        for row in rows:
            if newest[row.account_id] != row.id and isinstance(self.services.channels.get(row.channel), Sited):
                gone.add(row.id)
        return [row.id for row in rows if row.id in gone]


REPLACED = "已由更新的版本替换 replaced by a later version"


def _nothing(by_state: dict[State, list[int]]) -> Words:
    if by_state.get(State.WITHDRAWING):
        return Words("这篇稿件正在撤回。", "This text is being withdrawn already.")
    return Words("这篇稿件没有发布，无可撤回。", "Nothing of this text is out or on its way.")


def after_ending(session: Session, delivery: Delivery, *, actor: Actor, now: datetime) -> None:
    """To be called, in the same transaction, by whatever ends a delivery that carries a `withdrawal_id`: published, it
    goes on its way back at once; not out, it is cancelled instead of tried again. Still undecided, it stays marked.
    """
    if delivery.withdrawal_id is None:
        return
    state = State(delivery.state)
    if state is State.PUBLISHED:
        move(session, delivery, State.WITHDRAWING, actor=actor, now=now, reason=_MEANWHILE, **AS_BEFORE)
        _follow(session, delivery, actor, now)
    elif state in CANCELLABLE:
        values: dict[str, Any] = {"finished_at": now, "hand_by": None, "ready_at": None, "trouble": None}
        move(session, delivery, State.CANCELLED, actor=actor, now=now, reason=_MEANWHILE, **values)


_MEANWHILE = "撤回 withdrawn meanwhile"


def _follow(session: Session, delivery: Delivery, actor: Actor, now: datetime) -> None:
    """The post that this one has replaced is gone, whatever its own withdrawal was about to do."""
    earlier = session.get(Delivery, delivery.replaces_id, with_for_update=True) if delivery.replaces_id else None
    if earlier is not None and earlier.state == State.WITHDRAWING and earlier.token is None:
        values: dict[str, Any] = {"hand_by": None, "ready_at": None, "trouble": None}
        move(session, earlier, State.WITHDRAWN, actor=actor, now=now, reason=REPLACED, **values)


def record_withdrawn(
    services: Services, *, actor: Actor, delivery_id: int, version: int, now: datetime, note: str = ""
) -> int:
    """Record that a person took it down, and what they say of it; returns the new version. Raises Refusal unless it is
    being withdrawn, or while a worker is at it.
    """
    with services.db.writing() as session:
        delivery = find_delivery(session, actor, delivery_id, version)
        require_state(delivery, frozenset({State.WITHDRAWING}), Words("不在撤回中", "is not being withdrawn"))
        require_free(delivery)
        said = f"{signature(session, actor, now)}: 已人工撤下 taken down by hand {note.strip()[:500]}".rstrip()
        withdrawn(session, delivery, said, actor=actor, now=now)
        where = site_of(session, delivery.account.office) if delivery.item else None
        if where is not None:
            # Its lists follow, and see that its place has the notice, whatever was left there by hand.
            want(session, where.id, [delivery.interpretation_id])
        return delivery.version


def try_again(services: Services, *, actor: Actor, delivery_id: int, version: int, now: datetime) -> int:
    """Let the system take down once more what had become a person's task, after the cause was mended; returns the new
    version. Raises Refusal for anything else, ConflictError when somebody was faster.
    """
    with services.db.writing() as session:
        delivery = find_delivery(session, actor, delivery_id, version)
        require_state(delivery, frozenset({State.WITHDRAWING}), Words("不在撤回中", "is not being withdrawn"))
        require_free(delivery)
        if delivery.withdrawal_id is None:
            raise Refusal("DLV-224", GONE_ALREADY, RECORD_IT)
        move(session, delivery, State.WITHDRAWING, actor=actor, now=now, reason="再试 tried again", **AS_BEFORE)
        return delivery.version


GONE_ALREADY = Words(
    "内容已被平台或账号管理者删除，不用再撤下。",
    "The platform or its account has deleted it: nothing is left.",
)
RECORD_IT = Words(
    "请登记已撤下；还要发布的，重新发布即可。", "Record that it is gone; to have it out again, publish it anew."
)


def require_free(delivery: Delivery) -> None:
    """Raise Refusal while a worker has the delivery in its hand."""
    if delivery.token is not None:
        raise Refusal(
            "DLV-223",
            Words("系统正在处理这项任务。", "The system is at this delivery right now."),
            Words("请稍候刷新再登记。", "Wait a moment, reload, then record it."),
        )


def overdue_tasks(session: Session, office_id: int | None, now: datetime) -> int:
    """How many tasks of people are past their time (`hand_by`): of an office, or of all."""
    query = (
        select(func.count())
        .select_from(Delivery)
        .where(Delivery.hand_by < now, Delivery.state.in_((State.AWAITING_HAND, State.UNKNOWN, State.WITHDRAWING)))
    )
    if office_id is not None:
        query = query.join(Account, Account.id == Delivery.account_id).where(Account.office_id == office_id)
    return session.scalar(query) or 0


def standing_withdrawal(session: Session, interpretation_id: int) -> Withdrawal | None:
    """The newest withdrawal of the interpretation, unless something of it has been scheduled since."""
    last = session.scalars(
        select(Withdrawal)
        .where(Withdrawal.interpretation_id == interpretation_id)
        .order_by(Withdrawal.id.desc())
        .limit(1)
    ).first()
    if last is None:
        return None
    since = aliased(Delivery)
    newer = session.scalar(
        select(since.id).where(
            since.interpretation_id == interpretation_id, since.withdrawal_id.is_(None), since.state != State.CANCELLED
        )
    )
    return last if newer is None else None


__all__ = [
    "Summary",
    "after_ending",
    "overdue_tasks",
    "record_withdrawn",
    "require_free",
    "retract",
    "standing_withdrawal",
    "try_again",
    "withdraw",
]
