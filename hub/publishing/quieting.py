"""Which offices are quiet now (暂停发布), asked by the clock, by every claim, and before every send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, bindparam, false, func, or_, select, true
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain import quiet
from hub.domain.quiet import Kind, Quiet
from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.models import Account, Delivery, Hold, Office
from hub.models.base import UtcDateTime
from hub.workflow import Actor


@dataclass(frozen=True)
class HeldOffices:
    """The offices of which nothing goes out at an instant: all of them, or those in `ids`; `holds` say why."""

    everyone: bool
    ids: frozenset[int]
    # Each with the offices it is in force for (None: all).
    holds: Sequence[tuple[Hold, frozenset[int] | None]]

    def __bool__(self) -> bool:
        return bool(self.holds)

    def of(self, office_id: int) -> list[Hold]:
        """The holds in force for one office, those for everybody first."""
        return [hold for hold, ids in self.holds if ids is None or office_id in ids]

    def stops(self, office_id: int, let_through: int | None = None) -> Hold | None:
        """The hold that keeps a queued or scheduled delivery of the office back, if any; `let_through` is the
        delivery's `hold_id`: it passes that hold and all older ones, because an editor said "publish now".
        """
        return next((hold for hold in self.of(office_id) if hold.id > (let_through or 0)), None)

    @property
    def stopped(self) -> ColumnElement[bool]:
        """`stops` as the condition of a query over Delivery."""
        return self.stops_where(Delivery)

    def stops_where(self, row: Any) -> ColumnElement[bool]:
        """`stops` as the condition of a query over Delivery or an alias of it."""
        return or_(false(), *(self._of(row, ids) & (func.coalesce(row.hold_id, 0) < h.id) for h, ids in self.holds))

    def covers_where(self, row: Any) -> ColumnElement[bool]:
        """Whether a delivery is of one of these offices, let through or not."""
        return or_(false(), *(self._of(row, ids) for _, ids in self.holds))

    def _of(self, row: Any, ids: frozenset[int] | None) -> ColumnElement[bool]:
        if ids is None:
            return true()
        theirs: ColumnElement[bool] = row.account_id.in_(select(Account.id).where(Account.office_id.in_(ids)))
        return theirs


NOBODY = HeldOffices(everyone=False, ids=frozenset(), holds=())


def held_offices(session: Session, now: datetime) -> HeldOffices:
    """Which offices are quiet at `now`. One query on a small table as long as no hold may be in force."""
    possible = session.execute(_POSSIBLE, {"now": now}).all()
    found: list[tuple[Hold, frozenset[int] | None]] = []
    for hold, zone in possible:
        ids = _offices(session, hold, zone, now)
        if ids is None or ids:
            found.append((hold, ids))
    if not found:
        return NOBODY
    everyone = any(ids is None for _, ids in found)
    return HeldOffices(everyone, frozenset().union(*(ids for _, ids in found if ids)), found)


def pass_for(session: Session, actor: Actor, delivery: Delivery, now: datetime) -> int | None:
    """The `hold_id` with which a delivery goes out that an editor wants published now: the newest hold in force, which
    it passes with all older ones. None for one that was not held: it stops for every hold. Raises Refusal when an
    editor's own office did not order the hold.
    """
    if delivery.state != State.HELD:
        return None
    found = held_offices(session, now).of(delivery.account.office_id)
    if actor.user_id is not None and any(hold.office_id is None for hold in found):
        raise Refusal(
            "HLD-410",
            Words("所有单位都已暂停发布，现在不能立即发布。", "Publishing is on hold for all offices."),
            Words("可以改时间或取消；其余请联系系统管理员。", "Reschedule or cancel it, or ask its administrator."),
        )
    return max((hold.id for hold in found), default=None)


def may_apply(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether a hold is neither lifted nor over: in force at `now`, or later, or again."""
    return Hold.lifted_at.is_(None) & (Hold.ends_at.is_(None) | (Hold.ends_at > now))


# Asked at every claim and before every send, so it is built once.
_POSSIBLE = (
    select(Hold, Office.zone)
    .outerjoin(Office, Office.id == Hold.office_id)
    .where(
        may_apply(bindparam("now", type_=UtcDateTime())),
        # A switch that was thrown is on, also when the machine's clock has since been set back to before.
        or_(
            Hold.starts_at <= bindparam("now", type_=UtcDateTime()),
            (Hold.kind == Kind.SWITCH.value) & (Hold.starts_at <= Hold.created_at),
        ),
    )
    .order_by(Hold.office_id.is_not(None), Hold.id)
)


def quiet_of(hold: Hold) -> Quiet:
    """The row as the domain knows it."""
    return Quiet(Kind(hold.kind), hold.starts_at, hold.ends_at, hold.daily_from, hold.daily_to, hold.lifted_at)


def _offices(session: Session, hold: Hold, zone: str | None, now: datetime) -> frozenset[int] | None:
    """The offices the hold is in force for at `now`; None for all. A night for everybody is each office's own night."""
    if hold.office_id is not None:
        thrown = hold.kind == Kind.SWITCH and hold.starts_at <= hold.created_at
        inside = thrown or quiet.in_force(quiet_of(hold), now, ZoneInfo(zone or "UTC"))
        return frozenset({hold.office_id}) if inside else frozenset()
    if hold.kind != Kind.NIGHTLY:
        return None
    zones = session.scalars(select(Office.zone).distinct()).all()
    dark = [z for z in zones if quiet.in_force(quiet_of(hold), now, ZoneInfo(z))]
    if len(dark) == len(zones):
        return None
    return frozenset(session.scalars(select(Office.id).where(Office.zone.in_(dark)))) if dark else frozenset()
