"""Delivering what was claimed: render what was approved, then write it to the site, send it, or hand it over.

Rows of one channel are worked off in rounds: their intents are committed together, each is done, their endings are
committed together. So a channel that answers quickly costs two commits for many deliveries; a slow one has rounds of
one.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from channels.base import (
    Accepted,
    ChannelError,
    NeedsHand,
    Permanent,
    Receipt,
    Replaces,
    Retryable,
    Sends,
    Sited,
    Unknown,
)
from channels.items import Item
from channels.words import Words
from hub import site
from hub.files import BusyError
from hub.models import Site
from hub.publishing import finishing
from hub.publishing.bounds import Clock, Guard, TooLateError, TooSlowError, never, unbounded
from hub.publishing.claiming import Claim, Kind, begin, fresh, go_on
from hub.publishing.confirming import confirm
from hub.publishing.finishing import TOO_SLOW, Ending
from hub.publishing.looking import look
from hub.publishing.preparing import Job, Prepared, Workshop, by_channel, is_far, load
from hub.publishing.retracting import retract
from hub.services import Services

log = logging.getLogger("yigao.delivery")

T = TypeVar("T")
Made = tuple[Job, Prepared]

# A round ends after so long: what was sent in it is recorded then, and the lock of a site is free for others.
ROUND_SECONDS = 0.2


def deliver(services: Services, claim: Claim, now: Clock, guard: Guard = unbounded) -> None:
    """Bring one claimed delivery to an end, look up the fate of an unknown or accepted one, or take down a withdrawn
    one.
    """
    match claim.kind:
        case Kind.WORK:
            deliver_all(services, [claim], now, guard)
        case Kind.LOOK:
            look(services, claim, now, guard)
        case Kind.CONFIRM:
            confirm(services, claim, now, guard)
        case Kind.RETRACT:
            retract(services, claim, now, guard)


def deliver_all(
    services: Services,
    claims: Sequence[Claim],
    now: Clock,
    guard: Guard = unbounded,
    *,
    workshop: Workshop | None = None,
    stopping: Callable[[], bool] = never,
) -> None:
    """Bring deliveries claimed together to their ends. Never raises for what a channel does: it is recorded with a
    sentence. A claim lost meanwhile ends in silence: somebody else decides about it. When `stopping` turns true the
    delivery in hand is finished and the others are given back.
    """
    jobs, refused = load(services, claims)
    finishing.finish(services, [finishing.failed(r, r.error, now()) for r in refused], now())
    workshop = workshop or Workshop(services)
    for group in by_channel(jobs):
        _Group(services, group, now, guard, workshop, stopping).run()


class _Group:
    """Jobs of one channel, and of one way of reaching it."""

    def __init__(
        self,
        services: Services,
        jobs: Sequence[Job],
        now: Clock,
        guard: Guard,
        workshop: Workshop,
        stopping: Callable[[], bool],
    ) -> None:
        self.services, self.now, self.guard = services, now, guard
        self.workshop, self.stopping = workshop, stopping
        self.channel = jobs[0].channel
        # Asked once: a protocol's isinstance looks at every method each time.
        self.sited, self.sends = isinstance(self.channel, Sited), isinstance(self.channel, Sends)
        self.waiting = deque(jobs)
        self.lease_until = min(j.claim.lease_until for j in jobs)
        # One took too long: nothing more of this channel is begun now.
        self.slow = False

    def run(self) -> None:
        far = is_far(self.waiting[0])
        size = len(self.waiting) if not self.sends else 1 if far else getattr(self.channel, "batch", 1)
        while self.waiting and not self.slow and not self.stopping():
            ready = self._prepare([self.waiting.popleft() for _ in range(min(size, len(self.waiting)))])
            if self.sited:
                self._place_all(ready)
            else:
                self._send_all(ready)
        self._give_back(self.waiting)

    def _going(self, jobs: Sequence[Job]) -> list[Job]:
        """Those that may go on, with enough of their leases left for a bounded step; the others are given back."""
        steady, now = time.monotonic(), self.now()
        if fresh(self.services, self.lease_until, now):
            return list(jobs)
        going = go_on(self.services, [j.claim for j in (*jobs, *self.waiting)], now, steady)
        self.waiting = deque(self._those(self.waiting, going))
        return self._those(jobs, going)

    def _those(self, jobs: Iterable[Job], going: Sequence[Claim]) -> list[Job]:
        """Of the jobs those whose claims go on, with their new leases; the others are given back."""
        self.lease_until = min((c.lease_until for c in going), default=self.lease_until)
        by_id = {c.delivery_id: c for c in going}
        jobs = list(jobs)
        self._give_back([j for j in jobs if j.row.id not in by_id])
        return [replace(j, claim=by_id[j.row.id]) for j in jobs if j.row.id in by_id]

    def _give_back(self, jobs: Iterable[Job]) -> None:
        """Of no effect for a claim that was lost."""
        finishing.finish(self.services, [finishing.given_back(j) for j in jobs], self.now())

    def _prepare(self, jobs: list[Job]) -> list[Made]:
        """Render them; those that can't be have ended, and after one that took too long the others are given back."""
        ready: list[Made] = []
        todo = deque(jobs)
        while todo and not self.slow and not (ready and self.stopping()):
            if not (todo := deque(self._going(todo))):
                break
            job = todo.popleft()
            made = self._tried(job, partial(self._made, job), sending=False)
            if isinstance(made, ChannelError):
                self._finish([finishing.failed(job, made, self.now())])
            else:
                ready.append((job, made))
        self._give_back(todo)
        return ready

    def _made(self, job: Job) -> Prepared:
        with self.guard(job.claim):
            prepared = self.workshop.prepare(job)
        if self.sited and job.site is None:
            raise Permanent("DLV-305", NO_SITE)
        return prepared

    def _place_all(self, ready: list[Made]) -> None:
        """Under the sites' locks with the commits, so that a rebuild never sees the files without the rows, and nobody
        looks for a page while it is being written.
        """
        rest = deque(ready)
        while rest and not self.slow:
            sites = sorted({_site_of(job).key for job, _ in rest})
            try:
                with ExitStack() as locks:
                    # In one order for everybody: nobody waits in a circle.
                    for key in sites:
                        locks.enter_context(site.locked(self.services, key))
                    rest = deque(self._begun(list(rest)))
                    self._finish(self._round(rest, self._placed))
            except BusyError:
                if len(sites) > 1:
                    self._place_apart(rest, sites)
                    return
                busy = Retryable("DLV-306", SITE_BUSY)
                self._finish([finishing.failed(job, busy, self.now(), made) for job, made in rest])
                return
            if self.stopping():
                break
        self._give_back(job for job, _ in rest)

    def _place_apart(self, rest: Iterable[Made], sites: Iterable[str]) -> None:
        """Site by site, so that one that is being rebuilt holds up no other."""
        by_site: dict[str, list[Made]] = {key: [] for key in sites}
        for job, made in rest:
            by_site[_site_of(job).key].append((job, made))
        for some in by_site.values():
            self._place_all(some)

    def _round(self, rest: deque[Made], step: Callable[[Job, Prepared], Receipt | Accepted]) -> list[Ending]:
        """Take from `rest` and do one after the other, at least one, for the length of a round; how they ended."""
        endings: list[Ending] = []
        until = time.monotonic() + ROUND_SECONDS
        while rest and not self.slow:
            job, made = rest.popleft()
            answer = self._tried(job, partial(step, job, made), sending=True)
            endings.append(self._ending(job, answer, made))
            if time.monotonic() >= until or self.stopping():
                break
        return endings

    def _placed(self, job: Job, made: Prepared) -> Receipt:
        with self.guard(job.claim):
            return site.place(self.services, _site_of(job), _item_of(made), made.artefact)

    def _send_all(self, ready: list[Made]) -> None:
        """Commit the intents, send for the length of a round, commit the receipts, and again. What has its intent and
        was not begun is given back when nothing more is to be sent.
        """
        rest = deque(self._begun(self._for_machines(ready)))
        while rest and not self.slow:
            self._finish(self._round(rest, self._sent))
            if self.stopping():
                break
            if rest and not self.slow:
                rest = deque(self._begun(list(rest)))
        self._give_back(job for job, _ in rest)

    def _for_machines(self, ready: list[Made]) -> list[Made]:
        """What need not be handed over to a person; the others are."""
        by_hand = {job.row.id: why for job, _ in ready if (why := self._by_hand(job))}
        now = self.now()
        self._finish([finishing.failed(j, by_hand[j.row.id], now, made) for j, made in ready if j.row.id in by_hand])
        return [(job, made) for job, made in ready if job.row.id not in by_hand]

    def _begun(self, ready: list[Made]) -> list[Made]:
        """Those with their intents committed and their leases at full length; the others are given back."""
        if not ready:
            return []
        claims: dict[str, list[Claim]] = {}
        for job, made in ready:
            claims.setdefault(made.sha256, []).append(job.claim)
        steady, now = time.monotonic(), self.now()
        going = {j.row.id: j for j in self._those([job for job, _ in ready], begin(self.services, claims, now, steady))}
        return [(going[job.row.id], made) for job, made in ready if job.row.id in going]

    def _sent(self, job: Job, made: Prepared) -> Receipt | Accepted:
        with self.guard(job.claim):
            receipt = _send(job.channel, job, made)
        if isinstance(receipt, Accepted):
            return receipt
        if not (receipt.platform_id or receipt.proof):
            raise Unknown("DLV-503", NO_PROOF)
        return receipt

    def _by_hand(self, job: Job) -> NeedsHand | None:
        """Why a person must post this one, if so."""
        if not self.sends:
            return NeedsHand("DLV-310", BY_HAND)
        if job.earlier is not None and not isinstance(self.channel, Replaces):
            return NeedsHand("DLV-314", CORRECT_BY_HAND)
        return None

    def _tried(self, job: Job, step: Callable[[], T], *, sending: bool) -> T | ChannelError:
        """The step's answer, or what its failure means. `sending`: something may have left the house."""
        try:
            return step()
        except ChannelError as error:
            return error
        except TooLateError:
            self.slow = True
            return Retryable("DLV-507", STOOD_STILL)
        except TooSlowError:
            self.slow = True
            return (Unknown if sending else Retryable)(TOO_SLOW, TAKES_TOO_LONG)
        except Exception:
            # The one broad except: whatever a channel does, the delivery ends with a sentence and the next goes on.
            log.exception("delivery broke", extra={"delivery": job.row.id, "channel": job.channel.key})
            return Unknown("DLV-501", BROKE_WHILE_SENDING) if sending else Permanent("DLV-500", BROKE)

    def _ending(self, job: Job, answer: Receipt | Accepted | ChannelError, made: Prepared) -> Ending:
        if isinstance(answer, Accepted):
            return finishing.accepted(job, answer, self.now(), made)
        if isinstance(answer, ChannelError):
            return finishing.failed(job, answer, self.now(), made)
        return finishing.published(job, answer, self.now(), made)

    def _finish(self, endings: list[Ending]) -> None:
        for one in finishing.finish(self.services, endings, self.now()):
            log.info(
                "ended",
                extra={
                    "delivery": one.row.id,
                    "channel": one.row.channel,
                    "state": one.target.value,
                    "code": one.reason or "-",
                },
            )


