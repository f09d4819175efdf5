"""How claimed deliveries end. Every ending is fenced by its claim's token: one that no longer holds is dropped, for
somebody else decides about that row now. Several endings share one short transaction, opened after the slow work.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from channels.base import Accepted, ChannelError, Confirms, NeedsHand, Permanent, Receipt, Retryable, Unknown
from channels.words import Words
from hub.db import is_away, is_clash
from hub.domain.deadlines import (
    FIRST_CONFIRM,
    FIRST_LOOK,
    HAND_TIME,
    KILL_MARGIN,
    MAX_ATTEMPTS,
    backoff,
    next_confirm,
    next_look,
)
from hub.domain.states import State
from hub.domain.troubles import Press, Trouble, Turn, trouble
from hub.models import Delivery
from hub.publishing import lanes, watching, withdrawing
from hub.publishing.claiming import Claim, Kind, held_by
from hub.publishing.preparing import Job, Prepared, Refused
from hub.services import Services
from hub.site import want
from hub.workflow import Step, move_each

log = logging.getLogger("yigao.delivery")

# Between two tries to reach a database that is away.
PAUSE = 0.5

NOT_THERE = Words("已核对：上次没有发出。将再次发送。", "Looked: the last try did not get there. It is sent again.")
TOO_SLOW = "DLV-504"


@dataclass(frozen=True)
class Ending:
    """Where one claimed delivery goes, and what is recorded of it."""

    claim: Claim
    row: Row[Any]
    target: State
    values: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    said: Trouble | None = None
    # The site whose lists show it.
    site_id: int | None = None
    # The platform may take it down later: it is looked at again.
    watched: bool = False

    def step(self) -> Step:
        """The ending as a move of the row as it was read."""
        r = self.row
        return Step(
            r.id,
            r.version,
            self.claim.token,
            r.attempt,
            r.content_hash,
            self.target,
            self.values,
            self.reason,
            self.said,
        )


def published(job: Job, receipt: Receipt, now: datetime, prepared: Prepared | None = None) -> Ending:
    """It is out, and the receipt proves it."""
    values: dict[str, Any] = {
        "platform_id": receipt.platform_id[:200],
        "url": receipt.url[:1000],
        "proof": receipt.proof,
        "trouble": _remarked(receipt),
        "hand_by": None,
        "finished_at": now,
        **_rendered(prepared),
    }
    if prepared is None or prepared.item is None or job.site is None:
        watched = isinstance(job.channel, Confirms) and bool(receipt.platform_id)
        return Ending(job.claim, job.row, State.PUBLISHED, values, watched=watched)
    values["item"] = prepared.item.model_dump(mode="json")
    return Ending(job.claim, job.row, State.PUBLISHED, values, site_id=job.site.id)


def _remarked(receipt: Receipt) -> Trouble | None:
    if receipt.remark is None:
        return None
    return trouble(receipt.remark.code, receipt.remark.sentence, Turn.EDITOR, Press.LOOK)


def accepted(job: Job, answer: Accepted, now: datetime, prepared: Prepared | None = None) -> Ending:
    """The platform has it and is not done. The intent stays: it tells since when."""
    values = {"ready_at": now + FIRST_CONFIRM, "hinted_at": None, "trouble": None, "hand_by": None}
    return Ending(
        job.claim, job.row, State.CONFIRMING, {**values, **_rendered(prepared)}, f"平台已接收 accepted: {answer.number}"
    )


def lost_sight(what: Job | Refused, error: ChannelError, now: datetime) -> Ending:
    """What was accepted can't be asked after any more: a person looks whether it is there."""
    said = trouble(error.code, error.sentence, Turn.PERSON, Press.LOOK)
    values = {"trouble": said, "hand_by": now + HAND_TIME, "ready_at": None, "hinted_at": None}
    return Ending(what.claim, what.row, State.UNKNOWN, values, error.code, said)


def failed(what: Job | Refused, error: ChannelError, now: datetime, prepared: Prepared | None = None) -> Ending:
    """It did not end in a receipt; what becomes of it follows from what the channel said."""
    target, values, said = _outcome(what.row, error, now)
    return Ending(what.claim, what.row, target, {**values, "trouble": said, **_rendered(prepared)}, error.code, said)


