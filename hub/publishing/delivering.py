"""Delivering one claimed row: render what was approved, then write it to the site, send it, or hand it over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from channels.base import (
    Artefact,
    Channel,
    ChannelError,
    NeedsHand,
    Permanent,
    Receipt,
    Retryable,
    Sends,
    Sited,
    Unknown,
)
from channels.manuscript import Manuscript
from channels.words import Words
from hub import site
from hub.files import BusyError
from hub.manuscripts import manuscript_of
from hub.models import Site
from hub.publishing import finishing
from hub.publishing.claiming import Claim, Kind, LostClaimError, freshen, read_held, renew
from hub.rendering import render
from hub.services import Services
from hub.workflow import ConflictError

log = logging.getLogger("yigao.delivery")

Clock = Callable[[], datetime]
# Bounds a slow step; raises TooSlowError inside it. The worker passes a real one.
Guard = Callable[[], AbstractContextManager[None]]


class TooSlowError(Exception):
    """A render or a send took longer than its share of the lease."""


@dataclass(frozen=True)
class Job:
    """All that a delivery needs, read before the slow work; no session is open while it is used."""

    claim: Claim
    channel: Channel
    manuscript: Manuscript
    settings: Any
    key: str
    site: Site | None
    artefact_hash: str | None


def deliver(services: Services, claim: Claim, now: Clock, guard: Guard = nullcontext) -> None:
    """Bring the claimed delivery to an end, or look up the fate of an unknown one. Never raises for what a channel
    does: it is recorded with a sentence. A claim lost meanwhile ends in silence: somebody else decides.
    """
    step = _Step(services, claim, now, guard)
    try:
        (step.look if claim.kind is Kind.LOOK else step.work)()
    except (LostClaimError, ConflictError):
        log.info("claim lost", extra={"delivery": claim.delivery_id})


class _Step:
    def __init__(self, services: Services, claim: Claim, now: Clock, guard: Guard) -> None:
        self.services, self.claim, self.now, self.guard = services, claim, now, guard
        self.intent = False
        self.artefact: str | None = None

    def work(self) -> None:
        try:
            self._work()
        except ChannelError as error:
            self._end(error)
        except BusyError:
            self._end(Retryable("DLV-306", SITE_BUSY))
        except TooSlowError:
            self._end((Unknown if self.intent else Retryable)("DLV-504", TOO_SLOW))
        except (LostClaimError, ConflictError):
            raise
        except Exception:
            # The one broad except: whatever a channel does, the delivery ends with a sentence and the next goes on.
            log.exception("delivery broke", extra={"delivery": self.claim.delivery_id})
            self._end(Unknown("DLV-501", BROKE_WHILE_SENDING) if self.intent else Permanent("DLV-500", BROKE))

    def _work(self) -> None:
        self.claim = freshen(self.services, self.claim, self.now())
        job = self._load()
        artefact = self._render(job)
        if isinstance(job.channel, Sited):
            self._place(job, job.channel, artefact)
        elif isinstance(job.channel, Sends):
            receipt = self._send(job, job.channel, artefact)
            finishing.publish(self.services, self.claim, receipt, self.now(), artefact=self.artefact)
        else:
            raise NeedsHand("DLV-310", BY_HAND)
        log.info("published", extra={"delivery": self.claim.delivery_id, "channel": job.channel.key})

    def _load(self) -> Job:
        with self.services.db.reading() as session:
            delivery = read_held(session, self.claim)
            account = delivery.account
            channel = self.services.channels.get(account.channel)
            if channel is None or not account.active:
                raise Permanent("DLV-203", NOT_IN_USE)
            try:
                settings = self.services.settings(account.channel, account.settings)
            except ValidationError as error:
                raise Permanent("DLV-206", _wrong_settings(error)) from error
            return Job(
                claim=self.claim,
                channel=channel,
                manuscript=manuscript_of(session, delivery.revision, self.services.artefacts, delivery.due_at),
                settings=settings,
                key=delivery.key,
                site=site.site_of(session, account.office),
                artefact_hash=delivery.artefact,
            )

    def _render(self, job: Job) -> Artefact:
        with self.guard():
            done = render(job.channel, job.manuscript, job.settings)
        if done.artefact is None:
            worst = next(f for f in done.findings if f.severity in ("block", "skip"))
            raise Permanent(worst.code, worst.sentence)
        self.artefact = self.services.artefacts.keep(done.artefact)
        return done.artefact

    def _place(self, job: Job, channel: Sited, artefact: Artefact) -> None:
        if job.site is None:
            raise Permanent("DLV-305", NO_SITE)
        item = channel.item(job.manuscript, job.settings)
        with site.locked(self.services, job.site.key):
            self.claim = freshen(self.services, self.claim, self.now())
            # Under one lock with the commit, so that a rebuild never sees the files without the row.
            receipt = site.place(self.services, job.site, item, artefact)
            finishing.publish(
                self.services, self.claim, receipt, self.now(), artefact=self.artefact, item=item, site_id=job.site.id
            )

    def _send(self, job: Job, channel: Sends, artefact: Artefact) -> Receipt:
        now = self.now()
        self.claim = renew(self.services, self.claim, now, intent_at=now, artefact=self.artefact)
        self.intent = True
        with self.guard():
            receipt = channel.send(artefact, job.settings, job.key)
        if not (receipt.platform_id or receipt.proof):
            raise Unknown("DLV-503", NO_PROOF)
        return receipt

    def _end(self, error: ChannelError) -> None:
        state = finishing.end(self.services, self.claim, error, self.now(), self.artefact)
        log.info("ended", extra={"delivery": self.claim.delivery_id, "state": state.value, "code": error.code})

    def look(self) -> None:
        """Ask the channel whether the send took place."""
        try:
            receipt = self._find()
        except (LostClaimError, ConflictError):
            raise
        except Exception as error:
            log.info("look failed", exc_info=error, extra={"delivery": self.claim.delivery_id})
            code = error.code if isinstance(error, ChannelError) else "DLV-505"
            words = error.sentence if isinstance(error, ChannelError) else CANT_TELL
            finishing.still_unknown(self.services, self.claim, finishing.trouble(code, words), self.now())
            return
        if receipt is None:
            finishing.not_there(self.services, self.claim, self.now())
        else:
            finishing.publish(self.services, self.claim, receipt, self.now())

    def _find(self) -> Receipt | None:
        self.claim = freshen(self.services, self.claim, self.now())
        job = self._load()
        if not isinstance(job.channel, Sends) or job.artefact_hash is None:
            raise Permanent("DLV-505", CANT_TELL)
        artefact = self.services.artefacts.load(job.artefact_hash)
        with self.guard():
            return job.channel.find(job.key, artefact, job.settings)


def _wrong_settings(error: ValidationError) -> Words:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    return Words(
        f"账号设置“{name}”不能用：{first['msg']}。请在账号页更正后重试。",
        f"The account's setting {name!r} can't be used: {first['msg']}. Mend it on the account's page, then retry.",
    )


BROKE = Words(
    "生成或写入成品时程序出错，没有发出任何内容。请重试；仍不行请把编号告诉管理员。",
    "The program failed while making the files; nothing was sent. Retry, or tell an administrator this code.",
)
BROKE_WHILE_SENDING = Words(
    "发送途中程序出错，结果待核。系统会先核对，不会盲目重发。",
    "The program failed while sending. The outcome is looked up first; nothing is resent blindly.",
)
TOO_SLOW = Words("超过时限，已中止。", "It took longer than its time limit and was stopped.")
BY_HAND = Words("此渠道由人工发布。", "A person posts to this channel.")
NOT_IN_USE = Words("此账号已停用，或其渠道未安装。", "This account is not in use, or its channel isn't here.")
NO_SITE = Words("没有站点可供发布，请先建立站点。", "There is no site to publish on; set one up first.")
SITE_BUSY = Words("站点正在重建，稍后自动再试。", "The site is being rebuilt; tried again soon by itself.")
NO_PROOF = Words("平台没有给出回执，结果待核。", "The platform gave no receipt; the outcome is looked up.")
CANT_TELL = Words(
    "暂时无法核对结果。请到平台查看是否已发布。",
    "The outcome can't be looked up now. See at the platform whether it is there.",
)
