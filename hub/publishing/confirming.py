"""Confirming: what a platform has accepted is asked after, ever more seldom, until it is out or refused. A question
changes nothing there, so that any worker may ask, and a lost answer is asked for again.
"""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from channels.base import Accepted, ChannelError, Confirms, NeedsHand, Permanent, Receipt, Retryable
from channels.words import Words
from hub.domain.deadlines import CONFIRM_LIMIT
from hub.domain.states import State
from hub.models import Delivery
from hub.publishing import finishing
from hub.publishing.bounds import Clock, Guard, TooLateError, TooSlowError
from hub.publishing.claiming import Claim, LostClaimError, freshen
from hub.publishing.preparing import Job, load
from hub.services import Services
from hub.workflow import ConflictError

log = logging.getLogger("yigao.delivery")

Answer = Receipt | Accepted | ChannelError


def confirm(services: Services, claim: Claim, now: Clock, guard: Guard) -> None:
    """Ask once how an accepted delivery stands: published, failed, or asked again later. Never raises for what a
    channel does. A claim lost meanwhile ends in silence.
    """
    try:
        claim = freshen(services, claim, now())
        jobs, refused = load(services, [claim])
        if not jobs and not refused:
            return
        if jobs:
            _end(services, jobs[0], _ask(services, jobs[0], guard), now())
        else:
            # What can't be asked after by us any more (an account switched off) a person looks at.
            finishing.finish(services, [finishing.lost_sight(refused[0], refused[0].error, now())], now())
    except (LostClaimError, ConflictError):
        log.info("claim lost", extra={"delivery": claim.delivery_id})


def _ask(services: Services, job: Job, guard: Guard) -> Answer:
    if not isinstance(job.channel, Confirms) or job.row.artefact is None:
        return NeedsHand("DLV-505", CANT_TELL)
    try:
        artefact = services.artefacts.load(job.row.artefact)
        with guard(job.claim):
            return job.channel.confirm(artefact, job.settings, job.row.key)
    except ChannelError as error:
        return error
    except (TooSlowError, TooLateError):
        return Retryable("DLV-505", CANT_TELL)
    except Exception as error:
        # Whatever the channel does, the row must not be lost: it is asked after again.
        log.info("confirmation broke", exc_info=error, extra={"delivery": job.row.id})
        return Retryable("DLV-505", CANT_TELL)


def _end(services: Services, job: Job, answer: Answer, now: datetime) -> None:
    if isinstance(answer, Receipt):
        finishing.finish(services, [finishing.published(job, answer, now)], now)
    elif isinstance(answer, Permanent):
        finishing.finish(services, [finishing.failed(job, answer, now)], now)
    elif now - (job.row.intent_at or now) > CONFIRM_LIMIT or isinstance(answer, NeedsHand):
        error = answer if isinstance(answer, ChannelError) else Permanent("DLV-511", TOO_LONG)
        finishing.finish(services, [finishing.lost_sight(job, error, now)], now)
    else:
        finishing.still_confirming(services, job.claim, answer if isinstance(answer, ChannelError) else None, now)


def told(session: Session, account_id: int, now: datetime) -> int:
    """The platform has something to say of this account's deliveries: those that are being confirmed are asked after at
    once. Returns how many.
    """
    rows = session.scalars(
        update(Delivery)
        .where(Delivery.account_id == account_id, Delivery.state == State.CONFIRMING, Delivery.hand_by.is_(None))
        .values(ready_at=now, hinted_at=None)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(rows)


CANT_TELL = Words(
    "暂时无法核对结果。请到平台查看是否已发布。",
    "The outcome can't be looked up now. See at the platform whether it is there.",
)
TOO_LONG = Words(
    "平台接收后一直没有结果。请到平台查看是否已发布，再在此登记。",
    "The platform accepted it and never said more. See there whether it is out, then record it here.",
)
