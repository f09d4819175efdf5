"""How a claimed delivery ends. Every ending is fenced by the claim's token and raises LostClaimError when that is gone.

Each is one short transaction, opened after the slow work is over.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from channels.base import ChannelError, NeedsHand, Permanent, Receipt, Retryable, Unknown
from channels.items import Item
from channels.words import Words
from hub.domain.deadlines import FIRST_LOOK, MAX_ATTEMPTS, backoff, next_look
from hub.domain.states import State
from hub.models import Delivery
from hub.publishing.claiming import Claim, Kind, held_by
from hub.services import Services
from hub.site import want
from hub.workflow import move

Trouble = dict[str, str]

NOT_THERE = Words("已核对：上次没有发出。将再次发送。", "Looked: the last try did not get there. It is sent again.")


def trouble(code: str, sentence: Words) -> Trouble:
    """What the editor reads, with the code in front."""
    zh, en = (s if s.startswith(code) else f"{code} {s}" for s in sentence)
    return {"code": code, "zh": zh, "en": en}


def publish(
    services: Services,
    claim: Claim,
    receipt: Receipt,
    now: datetime,
    *,
    artefact: str | None = None,
    item: Item | None = None,
    site_id: int | None = None,
) -> None:
    """It is out, and the receipt proves it. With a site its lists and feeds are wanted anew in the same transaction."""
    values: dict[str, Any] = {
        "platform_id": receipt.platform_id[:200],
        "url": receipt.url[:1000],
        "proof": receipt.proof,
        "trouble": None,
        "finished_at": now,
    }
    if artefact is not None:
        values["artefact"] = artefact
    if item is not None:
        values["item"] = item.model_dump(mode="json")
    with services.db.writing() as session:
        delivery = held_by(session, claim)
        move(session, delivery, State.PUBLISHED, actor=claim.actor, now=now, token=claim.token, **values)
        if site_id is not None:
            want(session, site_id)


def end(services: Services, claim: Claim, error: ChannelError, now: datetime, artefact: str | None = None) -> State:
    """Settle a delivery that did not end in a receipt by what the channel said; returns its new state."""
    with services.db.writing() as session:
        delivery = held_by(session, claim)
        target, values = _outcome(delivery, error, now)
        if artefact is not None:
            values["artefact"] = artefact
        move(session, delivery, target, actor=claim.actor, now=now, token=claim.token, reason=error.code, **values)
        return target


def _outcome(delivery: Delivery, error: ChannelError, now: datetime) -> tuple[State, dict[str, Any]]:
    said = trouble(error.code, error.sentence)
    match error:
        case NeedsHand():
            return State.AWAITING_HAND, {"trouble": said, "intent_at": None}
        case Unknown():
            # The intent stays: it tells when the send was begun.
            return State.UNKNOWN, {"trouble": said, "ready_at": now + FIRST_LOOK, "hinted_at": None}
        case Retryable() if delivery.attempt < MAX_ATTEMPTS:
            ready = now + backoff(delivery.key, delivery.attempt)
            return State.QUEUED, {"trouble": said, "ready_at": ready, "hinted_at": None, "intent_at": None}
        case Retryable():
            return State.FAILED, {"trouble": _gave_up(said, delivery.attempt), "intent_at": None, "finished_at": now}
        case Permanent() | _:
            return State.FAILED, {"trouble": said, "intent_at": None, "finished_at": now}


def _gave_up(said: Trouble, attempts: int) -> Trouble:
    return {
        "code": said["code"],
        "zh": f"{said['zh']} 已自动尝试 {attempts} 次。请排除原因后重试。",
        "en": f"{said['en']} Tried {attempts} times. Mend the cause, then retry.",
    }


def not_there(services: Services, claim: Claim, now: datetime) -> None:
    """A look has answered that the unknown send never took place: it is sent again, unless it was tried too often."""
    with services.db.writing() as session:
        delivery = held_by(session, claim)
        target, values = _outcome(delivery, Retryable("DLV-506", NOT_THERE), now)
        reason = "looked: not there"
        move(session, delivery, target, actor=claim.actor, now=now, token=claim.token, reason=reason, **values)


def still_unknown(services: Services, claim: Claim, said: Trouble, now: datetime) -> None:
    """The look could not tell. The row stays unknown, the claim is given up, and the next look comes later."""
    with services.db.writing() as session:
        delivery = held_by(session, claim)
        delivery.ready_at = now + next_look(now - (delivery.intent_at or now))
        delivery.trouble, delivery.hinted_at = said, None
        delivery.token = delivery.lease_until = None


def give_back(services: Services, claim: Claim, now: datetime) -> None:
    """Return a claim nothing was done with: not counted as a try."""
    with services.db.writing() as session:
        delivery = held_by(session, claim)
        if claim.kind is not Kind.WORK:
            delivery.token = delivery.lease_until = None
            return
        values: dict[str, Any] = {"attempt": delivery.attempt - 1, "hinted_at": None, "ready_at": None}
        reason = "not begun"
        move(session, delivery, State.QUEUED, actor=claim.actor, now=now, token=claim.token, reason=reason, **values)
