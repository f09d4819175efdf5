"""Taking down one delivery that is out: a worker's part of a withdrawal.

Doing it twice does no harm (`channels.base.Retracts`, `hub.site.withdraw`), so a lost answer is simply tried again.
What no program can take down becomes a person's task with a time limit.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from channels.base import ChannelError, NeedsHand, Permanent, Receipt, Retracts, Retryable, Sited, Unknown
from channels.items import Item
from channels.manuscript import Withdrawal
from channels.words import Words
from hub import site
from hub.domain.deadlines import HAND_TIME, MAX_ATTEMPTS, backoff
from hub.domain.states import State
from hub.domain.troubles import Press, Turn, trouble
from hub.files import BusyError
from hub.models import Delivery, Site
from hub.publishing.bounds import Clock, Guard, TooLateError, TooSlowError, unbounded
from hub.publishing.claiming import Claim, LostClaimError, freshen, held_by
from hub.services import Services
from hub.workflow import Actor, ConflictError, move

log = logging.getLogger("yigao.delivery")


@dataclass(frozen=True)
class _Job:
    """All that is needed, read before the slow work."""

    channel: Any
    stored: dict[str, Any]
    receipt: Receipt
    withdrawal: Withdrawal
    key: str
    item: Item | None
    site: Site | None


def retract(services: Services, claim: Claim, now: Clock, guard: Guard = unbounded) -> None:
    """Take down the claimed delivery, or say that a person must. Never raises for what a channel does: it is recorded
    with a sentence. A claim lost meanwhile ends in silence: somebody else decides.
    """
    try:
        _Step(services, claim, now, guard).work()
    except (LostClaimError, ConflictError):
        log.info("claim lost", extra={"delivery": claim.delivery_id})


class _Step:
    def __init__(self, services: Services, claim: Claim, now: Clock, guard: Guard) -> None:
        self.services, self.claim, self.now, self.guard = services, claim, now, guard

    def work(self) -> None:
        try:
            self._work()
        except ChannelError as error:
            self._end(error)
        except BusyError:
            self._end(Retryable("DLV-306", SITE_BUSY))
        except (TooSlowError, TooLateError):
            self._end(Retryable("DLV-504", TOO_SLOW))
        except (LostClaimError, ConflictError):
            raise
        except Exception:
            # The one broad except: whatever a channel does, the withdrawal ends with a sentence and the next goes on.
            log.exception("withdrawal broke", extra={"delivery": self.claim.delivery_id})
            self._end(Permanent("DLV-500", BROKE))

    def _work(self) -> None:
        job = self._load()
        if isinstance(job.channel, Sited) and job.item is not None:
            self._off_the_site(job, job.item)
        elif isinstance(job.channel, Retracts):
            settings = self._settings(job)
            self._renew()
            with self.guard(self.claim):
                receipt = job.channel.retract(job.receipt, job.withdrawal, settings, job.key)
            self._done(receipt)
        else:
            raise NeedsHand("DLV-330", BY_HAND)

    def _load(self) -> _Job:
        with self.services.db.reading() as session:
            delivery = session.get(Delivery, self.claim.delivery_id)
            if delivery is None or delivery.token != self.claim.token or delivery.withdrawal_id is None:
                raise LostClaimError(self.claim.delivery_id)
            account = delivery.account
            return _Job(
                # Also of an account no longer in use: what it has told the public is taken back all the same.
                channel=self.services.channels.get(account.channel),
                stored=account.settings,
                receipt=Receipt(delivery.platform_id, delivery.url, delivery.proof),
                withdrawal=site.withdrawal_of(session, delivery.withdrawal_id),
                key=f"{delivery.key}-w{delivery.withdrawal_id}",
                item=Item.model_validate(delivery.item) if delivery.item else None,
                site=site.site_of(session, account.office),
            )

    def _settings(self, job: _Job) -> Any:
        try:
            return self.services.settings(job.channel.key, job.stored)
        except ValidationError as error:
            raise NeedsHand("DLV-206", WRONG_SETTINGS) from error

    def _off_the_site(self, job: _Job, item: Item) -> None:
        if job.site is None:
            raise Permanent("DLV-305", NO_SITE)
        with site.locked(self.services, job.site.key):
            self._renew()
            # Under one lock with the commit, so that a rebuild never sees the notice without the row.
            receipt = site.withdraw(self.services, job.site, item, job.withdrawal)
            self._done(receipt, job.site.id)

    def _renew(self) -> None:
        self.claim = freshen(self.services, self.claim, self.now())

    def _done(self, receipt: Receipt, site_id: int | None = None) -> None:
        now = self.now()
        proof = " ".join(filter(None, (receipt.proof, receipt.platform_id, receipt.url)))
        with self.services.db.writing() as session:
            delivery = held_by(session, self.claim)
            withdrawn(session, delivery, proof, actor=self.claim.actor, now=now, token=self.claim.token)
            if site_id is not None:
                site.want(session, site_id, [delivery.interpretation_id])
        log.info("withdrawn", extra={"delivery": self.claim.delivery_id})

    def _end(self, error: ChannelError) -> None:
        now = self.now()
        with self.services.db.writing() as session:
            delivery = held_by(session, self.claim)
            values = tried(delivery.key, delivery.attempt + 1, error, now)
            said = values["trouble"]
            how: dict[str, Any] = {"actor": self.claim.actor, "now": now, "reason": error.code}
            move(session, delivery, State.WITHDRAWING, token=self.claim.token, said=said, **how, **values)
        log.info("not withdrawn", extra={"delivery": self.claim.delivery_id, "code": error.code})


def withdrawn(
    session: Session, delivery: Delivery, proof: str, *, actor: Actor, now: datetime, token: str | None = None
) -> None:
    """It is gone, and `proof` says how we know. What proved that it had been there is kept beside it."""
    values: dict[str, Any] = {
        "proof": "\n".join(filter(None, (delivery.proof, f"撤回 withdrawn: {proof}"))),
        "trouble": None,
        "hand_by": None,
        "ready_at": None,
        "finished_at": now,
    }
    move(session, delivery, State.WITHDRAWN, actor=actor, now=now, token=token, **values)


def tried(key: str, attempt: int, error: ChannelError, now: datetime) -> dict[str, Any]:
    """The columns after try number `attempt` of a withdrawal: the next try, or a person's task with its time limit."""
    again = isinstance(error, (Retryable, Unknown)) and attempt < MAX_ATTEMPTS
    turn, press = (Turn.MACHINE, Press.WAIT) if again else OURS.get(error.code, (Turn.PERSON, Press.HAND))
    as_it_is = again or isinstance(error, NeedsHand) or error.code in OURS
    said = error.sentence if as_it_is else by_hand_after(error.sentence)
    return {
        "attempt": attempt,
        "trouble": trouble(error.code, said, turn, press),
        "ready_at": now + backoff(key, attempt) if again else None,
        "hand_by": None if again else now + HAND_TIME,
        "hinted_at": None,
    }