def not_there(job: Job, now: datetime) -> Ending:
    """A look has answered that the unknown send never took place: it is sent again, unless it was tried too often."""
    ending = failed(job, Retryable("DLV-506", NOT_THERE), now)
    return replace(ending, reason="looked: not there")


def given_back(what: Job | Refused, reason: str = "not begun") -> Ending:
    """Nothing was done with the claim: queued again, not counted as a try."""
    values = {"attempt": what.row.attempt - 1, "hinted_at": None, "ready_at": None, "intent_at": None}
    return Ending(what.claim, what.row, State.QUEUED, values, reason)


def _rendered(prepared: Prepared | None) -> dict[str, Any]:
    if prepared is None:
        return {}
    shared = {"artefact": prepared.sha256}
    return shared if prepared.milliseconds is None else {**shared, "render_ms": prepared.milliseconds}


def _outcome(row: Row[Any], error: ChannelError, now: datetime) -> tuple[State, dict[str, Any], Trouble]:
    match error:
        case NeedsHand():
            said = trouble(error.code, error.sentence, Turn.PERSON, Press.HAND)
            return State.AWAITING_HAND, {"intent_at": None, "hand_by": now + HAND_TIME}, said
        case Unknown():
            # The intent stays: it tells when the send was begun.
            said = trouble(error.code, error.sentence, Turn.MACHINE, Press.WAIT)
            return State.UNKNOWN, {"ready_at": now + FIRST_LOOK, "hinted_at": None}, said
        case Retryable():
            ready = now + backoff(row.key, row.attempt)
            if row.attempt < MAX_ATTEMPTS and ready <= _latest(row):
                said = trouble(error.code, error.sentence, Turn.MACHINE, Press.WAIT)
                return State.QUEUED, {"ready_at": ready, "hinted_at": None, "intent_at": None}, said
            return State.FAILED, {"intent_at": None, "finished_at": now}, _gave_up(error, row, ready)
        case Permanent() | _:
            turn, press = press_of(error)
            return (
                State.FAILED,
                {"intent_at": None, "finished_at": now},
                trouble(error.code, error.sentence, turn, press),
            )


def _latest(row: Row[Any]) -> datetime:
    """Until when it may be tried again by itself: later would be too late for the public."""
    latest: datetime = row.due_at + timedelta(minutes=row.tolerance_minutes)
    return latest


def _gave_up(error: ChannelError, row: Row[Any], ready: datetime) -> Trouble:
    late = ready > _latest(row)
    why = (
        Words("已到允许的最晚发布时间", "The latest time allowed is reached")
        if late
        else Words("已达次数上限", "No more tries")
    )
    n = row.attempt
    words = Words(
        f"{error.sentence.zh} 已自动尝试 {n} 次，{why.zh}。请排除原因后重试。",
        f"{error.sentence.en} Tried {n} {'time' if n == 1 else 'times'}. {why.en}. Mend the cause, then retry.",
    )
    return trouble(error.code, words, Turn.EDITOR, Press.RETRY)


NO_TIME_LEFT = Words("已到允许的最晚发布时间", "The latest time allowed is reached")
NO_TRIES_LEFT = Words("已达次数上限", "There are no more tries")

# Whose turn a lasting error is, and what helps; any other is the text's.
PERMANENT = {
    "DLV-203": (Turn.EDITOR, Press.ACCOUNT),
    "DLV-206": (Turn.EDITOR, Press.ACCOUNT),
    "DLV-305": (Turn.ADMINISTRATOR, Press.RETRY),
    "DLV-311": (Turn.ADMINISTRATOR, Press.FOLDER),
    "DLV-500": (Turn.ADMINISTRATOR, Press.RETRY),
}


def press_of(error: ChannelError) -> tuple[Turn, Press]:
    """Whose turn a lasting error is, and what helps: as the error says, or as is known of its code."""
    if error.remedy:
        turn, press = error.remedy
        return Turn(turn), Press(press)
    return PERMANENT.get(error.code, (Turn.EDITOR, Press.TEXT))


