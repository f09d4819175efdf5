"""What an editor changes about a delivery: cancel, reschedule, retry, record a posting by hand or a lost outcome.

Each names the version it saw; if the clock, a worker or a colleague was faster, ConflictError says so and nothing
changes. Each returns the delivery's new version.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.states import CANCELLABLE, RESCHEDULABLE, RETRYABLE, State
from hub.domain.troubles import Press, Turn, trouble
from hub.models import Delivery
from hub.publishing import screenshots
from hub.publishing.access import find_delivery, require_state, require_time, settle_published_at, signature
from hub.publishing.quieting import pass_for
from hub.publishing.withdrawing import after_ending, require_free
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
    "hand_by": None,
}


def cancel(services: Services, *, actor: Actor, delivery_id: int, version: int, now: datetime, reason: str = "") -> int:
    """Stop a delivery that nobody works on yet. Raises Refusal when it is too late."""
    with services.db.writing() as session:
        delivery = find_delivery(session, actor, delivery_id, version)
        require_state(delivery, CANCELLABLE, Words("不能取消", "can't be cancelled"))
        move(session, delivery, State.CANCELLED, actor=actor, now=now, reason=reason, finished_at=now, hand_by=None)
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
    with services.db.writing() as session:
        delivery = find_delivery(session, actor, delivery_id, version)
        due = require_time(at, now)
        require_state(delivery, RESCHEDULABLE, Words("不能改时间", "can't be rescheduled"))
        require_newest(session, delivery)
        move(session, delivery, State.SCHEDULED, actor=actor, now=now, reason=reason, due_at=due, hold_id=None, **ANEW)
        settle_published_at(session, delivery.interpretation_id)
        return delivery.version


def retry(services: Services, *, actor: Actor, delivery_id: int, version: int, now: datetime, reason: str = "") -> int:
    """Send a failed or held delivery out now. Raises Refusal for any other, and for one that a newer one replaced. A
    held one passes the quiet time that its office has ordered itself; a failed one waits for its end.
    """
    with services.db.writing() as session:
        delivery = find_delivery(session, actor, delivery_id, version)
        require_state(delivery, RETRYABLE, Words("不能重试", "can't be retried"))
        require_newest(session, delivery)
        values = {"due_at": now, "hold_id": pass_for(session, actor, delivery, now), **ANEW}
        move(session, delivery, State.QUEUED, actor=actor, now=now, reason=reason, **values)
        settle_published_at(session, delivery.interpretation_id)
        return delivery.version


def record_hand(
    services: Services,
    *,
    actor: Actor,
    delivery_id: int,
    version: int,
    now: datetime,
    url: str = "",
    screenshot: bytes | None = None,
) -> int:
    """Record that a person posted it: where, or the picture that shows it, or both. Raises Refusal for neither, for a
    URL that is no http(s) address, and for bytes that are no picture.
    """
    with services.db.reading() as session:
        found = find_delivery(session, actor, delivery_id, version)
        if not url.strip() and not screenshot:
            raise Refusal("DLV-242", NO_RECEIPT, ONE_OF_THEM)
        url = require_address(url) if url.strip() else ""
        _require_waiting(found)
    kept = screenshots.named(services.artefacts.put(screenshots.made_anew(screenshot))) if screenshot else ""
    with services.db.writing() as session:
        delivery = find_delivery(session, actor, delivery_id, version)
        _require_waiting(delivery)
        proof = f"{signature(session, actor, now)}: {' '.join(filter(None, (url, kept)))}"
        done: dict[str, Any] = {"url": url, "proof": proof, "trouble": None, "hand_by": None, "finished_at": now}
        move(session, delivery, State.PUBLISHED, actor=actor, now=now, reason=kept, **done)
        return delivery.version


def _require_waiting(delivery: Delivery) -> None:
    """Raise Refusal unless a person is to post it: one taken back meanwhile must come down, if it was posted."""
    if delivery.withdrawal_id is not None:
        raise Refusal("DLV-222", TAKEN_BACK, IF_POSTED)
    require_state(delivery, WAITING, NOT_WAITING)


def settle(
    services: Services, *, actor: Actor, delivery_id: int, version: int, there: bool, now: datetime, url: str = ""
) -> int:
    """Record what a person saw at the platform of a delivery whose answer was lost: it is there, at `url` if the
    platform gives addresses, or it is not and may be sent again. Raises Refusal for any other delivery, while a worker
    looks, and for an `url` that is no http(s) address; ConflictError when the look was faster.
    """
    with services.db.writing() as session:
        delivery = find_delivery(session, actor, delivery_id, version)
        url = require_address(url) if there and url.strip() else ""
        require_state(delivery, frozenset({State.UNKNOWN}), Words("的结果已有定论", "has a known outcome"))
        require_free(delivery)
        values: dict[str, Any] = {"finished_at": now, "hand_by": None, "ready_at": None}
        if there:
            proof = f"{signature(session, actor, now)}: 人工核对已在平台上 seen at the platform {url}".rstrip()
            values |= {"url": url or delivery.url, "proof": proof, "trouble": None}
            move(session, delivery, State.PUBLISHED, actor=actor, now=now, reason="looked: there", **values)
        else:
            said = trouble("DLV-507", NOT_SEEN, Turn.EDITOR, Press.RETRY)
            values |= {"trouble": said, "intent_at": None}
            move(session, delivery, State.FAILED, actor=actor, now=now, reason="looked: not there", said=said, **values)
        after_ending(session, delivery, actor=actor, now=now)
        return delivery.version


WAITING = frozenset({State.AWAITING_HAND})
NOT_WAITING = Words("不在等待人工发布", "is not waiting for a person")
NO_RECEIPT = Words("还没有链接，也没有截图。", "There is neither a link nor a picture.")
ONE_OF_THEM = Words(
    "请粘贴发布后的链接，或上传一张能看到发布结果的截图。",
    "Paste the post's link, or add a picture of the post as it stands there.",
)
NOT_SEEN = Words(
    "经人工核对，平台上没有这条内容。要发布，请重试。",
    "A person looked: it is not at the platform. Retry to publish it.",
)


def require_address(url: str) -> str:
    """The web address, without blanks around it. Raises Refusal for anything else."""
    url = url.strip()
    try:
        address = urlsplit(url)
    except ValueError:
        address = urlsplit("")
    if address.scheme not in ("http", "https") or not address.hostname or len(url) > 1000:
        raise Refusal(
            "DLV-207",
            Words(f"“{url[:80]}”不是网页地址。", f"{url[:80]!r} is not a web address."),
            Words("请粘贴以 https:// 开头的发布链接。", "Paste the post's link, starting with https://."),
        )
    return url


TAKEN_BACK = Words("这篇稿件已经撤回。", "This text has been withdrawn.")
IF_POSTED = Words("如果已经发到平台上，请到平台删除。", "If it is on the platform already, delete it there.")


def require_newest(session: Session, delivery: Delivery) -> None:
    """Raise Refusal rather than bring an old text back over a newer one, or beside an open one."""
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
