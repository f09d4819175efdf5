"""What a verb looks up first, and who may call it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain.deadlines import GRACE
from hub.domain.refusals import Refusal
from hub.domain.states import OPEN, TOLD, State
from hub.models import Delivery, Interpretation, User
from hub.workflow import Actor, ConflictError


def require_office(session: Session, actor: Actor, office_id: int) -> None:
    """Raise Refusal unless the actor is of that office. An actor without a user is the machine's own operator."""
    if actor.user_id is None:
        return
    user = session.get(User, actor.user_id)
    if user is None or not user.active or user.office_id != office_id:
        raise Refusal(
            "DLV-403",
            Words("您的单位不能操作这篇稿件或这个账号。", "Your office may not act on this text or this account."),
        )


def find_delivery(session: Session, actor: Actor, delivery_id: int, version: int) -> Delivery:
    """The delivery as the editor saw it. Raises Refusal when they have none such, ConflictError when it has moved."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise Refusal("DLV-404", Words("没有这项发布任务。", "There is no such delivery."))
    require_office(session, actor, delivery.account.office_id)
    if delivery.version != version:
        raise ConflictError(delivery_id, State(delivery.state), State(delivery.state))
    return delivery


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
    """The interpretation, which no other verb decides about until this transaction ends; to be called before anything of
    it is looked up or inserted. Two editors who schedule it at once take turns, and the second sees the first's.
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