def finish(services: Services, endings: Sequence[Ending], now: datetime) -> list[Ending]:
    """Store these endings, together; returns those that held. With a publication on a site, its lists and feeds are
    wanted anew in the same transaction.
    """
    if not endings:
        return []
    if _finish_surely(services, endings, now):
        return list(endings)
    # One of them was taken away meanwhile: then each by itself.
    return [one for one in endings if _finish_surely(services, [one], now)]


def _finish_surely(services: Services, endings: Sequence[Ending], now: datetime) -> bool:
    """`_finish`, again and again while the database is away or busy and the lease lasts: what was sent and is not
    recorded would have to be looked for.
    """
    lease = services.config.lease_seconds
    last = min(endings[0].claim.ends, time.monotonic() + lease) - lease * KILL_MARGIN
    while True:
        try:
            return _finish(services, endings, now)
        except DBAPIError as error:
            if not (is_away(error) or is_clash(error)) or time.monotonic() + PAUSE > last:
                raise
            log.warning("endings not stored; tried again", extra={"count": len(endings)})
            time.sleep(PAUSE)


class _LostError(Exception):
    """Rolls the transaction back."""


def _finish(services: Services, endings: Sequence[Ending], now: datetime) -> bool:
    claim = endings[0].claim
    try:
        with services.db.writing() as session:
            _move(session, endings, claim, now)
            for site_id in sorted({e.site_id for e in endings if e.site_id is not None}):
                want(session, site_id, [e.row.interpretation_id for e in endings if e.site_id == site_id])
            watching.begin(session, [e.row.id for e in endings if e.watched], now)
            for channel in {e.row.channel for e in endings if e.reason == TOO_SLOW}:
                lanes.strike(session, channel, now)
            _follow_withdrawals(session, [e.row.id for e in endings], claim, now)
    except _LostError:
        if len(endings) == 1:
            log.info("claim lost", extra={"delivery": endings[0].row.id})
        return False
    return True


def _move(session: Session, endings: Sequence[Ending], claim: Claim, now: datetime) -> None:
    if not move_each(session, [e.step() for e in endings], claim.kind.value, actor=claim.actor, now=now):
        raise _LostError


def _follow_withdrawals(session: Session, ids: list[int], claim: Claim, now: datetime) -> None:
    """What was withdrawn while it was in hand goes on to be taken down, or is not tried again."""
    query = select(Delivery).where(Delivery.id.in_(ids), Delivery.withdrawal_id.is_not(None))
    for delivery in session.scalars(query).all():
        withdrawing.after_ending(session, delivery, actor=claim.actor, now=now)


def still_unknown(
    services: Services, claim: Claim, error: ChannelError, now: datetime, again: datetime | None = None
) -> None:
    """The look could not tell. The row stays unknown and the claim is given up. It is looked for again, at `again` or
    after a while, unless the channel said that only a person can look. Raises LostClaimError.
    """
    person = isinstance(error, (NeedsHand, Permanent))
    with services.db.writing() as session:
        delivery = held_by(session, claim)
        turn, press = (Turn.PERSON, Press.LOOK) if person else (Turn.MACHINE, Press.WAIT)
        delivery.trouble = trouble(error.code, error.sentence, turn, press)
        delivery.hand_by = now + HAND_TIME if person else None
        delivery.ready_at = again or now + next_look(now - (delivery.intent_at or now))
        delivery.hinted_at = delivery.token = delivery.lease_until = None


def still_confirming(services: Services, claim: Claim, error: ChannelError | None, now: datetime) -> None:
    """It is not out yet, or nobody could tell; asked after again later. Raises LostClaimError."""
    with services.db.writing() as session:
        delivery = held_by(session, claim)
        said = trouble(error.code, error.sentence, Turn.MACHINE, Press.WAIT) if error else None
        delivery.trouble = said
        delivery.ready_at = now + next_confirm(now - (delivery.intent_at or now))
        delivery.hinted_at = delivery.token = delivery.lease_until = None


def let_go(services: Services, claim: Claim) -> None:
    """Give up a claim aside from work, with nothing done. Raises LostClaimError."""
    assert claim.kind is not Kind.WORK  # noqa: S101 (work is ended by a move)
    with services.db.writing() as session:
        delivery = held_by(session, claim)
        delivery.hinted_at = delivery.token = delivery.lease_until = None
