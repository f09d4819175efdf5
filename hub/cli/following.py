"""Watching deliveries from the command line until nothing more happens by itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from sqlalchemy import select

from channels.registry import CHANNELS
from channels.words import Words
from hub.cli.output import Output
from hub.domain.states import SETTLED, State
from hub.models import Account, Delivery, Office, Projection
from hub.services import Services

# When nothing has moved for this long after the last one was due, following ends and says so.
PATIENCE = timedelta(minutes=2)

STATE_WORDS = {
    State.DRAFT: Words("草稿", "draft"),
    State.SCHEDULED: Words("定时发布", "scheduled"),
    State.QUEUED: Words("待发布", "queued"),
    State.WORKING: Words("发布中", "publishing"),
    State.AWAITING_HAND: Words("待人工发布", "awaiting hand posting"),
    State.CONFIRMING: Words("平台确认中", "confirming"),
    State.UNKNOWN: Words("结果待核", "outcome unknown"),
    State.PUBLISHED: Words("已发布", "published"),
    State.FAILED: Words("失败", "failed"),
    State.HELD: Words("暂缓", "held"),
    State.CANCELLED: Words("已取消", "cancelled"),
    State.WITHDRAWING: Words("撤回中", "withdrawing"),
    State.WITHDRAWN: Words("已撤回", "withdrawn"),
}
COLOURS = {State.PUBLISHED: "green", State.FAILED: "red", State.AWAITING_HAND: "yellow", State.HELD: "yellow"}

# A person's turn, once `hand_by` says so.
BY_HAND = frozenset({State.UNKNOWN, State.WITHDRAWING})

# Passed within a second when all is well.
IN_PASSING = frozenset({State.QUEUED})


@dataclass(frozen=True)
class Standing:
    """Where a delivery stands, for people and machines."""

    id: int
    channel: str
    account: str
    state: State
    url: str
    proof: str
    artefact: str | None
    trouble: dict[str, str] | None
    # The instant by which a person has to act, in ISO 8601.
    hand_by: str | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.state in SETTLED or (self.hand_by is not None and self.state in BY_HAND)

    def as_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {**self.__dict__, "state": self.state.value}

    @property
    def place(self) -> str:
        """Its address, a folder on this machine as a path."""
        return unquote(self.url.removeprefix("file://")) if self.url.startswith("file://") else self.url

    def line(self) -> Words:
        """One line for people."""
        words, channel = STATE_WORDS[self.state], CHANNELS[self.channel].name
        tail_zh = self.trouble["zh"] if self.trouble else self.place
        tail_en = self.trouble["en"] if self.trouble else self.place
        code = f"{self.trouble['code']} " if self.trouble else ""
        return Words(
            f"  {channel.zh} · {self.account} · {words.zh} {code}{tail_zh}".rstrip(),
            f"  {channel.en} · {self.account} · {words.en} {code}{tail_en}".rstrip(),
        )


def standings(services: Services, ids: Sequence[int]) -> list[Standing]:
    """Where these deliveries stand now, in the order of their numbers."""
    with services.db.reading() as session:
        rows = session.execute(
            select(Delivery, Account.name).join(Account).where(Delivery.id.in_(ids)).order_by(Delivery.id)
        ).all()
    return [
        Standing(
            d.id,
            d.channel,
            name,
            State(d.state),
            d.url,
            d.proof,
            d.artefact,
            d.trouble if d.trouble else None,
            d.hand_by.isoformat() if d.hand_by else None,
        )
        for d, name in rows
    ]


def follow(
    out: Output, services: Services, ids: Sequence[int], *, unsaid: frozenset[State] = IN_PASSING
) -> list[Standing]:
    """Say each change of state, but for the states `unsaid`, until all have settled and the public site has followed;
    returns the last standings.
    """
    said: dict[int, tuple[State, bool]] = {}
    deadline = _patience(services, ids)
    while True:
        now = standings(services, ids)
        for standing in now:
            if said.get(standing.id) != (standing.state, standing.settled):
                said[standing.id] = (standing.state, standing.settled)
                deadline = max(deadline, time.monotonic() + PATIENCE.total_seconds())
                if standing.state not in unsaid:
                    out.say(standing.line(), colour=COLOURS.get(standing.state))
        if all(s.settled for s in now) and site_is_current(services, ids):
            return now
        if time.monotonic() > deadline:
            out.error(
                Words(
                    "DLV-320 发布迟迟没有进展，不再等待。", "DLV-320 Nothing has moved for a while; no longer waiting."
                ),
                Words("请运行 yigao doctor 查看原因。", "Run yigao doctor to see why."),
            )
            return now
        time.sleep(0.1)


def site_is_current(services: Services, ids: Sequence[int]) -> bool:
    """Whether the lists and feeds of these deliveries' sites show all that has been published."""
    with services.db.reading() as session:
        behind = session.scalars(
            select(Projection.site_id)
            .join(Office, Office.site_id == Projection.site_id)
            .join(Account, Account.office_id == Office.id)
            .join(Delivery, Delivery.account_id == Account.id)
            .where(Delivery.id.in_(ids), Projection.built < Projection.wanted)
            .limit(1)
        ).first()
    return behind is None


def _patience(services: Services, ids: Sequence[int]) -> float:
    """The monotonic instant until which it is worth waiting: some time after the last of them is due."""
    with services.db.reading() as session:
        dues = session.scalars(select(Delivery.due_at).where(Delivery.id.in_(ids))).all()
    latest = max((due.timestamp() for due in dues), default=0.0)
    return time.monotonic() + max(0.0, latest - time.time()) + PATIENCE.total_seconds()