# What is wrong on our own side: whoever runs the machine mends it, then the system tries again.
OURS = {
    "DLV-305": (Turn.ADMINISTRATOR, Press.RETRY),
    "DLV-311": (Turn.ADMINISTRATOR, Press.FOLDER),
    "DLV-312": (Turn.ADMINISTRATOR, Press.FOLDER),
    "DLV-500": (Turn.ADMINISTRATOR, Press.RETRY),
}


def by_hand_after(sentence: Words) -> Words:
    """The sentence, and that a person must take it down."""
    return Words(
        f"{sentence.zh} 请人工撤下，完成后在此登记。", f"{sentence.en} Take it down by hand, then record it here."
    )


BY_HAND = Words(
    "此渠道不能由系统撤下。请到平台删除，完成后在此登记。",
    "The system can't take this down. Delete it at the platform, then record it here.",
)
WRONG_SETTINGS = Words(
    "账号设置已不能用，系统无法撤下。请到平台删除，完成后在此登记。",
    "The account's settings no longer work. Delete it at the platform by hand, then record it here.",
)
SITE_BUSY = Words("站点正在重建，稍后自动再试。", "The site is being rebuilt; tried again soon by itself.")
TOO_SLOW = Words("超过时限，已中止。", "It took longer than its time limit and was stopped.")
BROKE = Words("撤下时程序出错。", "The program failed while taking it down.")
NO_SITE = Words("没有站点可供撤下。", "There is no site to take it down from.")
INTERRUPTED = Retryable("DLV-333", Words("撤下途中程序中断。", "The program was interrupted while taking it down."))
