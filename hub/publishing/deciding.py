"""Deciding over several held deliveries at once: publish now, another time, or drop. One answer for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from channels.words import NO_WORDS, Words
from hub.domain.refusals import Refusal
from hub.models import Delivery
from hub.publishing.changing import cancel, reschedule, retry
from hub.services import Services
from hub.workflow import Actor, ConflictError


class Choice(StrEnum):
    """What may become of a held delivery."""

    NOW = "now"
    AT = "at"
    DROP = "drop"


@dataclass(frozen=True)
class Decision:
    """What one delivery, as the editor saw it, is to become; `at` is the time for `Choice.AT`."""

    delivery_id: int
    version: int
    choice: Choice
    at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """What became of one decision: the delivery's new version, or the sentence why it was not carried out."""

    delivery_id: int
    version: int | None
    refusal: Words | None = None
    suggestion: Words = NO_WORDS


def decide(
    services: Services, *, actor: Actor, decisions: Sequence[Decision], now: datetime, reason: str = ""
) -> list[Answer]:
    """Carry out each decision by itself, by compare-and-set with the version the editor saw; the answers stand in the
    order of `decisions`. What goes out now keeps the order in which it was due. One that can't be done stops no other.
    """
    answers = {}
    for number, decision in enumerate(_in_due_order(services, decisions)):
        # A microsecond apart, so that every claim keeps the order.
        instant = now + timedelta(microseconds=number)
        answers[decision.delivery_id] = _carry_out(services, actor, decision, instant, reason)
    return [answers[d.delivery_id] for d in decisions]


def _in_due_order(services: Services, decisions: Sequence[Decision]) -> list[Decision]:
    with services.db.reading() as session:
        ids = [d.delivery_id for d in decisions]
        rows = session.execute(select(Delivery.id, Delivery.due_at).where(Delivery.id.in_(ids))).all()
        due = {row.id: row.due_at for row in rows}
    return sorted(decisions, key=lambda d: (due.get(d.delivery_id) is None, due.get(d.delivery_id), d.delivery_id))


def _carry_out(services: Services, actor: Actor, decision: Decision, now: datetime, reason: str) -> Answer:
    id_, version = decision.delivery_id, decision.version
    try:
        if decision.choice is Choice.NOW:
            done = retry(services, actor=actor, delivery_id=id_, version=version, now=now, reason=reason)
        elif decision.choice is Choice.DROP:
            done = cancel(services, actor=actor, delivery_id=id_, version=version, now=now, reason=reason)
        else:
            at = _time_of(decision)
            done = reschedule(services, actor=actor, delivery_id=id_, version=version, at=at, now=now, reason=reason)
    except Refusal as refusal:
        words = refusal.coded
        return Answer(id_, None, words, refusal.suggestion)
    except ConflictError as conflict:
        return Answer(id_, None, conflict.words)
    return Answer(id_, done)


def _time_of(decision: Decision) -> datetime:
    if decision.at is None:
        raise Refusal("DLV-212", Words("请选择发布时间。", "Choose the time of publication."))
    return decision.at
