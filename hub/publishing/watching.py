"""Watching: what a platform has published is looked at again after an hour, a day, and ever more seldom: platforms, and
an account's own people, take things down. What is gone becomes a person's task.

A look changes nothing and needs no claim: whoever moves its row's time forward has it, and one that is lost is missed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from channels.base import ChannelError, Confirms, Receipt, Remark
from hub.db import upsert
from hub.domain.deadlines import HAND_TIME, WATCHES
from hub.domain.states import State
from hub.domain.troubles import Press, Turn, trouble
from hub.models import Delivery, Watch
from hub.publishing.bounds import Guard, TooLateError, TooSlowError
from hub.publishing.claiming import Claim, Kind
from hub.services import Services
from hub.workflow import Actor, ConflictError, move

log = logging.getLogger("yigao.delivery")

WATCHER = Actor("clock")


@dataclass(frozen=True)
class _Job:
    channel: Any
    stored: dict[str, Any]
    receipt: Receipt
    key: str


def begin(session: Session, delivery_ids: Sequence[int], now: datetime) -> None:
    """Watch these from now on; in the transaction that publishes them."""
    for id_ in delivery_ids:
        row = upsert(session, Watch).values(delivery_id=id_, stage=0, at=now + WATCHES[0])
        session.execute(row.on_conflict_do_nothing())


def is_due(session: Session, now: datetime) -> bool:
    """Whether there is something to look at."""
    return session.scalar(select(Watch.delivery_id).where(Watch.at <= now).limit(1)) is not None


def watch_one(services: Services, worker: str, now: datetime, guard: Guard) -> bool:
    """Look at one that is due; whether there was one. Never raises for what a channel does."""
    # Asked by reading, since there seldom is one.
    with services.db.reading() as session:
        due = is_due(session, now)
    found = _take(services, now) if due else None
    if found is None:
        return False
    job = _load(services, found)
    if job is not None and isinstance(job.channel, Confirms):
        remark = _look(services, job, _bounded(services, found, worker, now), guard)
        if remark is not None:
            _gone(services, found, remark, now)
    return True


def _take(services: Services, now: datetime) -> int | None:
    """The delivery that is ours to look at now; its next look is written already."""
    with services.db.writing() as session:
        row = session.scalars(
            select(Watch).where(Watch.at <= now).order_by(Watch.at).limit(1).with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        row.stage += 1
        if row.stage < len(WATCHES):
            session.execute(
                update(Watch).where(Watch.delivery_id == row.delivery_id).values(at=now + WATCHES[row.stage])
            )
        else:
            session.execute(delete(Watch).where(Watch.delivery_id == row.delivery_id))
        return row.delivery_id


def _load(services: Services, delivery_id: int) -> _Job | None:
    with services.db.reading() as session:
        delivery = session.get_one(Delivery, delivery_id)
        if delivery.state != State.PUBLISHED:
            return None
        receipt = Receipt(delivery.platform_id, delivery.url, delivery.proof)
        channel = services.channels.get(delivery.account.channel)
        return _Job(channel, delivery.account.settings, receipt, delivery.key)


def _bounded(services: Services, delivery_id: int, worker: str, now: datetime) -> Claim:
    """No claim on the row: only what bounds the time of a look."""
    lease = services.config.lease_seconds
    return Claim(delivery_id, "", worker, now + timedelta(seconds=lease), Kind.LOOK, time.monotonic() + lease)


def _look(services: Services, job: _Job, bound: Claim, guard: Guard) -> Remark | None:
    try:
        settings = services.settings(job.channel.key, job.stored)
        with guard(bound):
            remark: Remark | None = job.channel.watch(job.receipt, settings, job.key)
            return remark
    except (ChannelError, TooSlowError, TooLateError, ValidationError) as error:
        log.info("watch failed", extra={"delivery": bound.delivery_id, "code": getattr(error, "code", "-")})
    except Exception:
        log.exception("watch broke", extra={"delivery": bound.delivery_id})
    return None


def _gone(services: Services, delivery_id: int, remark: Remark, now: datetime) -> None:
    """It does not stand there any more: a person sees to it, and records that it is gone or publishes it again."""
    said = trouble(remark.code, remark.sentence, Turn.PERSON, Press.HAND)
    try:
        with services.db.writing() as session:
            delivery = session.get_one(Delivery, delivery_id)
            if delivery.state != State.PUBLISHED:
                return
            values: dict[str, Any] = {"trouble": said, "hand_by": now + HAND_TIME, "ready_at": None, "attempt": 0}
            how: dict[str, Any] = {"actor": WATCHER, "now": now, "reason": remark.code, "said": said}
            move(session, delivery, State.WITHDRAWING, **how, **values)
            session.execute(delete(Watch).where(Watch.delivery_id == delivery_id))
    except ConflictError:
        log.info("moved meanwhile", extra={"delivery": delivery_id})
