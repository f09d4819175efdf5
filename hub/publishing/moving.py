"""What an editor does on the schedule: an interpretation's deliveries of one minute are moved together, to another
time, and back. A release to a whole city is one such group of 16,500.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, case, func, select
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.slots import instant
from hub.domain.states import State
from hub.domain.workdays import Calendar, next_workday
from hub.models import Account, Delivery, Move
from hub.permissions import require
from hub.publishing.access import hold_piece, require_time, settle_published_at
from hub.publishing.changing import ANEW
from hub.services import Services
from hub.workflow import Actor, move_all

# What may be dragged: what waits for its time, and what was kept back from it.
MOVABLE = frozenset({State.SCHEDULED, State.HELD})
# Whoever changes their mind does so soon.
WHILE = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Group:
    """An interpretation's deliveries of one minute (UTC). `stamp` says what of it the editor saw: another one means
    that somebody or the clock was faster.
    """

    interpretation_id: int
    minute: datetime
    stamp: str

    @property
    def key(self) -> str:
        """As a form carries it."""
        return f"{self.interpretation_id}~{self.minute:%Y-%m-%dT%H:%M}~{self.stamp}"


def group_of(key: str) -> Group | None:
    """The group of a form's key; None for what is none."""
    id_, _, rest = key.partition("~")
    minute, _, stamp = rest.partition("~")
    try:
        return Group(int(id_), datetime.fromisoformat(minute).replace(tzinfo=UTC), stamp)
    except ValueError:
        return None


def in_group(interpretation_id: int, minute: datetime) -> list[ColumnElement[bool]]:
    """The condition that a delivery is of the interpretation and this minute."""
    mine = Delivery.interpretation_id == interpretation_id
    return [mine, Delivery.due_at >= minute, Delivery.due_at < minute + MINUTE]


def movable_count() -> Any:
    """Of grouped deliveries, how many may be moved."""
    return func.coalesce(func.sum(case((Delivery.state.in_(MOVABLE), 1), else_=0)), 0)


def movable_versions() -> Any:
    """The sum of their versions: any change of any of them changes it."""
    return func.coalesce(func.sum(case((Delivery.state.in_(MOVABLE), Delivery.version), else_=0)), 0)


def minute_of(session: Session, instant: ColumnElement[datetime] | None = None) -> ColumnElement[str]:
    """The minute of an instant (None: a delivery's time) as "2026-05-04 01:00", UTC, in either database's words."""
    given: Any = Delivery.due_at if instant is None else instant
    if session.get_bind().dialect.name == "sqlite":
        # Instants are kept there as text that begins so; to read them as time takes three times as long.
        return func.substr(given, 1, 16, type_=String)
    return func.to_char(given, "YYYY-MM-DD HH24:MI", type_=String)


@dataclass(frozen=True)
class Moved:
    """What became of it: so many deliveries of these groups now have another time. Each is (interpretation, its minute
    now, its time before), as `put_back` takes it.
    """

    deliveries: int
    ways: Sequence[tuple[int, datetime, datetime]]


def move_groups(services: Services, *, actor: Actor, moves: Sequence[tuple[Group, datetime]], now: datetime) -> Moved:
    """Give each group its new time. All of them or none: raises Refusal when one can't be, or is not as it was seen."""
    done, ways = 0, []
    with services.db.writing() as session:
        for group, at in sorted(moves, key=lambda pair: pair[0].interpretation_id):
            where = [*in_group(group.interpretation_id, group.minute), Delivery.state.in_(MOVABLE)]
            hold_piece(session, group.interpretation_id)
            _require_rights(session, actor, where)
            require_time(at, now)
            _require_as_seen(session, group)
            before = session.scalar(select(func.min(Delivery.due_at)).where(*where)) or group.minute
            done += _give_time(session, where, at, actor, now, "schedule")
            settle_published_at(session, group.interpretation_id)
            ways.append((group.interpretation_id, _minute(at), before))
    return Moved(done, ways)


def put_back(
    services: Services,
    *,
    actor: Actor,
    moved_at: datetime,
    ways: Sequence[tuple[int, datetime, datetime]],
    now: datetime,
) -> int:
    """Give what the actor moved at that instant its old time back; returns how many deliveries. Raises Refusal when it
    is too long ago, the old time has passed, or nothing is left of it.
    """
    done = 0
    with services.db.writing() as session:
        for interpretation_id, minute, before in ways if now - moved_at <= WHILE else ():
            hold_piece(session, interpretation_id)
            mine = select(Move.delivery_id).where(
                Move.delivery_id == Delivery.id, Move.at == moved_at, Move.actor == actor.name
            )
            where = [*in_group(interpretation_id, minute), Delivery.state.in_(MOVABLE), mine.exists()]
            _require_rights(session, actor, where)
            done += _give_time(session, where, require_time(before, now), actor, now, "undo")
            settle_published_at(session, interpretation_id)
    if not done:
        raise Refusal(
            "SCH-240",
            Words("这次改时间已经不能撤销。", "This move can't be taken back any more."),
            Words("请在排期里把它移到想要的时间。", "Move it to the time you want on the schedule."),
        )
    return done


def shifted(at: datetime, how: str, value: str, zone: ZoneInfo, calendar: Calendar) -> datetime | None:
    """Where a time goes that is shifted: `how` is "days" (`value` of them, also back, on the same clock), "workday"
    (the next one, on the same clock) or "clock" (the same day at `value`). None for what can't be read.
    """
    local = at.astimezone(zone)
    try:
        if how == "days":
            return instant(local.date() + timedelta(days=int(value)), local.timetz().replace(tzinfo=None), zone)
        if how == "workday":
            return instant(next_workday(calendar, local.date()), local.timetz().replace(tzinfo=None), zone)
        if how == "clock":
            return instant(local.date(), time.fromisoformat(value), zone)
    except (ValueError, OverflowError):
        return None
    return None


def _minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _give_time(
    session: Session, where: Sequence[ColumnElement[bool]], at: datetime, actor: Actor, now: datetime, reason: str
) -> int:
    due = max(at, now)
    rows = session.execute(select(Delivery.id, Delivery.state).where(*where).order_by(Delivery.id)).all()
    count = 0
    for state in MOVABLE:
        ids = [row.id for row in rows if row.state == state]
        values = {**ANEW, "due_at": due, "hold_id": None}
        moved = move_all(session, ids, state, State.SCHEDULED, actor=actor, now=now, reason=reason, **values)
        count += len(moved)
    return count


def _require_rights(session: Session, actor: Actor, where: Sequence[ColumnElement[bool]]) -> None:
    offices = select(Account.office_id).join(Delivery, Delivery.account_id == Account.id).where(*where).distinct()
    if found := session.scalars(offices).all():
        require(session, actor, Right.PUBLISH, *found)


def _require_as_seen(session: Session, group: Group) -> None:
    where = in_group(group.interpretation_id, group.minute)
    count, versions = session.execute(select(movable_count(), movable_versions()).where(*where)).one()
    if not count or f"{count}.{versions}" != group.stamp:
        raise Refusal(
            "SCH-409",
            Words("这一项刚刚被改动过，没有移动。", "This has just been changed; nothing was moved."),
            Words("请看刷新后的排期，再移一次。", "Look at the schedule as it is now, then move it again."),
        )
