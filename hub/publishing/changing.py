"""What an editor changes about a delivery: cancel, reschedule, retry, record a posting by hand.

Each names the version it saw; if the clock, a worker or a colleague was faster, ConflictError says so and nothing
changes. Each returns the delivery's new version.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.words import NO_WORDS, Words
from hub.domain.refusals import Refusal
from hub.domain.states import CANCELLABLE, OPEN, RESCHEDULABLE, RETRYABLE, State
from hub.models import Delivery, User
from hub.publishing.access import find_delivery, require_time, settle_published_at
from hub.services import Services
from hub.workflow import Actor, move

# What a delivery starts anew with.
ANEW: dict[str, Any] = {
    "ready_at": None,
    "hinted_at": None,
    "intent_at": None,
    "trouble": None,
    "attempt": 0,
    "finished_at": None,
}


def cancel(services: Services, *, actor: Actor, delivery_id: int, version: int, now: datetime, reason: str = "") -> int:
    """Stop a delivery that nobody works on yet. Raises Refusal when it is too late."""
    with services.db.writing() as session:
        delivery = find_delivery(session, actor, delivery_id, version)
        _require(delivery, CANCELLABLE, Words("不能取消", "can't be cancelled"))
        move(session, delivery, State.CANCELLED, actor=actor, now=now, reason=reason, finished_at=now)
        settle_published_at(session, delivery.interpretation_id)
        return delivery.version


def reschedule(
    services: Services,
    *,
    actor: Actor,
    delivery_id: int,
    version: int,
    at: datetime,
    now: datetime,
    reason: str = "",
) -> int:
    """Give a delivery another time. Raises Refusal when it is too late or the time has passed."""
    due = require_time(at, now)
    with services.db.writing() as session:
        delivery = find_delivery(session, actor, delivery_id, version)
        _require(delivery, RESCHEDULABLE, Words("不能改时间", "can't be rescheduled"))
        _require_newest(session, delivery)
        move(session, delivery, State.SCHEDULED, actor=actor, now=now, reason=reason, due_at=due, **ANEW)
        settle_published_at(session, delivery.interpretation_id)
        return delivery.version


def retry(services: Services, *, actor: Actor, delivery_id: int, version: int, now: datetime, reason: str = "") -> int:
    """Send a failed or held delivery out now. Raises Refusal for any other, and for one that a newer one replaced."""
    with services.db.writing() as session:
        delivery = find_delivery(session, actor, delivery_id, version)
        _require(delivery, RETRYABLE, Words("不能重试", "can't be retried"))
        _require_newest(session, delivery)
        move(session, delivery, State.QUEUED, actor=actor, now=now, reason=reason, due_at=now, **ANEW)
        settle_published_at(session, delivery.interpretation_id)
        return delivery.version


def record_hand(services: Services, *, actor: Actor, delivery_id: int, version: int, url: str, now: datetime) -> int:
    """Record that a person posted it, and where. Raises Refusal for a URL that is no http(s) address."""
    address = urlsplit(url.strip())
    if address.scheme not in ("http", "https") or not address.hostname or len(url) > 1000:
        raise Refusal(
            "DLV-207",
            Words(f"“{url[:80]}”不是网页地址。", f"{url[:80]!r} is not a web address."),
            Words("请粘贴以 https:// 开头的发布链接。", "Paste the post's link, starting with https://."),
        )
    with services.db.writing() as session:
        delivery = find_delivery(session, actor, delivery_id, version)
        _require(delivery, frozenset({State.AWAITING_HAND}), Words("不在等待人工发布", "is not waiting for a person"))
        who = session.get(User, actor.user_id) if actor.user_id else None
        proof = f"{who.name if who else actor.name} {now.isoformat(timespec='seconds')}: {url.strip()}"
        done: dict[str, Any] = {"url": url.strip(), "proof": proof, "trouble": None, "finished_at": now}
        move(session, delivery, State.PUBLISHED, actor=actor, now=now, **done)
        return delivery.version


def _require(delivery: Delivery, allowed: frozenset[State], cannot: Words) -> None:
    if State(delivery.state) in allowed:
        return
    now_is = STATE_WORDS[State(delivery.state)]
    raise Refusal(
        "DLV-208",
        Words(f"这项发布任务{cannot.zh}：当前是“{now_is.zh}”。", f"This delivery {cannot.en}: it is {now_is.en}."),
        Words("请等它有结果。", "Wait for its outcome.") if State(delivery.state) in OPEN else NO_WORDS,
    )


def _require_newest(session: Session, delivery: Delivery) -> None:
    """Refuse to bring an old text back over a newer one, or beside an open one."""
    newer = session.scalar(
        select(Delivery.id)
        .where(
            Delivery.interpretation_id == delivery.interpretation_id,
            Delivery.account_id == delivery.account_id,
            Delivery.id > delivery.id,
            Delivery.state != State.CANCELLED,
        )
        .limit(1)
    )
    if newer is not None:
        raise Refusal(
            "DLV-209",
            Words("此账号已有这篇稿件更新的发布任务。", "There is a newer delivery of this text to this account."),
            Words("请在更新的任务上操作。", "Act on the newer one."),
        )


STATE_WORDS = {
    State.DRAFT: Words("草稿", "a draft"),
    State.SCHEDULED: Words("定时发布", "scheduled"),
    State.QUEUED: Words("等待发送", "queued"),
    State.WORKING: Words("发布中", "being published"),
    State.AWAITING_HAND: Words("待人工发布", "waiting for a person to post it"),
    State.CONFIRMING: Words("平台处理中", "being processed by the platform"),
    State.UNKNOWN: Words("结果待核", "of unknown outcome"),
    State.PUBLISHED: Words("已发布", "published"),
    State.FAILED: Words("失败", "failed"),
    State.HELD: Words("暂缓", "held"),
    State.CANCELLED: Words("已取消", "cancelled"),
    State.WITHDRAWING: Words("撤回中", "being withdrawn"),
    State.WITHDRAWN: Words("已撤回", "withdrawn"),
}
