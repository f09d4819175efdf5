"""Looking: asking a channel for the fate of a send whose answer was lost. A look changes nothing there."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from channels.base import Accepted, ChannelError, Permanent, Receipt, Retryable, Sends, Sited
from channels.words import Words
from hub import site
from hub.files import BusyError
from hub.publishing import finishing
from hub.publishing.bounds import Clock, Guard, TooLateError, TooSlowError
from hub.publishing.claiming import Claim, LostClaimError, freshen
from hub.publishing.preparing import Job, Prepared, load
from hub.services import Services
from hub.workflow import ConflictError

log = logging.getLogger("yigao.delivery")


def look(services: Services, claim: Claim, now: Clock, guard: Guard) -> None:
    """Find out whether the unknown delivery's send took place: published, sent again, or looked for later. Never raises
    for what a channel does. A claim lost meanwhile ends in silence.
    """
    try:
        claim = freshen(services, claim, now())
        jobs, refused = load(services, [claim])
        if not jobs and not refused:
            return
        answer = _ask(services, jobs[0], guard) if jobs else refused[0].error
        if isinstance(answer, ChannelError):
            log.info("look failed", extra={"delivery": claim.delivery_id, "code": answer.code})
            finishing.still_unknown(services, claim, answer, now())
        elif answer is None and (left := _unsure(services, jobs[0], now())) > NOTHING:
            finishing.still_unknown(services, claim, NOT_YET, now(), again=now() + left)
        elif answer is None:
            finishing.finish(services, [finishing.not_there(jobs[0], now())], now())
        else:
            finishing.finish(services, [_there(services, jobs[0], answer, now)], now())
    except (LostClaimError, ConflictError):
        log.info("claim lost", extra={"delivery": claim.delivery_id})


def _ask(services: Services, job: Job, guard: Guard) -> Receipt | Accepted | ChannelError | None:
    try:
        with guard(job.claim):
            return _find(services, job)
    except ChannelError as error:
        return error
    except (TooSlowError, TooLateError, BusyError):
        return Retryable("DLV-505", CANT_TELL)
    except Exception as error:
        # Whatever the channel does, the row must not be lost: it stays unknown with a sentence.
        log.info("look broke", exc_info=error, extra={"delivery": job.row.id})
        return Retryable("DLV-505", CANT_TELL)


def _find(services: Services, job: Job) -> Receipt | Accepted | None:
    if job.row.artefact is None:
        raise Permanent("DLV-505", CANT_TELL)
    artefact = services.artefacts.load(job.row.artefact)
    if isinstance(job.channel, Sited) and job.site is not None:
        # Whoever wrote it may still be at it; then the lock is theirs.
        with site.locked(services, job.site.key):
            return site.find(services, job.site, job.channel.item(job.manuscript, job.settings), artefact)
    if not isinstance(job.channel, Sends):
        raise Permanent("DLV-505", CANT_TELL)
    return job.channel.find(job.row.key, artefact, job.settings)


def _there(services: Services, job: Job, receipt: Receipt | Accepted, now: Clock) -> finishing.Ending:
    if isinstance(receipt, Accepted):
        return finishing.accepted(job, receipt, now())
    if not isinstance(job.channel, Sited):
        return finishing.published(job, receipt, now())
    artefact, item = services.artefacts.load(job.row.artefact), job.channel.item(job.manuscript, job.settings)
    return finishing.published(job, receipt, now(), Prepared(artefact, job.row.artefact, item, None))


def _unsure(services: Services, job: Job, now: datetime) -> timedelta:
    """For how long yet a "not there" does not count: a whole lease after the intent a send may still arrive. Platforms
    show late what they took, and take late what a sender that is gone had sent. A clock that was set does not count.
    """
    if job.row.intent_at is None:
        return NOTHING
    passed: timedelta = now - job.row.intent_at
    steady = services.db.steady()
    # Less than before: the machine was started anew, and with it that clock.
    if steady is not None and job.row.intent_steady is not None and steady >= job.row.intent_steady:
        passed = min(passed, timedelta(seconds=steady - job.row.intent_steady))
    return timedelta(seconds=services.config.lease_seconds) - passed


NOTHING = timedelta(0)
NOT_YET = Retryable("DLV-508", Words("还没有看到。稍后再核对。", "It is not there yet. Looked for again soon."))
CANT_TELL = Words(
    "暂时无法核对结果。请到平台查看是否已发布。",
    "The outcome can't be looked up now. See at the platform whether it is there.",
)