def _send(channel: Any, job: Job, made: Prepared) -> Receipt | Accepted:
    """By now it is known that the channel sends, and replaces where something is to be replaced."""
    receipt: Receipt | Accepted
    if job.earlier is None:
        receipt = channel.send(made.artefact, job.settings, job.row.key)
    else:
        receipt = channel.replace(made.artefact, job.earlier, job.settings, job.row.key)
    return receipt


def _site_of(job: Job) -> Site:
    assert job.site is not None  # noqa: S101 (without one it was not prepared)
    return job.site


def _item_of(made: Prepared) -> Item:
    assert made.item is not None  # noqa: S101 (a place on the site has one)
    return made.item


BROKE = Words(
    "生成或写入成品时程序出错，没有发出任何内容。请重试；仍不行请把编号告诉管理员。",
    "The program failed while making the files; nothing was sent. Retry, or tell an administrator this code.",
)
BROKE_WHILE_SENDING = Words(
    "发送途中程序出错，结果待核。系统会先核对，不会盲目重发。",
    "The program failed while sending. The outcome is looked up first; nothing is resent blindly.",
)
TAKES_TOO_LONG = Words("超过时限，已中止。", "It took longer than its time limit and was stopped.")
STOOD_STILL = Words("程序曾停顿，本次没有发出。", "The program stood still; this try was not begun.")
BY_HAND = Words("此渠道由人工发布。", "A person posts to this channel.")
CORRECT_BY_HAND = Words(
    "此渠道不能自动更正已发布的内容，请人工更正。",
    "What is out on this channel can't be corrected by itself; a person must.",
)
NO_SITE = Words("没有站点可供发布，请先建立站点。", "There is no site to publish on; set one up first.")
SITE_BUSY = Words("站点正在重建，稍后自动再试。", "The site is being rebuilt; tried again soon by itself.")
NO_PROOF = Words("平台没有给出回执，结果待核。", "The platform gave no receipt; the outcome is looked up.")
