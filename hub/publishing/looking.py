"""Looking: asking a channel for the fate of a send whose answer was lost. A look changes nothing there."""

from __future__ import annotations

import logging

from channels.base import ChannelError, Permanent, Receipt, Retryable, Sends
from channels.words import Words
from hub.publishing import finishing
from hub.publishing.bounds import Clock, Guard, TooSlowError
from hub.publishing.claiming import Claim, LostClaimError, freshen
from hub.publishing.preparing import Job, load
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
        elif answer is None:
            finishing.finish(services, [finishing.not_there(jobs[0], now())], now())
        else:
            finishing.finish(services, [finishing.published(jobs[0], answer, now())], now())
    except (LostClaimError, ConflictError):
        log.info("claim lost", extra={"delivery": claim.delivery_id})


def _ask(services: Services, job: Job, guard: Guard) -> Receipt | ChannelError | None:
    try:
        if not isinstance(job.channel, Sends) or job.row.artefact is None:
            return Permanent("DLV-505", CANT_TELL)
        artefact = services.artefacts.load(job.row.artefact)
        with guard(job.claim):
            return job.channel.find(job.row.key, artefact, job.settings)
    except ChannelError as error:
        return error
    except TooSlowError:
        return Retryable("DLV-505", CANT_TELL)
    except Exception as error:
        # Whatever the channel does, the row must not be lost: it stays unknown with a sentence.
        log.info("look broke", exc_info=error, extra={"delivery": job.row.id})
        return Retryable("DLV-505", CANT_TELL)


CANT_TELL = Words(
    "暂时无法核对结果。请到平台查看是否已发布。",
    "The outcome can't be looked up now. See at the platform whether it is there.",
)
