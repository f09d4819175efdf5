"""What a verb looks up first, and what it asks before it begins."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.text.cleaning import clean
from channels.words import NO_WORDS, Words
from hub.domain.deadlines import GRACE
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import OPEN, TOLD, State
from hub.models import Delivery, Interpretation, User
from hub.permissions import require
from hub.workflow import Actor, ConflictError


def find_delivery(session: Session, actor: Actor, delivery_id: int, version: int) -> Delivery:
    """The delivery as the editor saw it. Raises Refusal when they have none such, ConflictError when it has moved."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise Refusal("DLV-404", Words("没有这项发布任务。", "There is no such delivery."))
    require(session, actor, Right.PUBLISH, delivery.account.office_id)
    if delivery.version != version:
        raise ConflictError(delivery_id, State(delivery.state), State(delivery.state))
    return delivery


def require_state(delivery: Delivery, allowed: frozenset[State], cannot: Words) -> None:
    """Raise Refusal, with what it is now and what `cannot` be done, unless the delivery is in one of the states."""
    state = State(delivery.state)
    if state in allowed:
        return
    now_is = STATE_WORDS[state]
    raise Refusal(
        "DLV-208",
        Words(f"这项发布任务{cannot.zh}：当前是“{now_is.zh}”。", f"This delivery {cannot.en}: it is {now_is.en}."),
        Words("请等它有结果。", "Wait for its outcome.") if state in OPEN else NO_WORDS,
    )


def require_reason(reason: str) -> str:
    """The reason that the public will read, cleaned and on one line. Raises Refusal for none and for a long one."""
    text = " ".join(clean(reason).split())
    if not text:
        raise Refusal("DLV-220", Words("请写明原因，公众会看到。", "Give the reason; the public will read it."))
    if len(text) > MOST_REASON:
        raise Refusal(
            "DLV-220",
            Words(f"原因超过{MOST_REASON}字。", f"The reason is over {MOST_REASON} characters."),
            Words("一两句话说清即可。", "One or two sentences are enough."),
        )
    return text


def signature(session: Session, actor: Actor, now: datetime) -> str:
    """Who says so, and when: the beginning of a proof that rests on a person's word."""
    who = session.get(User, actor.user_id) if actor.user_id else None
    return f"{who.name if who else actor.name} {now.isoformat(timespec='seconds')}"


def require_time(at: datetime | None, now: datetime) -> datetime:
    """The time meant: now for None or a moment ago. Raises Refusal for the past, ValueError for a naive time."""
    if at is None:
        return now
    if at.tzinfo is None:
        raise ValueError("naive datetime")
    if at < now - GRACE:
        raise Refusal(
            "DLV-202",
            Words("发布时间已经过去。", "The publication time is in the past."),
            Words("请选择以后的时间，或立即发布。", "Choose a later time, or publish now."),
        )
    return max(at, now)


def hold_piece(session: Session, interpretation_id: int) -> Interpretation:
    """The interpretation, which no other verb decides about until this transaction ends; to be called before anything
    of it is looked up or inserted. Two editors who schedule it at once take turns, and the second sees the first's.
    """
    # What this transaction has changed already must not be read over.
    session.flush()
    # Weaker than FOR UPDATE, which would wait for every transaction that has inserted a row referring to it.
    return session.get_one(
        Interpretation, interpretation_id, with_for_update={"key_share": True}, populate_existing=True
    )


def settle_published_at(session: Session, interpretation_id: int) -> None:
    """Set the publication time (PubDate) to the earliest open delivery's, until the public may have been told: from
    then on it never changes, whatever is rescheduled, retried or corrected. Whole seconds.
    """
    mine = Delivery.interpretation_id == interpretation_id
    piece = hold_piece(session, interpretation_id)
    told = session.scalar(select(Delivery.id).where(mine, Delivery.state.in_(TOLD)).limit(1))
    if told is not None and piece.published_at is not None:
        return
    first = session.scalar(select(func.min(Delivery.due_at)).where(mine, Delivery.state.in_(OPEN)))
    if first is not None:
        piece.published_at = first - timedelta(microseconds=first.microsecond)


# Of the reason for a correction or a withdrawal.
MOST_REASON = 300

STATE_WORDS = {
    State.DRAFT: Words("草稿", "a draft"),
    State.SCHEDULED: Words("定时发布", "scheduled"),
    State.QUEUED: Words("等待发送", "queued"),
    State.WORKING: Words("发布中", "being published"),
    State.AWAITING_HAND: Words("待人工发布", "waiting for a person to post it"),
    State.CONFIRMING: Words("平台处理中", "being processed by the platform"),
    State.UNKNOWN: Words("结果待核", "of unknown outcome"),
    State.PUBLISHED: Words("已发布", "published"),
    State.FAILED: Words("失败", "failed"),
    State.HELD: Words("暂缓", "held"),
    State.CANCELLED: Words("已取消", "cancelled"),
    State.WITHDRAWING: Words("撤回中", "being withdrawn"),
    State.WITHDRAWN: Words("已撤回", "withdrawn"),
}
