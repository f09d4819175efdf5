"""What the schedule reads: the days with their groups of deliveries, counted by the database, and what speaks against a
time. In a number of queries that does not grow with what is scheduled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, bindparam, case, func, literal_column, or_, select, true
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import True_

from channels.words import Words
from hub.console.reading import PRESSING, Chip
from hub.console.tracking import Scope
from hub.domain import quiet, workdays
from hub.domain.quiet import Quiet
from hub.domain.reviews import Standing
from hub.domain.slots import instant
from hub.domain.states import State
from hub.models import Account, Delivery, Hold, Interpretation, Policy, Revision
from hub.models import revision_policies as named
from hub.publishing.moving import MOVABLE, Group, minute_of, movable_count, movable_versions
from hub.publishing.quieting import may_apply, quiet_of
from hub.rules import pack
from hub.rules.china import CALENDAR

FEW_ACCOUNTS = 300
# Of one day in the month; the rest is counted, and stands in the agenda.
A_DAY = 2
WAITING = 20
# What was signed off longer ago and never scheduled is not waiting, it was given up.
RECENT = timedelta(days=90)


@dataclass
class Planned:
    """An interpretation's deliveries of one minute, as one chip."""

    id: int
    title: str
    at: datetime
    accounts: int
    movable: int
    stamp: str
    chips: list[Chip] = field(default_factory=list)
    warnings: list[tuple[str, Words]] = field(default_factory=list)

    @property
    def key(self) -> str:
        """As a form carries it."""
        return Group(self.id, self.at, self.stamp).key

    @property
    def state(self) -> State:
        """The most pressing state of them all."""
        return min((chip.state for chip in self.chips), key=PRESSING.index, default=State.SCHEDULED)


@dataclass(frozen=True)
class Stretch:
    """A quiet time on one day: from, until (local, "24:00" at the day's end) and why."""

    begin: str
    end: str
    name: str
    # Every night has it: the month would show nothing else.
    nightly: bool = False


@dataclass
class PlanDay:
    """A day of the calendar with what goes out on it."""

    date: date
    day: workdays.Day
    groups: list[Planned] = field(default_factory=list)
    # All groups of it, also those that are not shown.
    total: int = 0
    quiet: list[Stretch] = field(default_factory=list)

    @property
    def left(self) -> int:
        """How many are not shown."""
        return self.total - len(self.groups)

    def quiet_at(self, hour: int) -> Stretch | None:
        """The quiet time that the hour lies in, or begins in."""
        return next((s for s in self.quiet if s.begin < f"{hour + 1:02}:00" and f"{hour:02}:00" < s.end), None)


def of_scope(session: Session, scope: Scope) -> ColumnElement[bool]:
    """The scope as a condition of Delivery alone: with a few accounts by their index, for a whole city none at all."""
    if isinstance(scope.where, True_):
        return true()
    ids = session.scalars(select(Account.id).where(scope.where).limit(FEW_ACCOUNTS + 1)).all()
    mine: Any = ids if len(ids) <= FEW_ACCOUNTS else select(Account.id).where(scope.where)
    return Delivery.account_id.in_(mine)


def plan(
    session: Session,
    where: ColumnElement[bool],
    office_id: int,
    first: date,
    count: int,
    zone: ZoneInfo,
    now: datetime,
    *,
    most: int = A_DAY,
) -> list[PlanDay]:
    """`count` days from `first` on, each with at most `most` of its groups, and what speaks against each of these."""
    dates = [first + timedelta(days=n) for n in range(count)]
    days = [PlanDay(day, CALENDAR.day(day)) for day in dates]
    shown = _groups(session, where, days, zone, most)
    _chips(session, where, shown)
    holds = _holds(session, office_id, instant(first, time(), zone))
    for day in days:
        day.quiet = _stretches(holds, day.date, zone)
    warn(session, shown, [(quiet_of(hold), hold.name) for hold in holds], zone, now)
    return days


def _instants(where: ColumnElement[bool], begin: datetime, end: datetime) -> Any:
    """The deliveries between two instants, counted by their very time and interpretation. In the order of an index:
    a release to a whole city is one row of what is counted further.
    """
    return (
        select(
            Delivery.interpretation_id.label("id"),
            Delivery.due_at.label("at"),
            func.count().label("accounts"),
            movable_count().label("movable"),
            movable_versions().label("versions"),
        )
        .where(where, Delivery.state != State.CANCELLED, Delivery.due_at >= begin, Delivery.due_at < end)
        .group_by(Delivery.due_at, Delivery.interpretation_id)
        .subquery()
    )


def _groups(
    session: Session, where: ColumnElement[bool], days: Sequence[PlanDay], zone: ZoneInfo, most: int
) -> list[Planned]:
    ends = [instant(day.date + timedelta(days=1), time(), zone) for day in days]
    instants = _instants(where, instant(days[0].date, time(), zone), ends[-1])
    number = case(*((instants.c.at < end, literal_column(str(n))) for n, end in enumerate(ends))).label("n")
    minute = minute_of(session, instants.c.at).label("minute")
    sums = [func.sum(instants.c[name]).label(name) for name in ("accounts", "movable", "versions")]
    # A day ends with a minute: all of a minute are of one day.
    each = select(instants.c.id, minute, *sums, func.min(number).label("n"))
    grouped = each.group_by(instants.c.id, minute).subquery()
    place = func.row_number().over(partition_by=grouped.c.n, order_by=(grouped.c.minute, grouped.c.id))
    total = func.count().over(partition_by=grouped.c.n)
    ranked = select(grouped, place.label("place"), total.label("total")).subquery()
    rows = session.execute(
        select(ranked, Interpretation.title)
        .join(Interpretation, Interpretation.id == ranked.c.id)
        .where(ranked.c.place <= most)
        .order_by(ranked.c.n, ranked.c.place)
    )
    found = []
    for row in rows:
        at = datetime.fromisoformat(row.minute).replace(tzinfo=UTC)
        # PostgreSQL's sum of sums is a decimal.
        accounts, movable, versions = int(row.accounts), int(row.movable), int(row.versions)
        group = Planned(row.id, row.title, at, accounts, movable, f"{movable}.{versions}")
        days[row.n].groups.append(group)
        days[row.n].total = row.total
        found.append(group)
    return found


def _chips(session: Session, where: ColumnElement[bool], groups: Sequence[Planned]) -> None:
    """How the channels of each group stand."""
    by_key = {(group.id, group.at): group for group in groups}
    minute = minute_of(session)
    begin = min((group.at for group in groups), default=datetime.max.replace(tzinfo=UTC) - timedelta(days=1))
    end = max((group.at for group in groups), default=begin) + timedelta(minutes=1)
    rows = session.execute(
        select(Delivery.interpretation_id, minute, Delivery.channel, Delivery.state, func.count())
        .where(where, Delivery.state != State.CANCELLED, Delivery.due_at >= begin, Delivery.due_at < end)
        .where(Delivery.interpretation_id.in_({group.id for group in groups}))
        .group_by(Delivery.interpretation_id, minute, Delivery.channel, Delivery.state)
        .order_by(func.min(Delivery.id))
    )
    for id_, stamp, channel, state, count in rows:
        group = by_key.get((id_, datetime.fromisoformat(stamp).replace(tzinfo=UTC)))
        if group is None:
            continue
        known = next((chip for chip in group.chips if chip.channel == channel), None)
        if known is None:
            group.chips.append(Chip(channel, State(state), count, {State(state): count}))
        else:
            known.accounts += count
            known.state = min(known.state, State(state), key=PRESSING.index)


def _holds(session: Session, office_id: int, since: datetime) -> Sequence[Hold]:
    ours = or_(Hold.office_id.is_(None), Hold.office_id == office_id)
    return session.scalars(select(Hold).where(ours, may_apply(since)).order_by(Hold.id)).all()


def _stretches(holds: Iterable[Hold], day: date, zone: ZoneInfo) -> list[Stretch]:
    begin, end = instant(day, time(), zone), instant(day + timedelta(days=1), time(), zone)
    found = []
    for hold in holds:
        rule, at = quiet_of(hold), begin
        while at < end:
            starts = at if quiet.in_force(rule, at, zone) else quiet.begins(rule, at, zone)
            if starts is None or starts >= end:
                break
            over = quiet.ends(rule, starts, zone)
            until = end if over is None or over > end else over
            local = "24:00" if until == end else f"{until.astimezone(zone):%H:%M}"
            found.append(Stretch(f"{starts.astimezone(zone):%H:%M}", local, hold.name, hold.kind == quiet.Kind.NIGHTLY))
            at = until + timedelta(microseconds=1)
    return found


def warn(
    session: Session,
    groups: Sequence[Planned],
    holds: Sequence[tuple[Quiet, str]],
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Note on each group that is still to come what speaks against its time."""
    open_ = [group for group in groups if group.movable]
    gap = timedelta(minutes=pack("timeliness")["account_gap_minutes"])
    near = list(_near(sorted(open_, key=lambda group: group.at), gap))
    shared = _shared(session, {g.id for pair in near for g in pair})
    early = _policies(session, {group.id for group in open_})
    for group in open_:
        group.warnings += against(group.at, holds, zone, now)
        if (day := early.get(group.id)) and group.at.astimezone(zone).date() < day:
            group.warnings.append(("SCH-305", _before(day)))
    for a, b in near:
        for one, other in ((a, b), (b, a)):
            if one.at == other.at:
                one.warnings.append(("SCH-302", _same(other.title)))
            elif (min(a.id, b.id), max(a.id, b.id)) in shared:
                one.warnings.append(("SCH-303", _close(other, zone)))


def _near(groups: Sequence[Planned], gap: timedelta) -> Iterator[tuple[Planned, Planned]]:
    """The pairs of different interpretations that lie closer together; the groups are in the order of their times."""
    for number, one in enumerate(groups):
        for other in groups[number + 1 :]:
            if other.at - one.at >= gap:
                break
            if one.id != other.id:
                yield one, other


def against(at: datetime, holds: Sequence[tuple[Quiet, str]], zone: ZoneInfo, now: datetime) -> list[tuple[str, Words]]:
    """What speaks against a time, whatever goes out at it: past, a day off, a quiet time."""
    found = []
    day = CALENDAR.day(at.astimezone(zone).date())
    if at < now - timedelta(minutes=1):
        found.append(("SCH-306", Words("时间已经过去。", "The time has passed.")))
    if not day.works:
        zh, en = ("（暂算）", " (provisional)") if day.provisional else ("", "")
        found.append(("SCH-301", Words(f"这天不上班：{day.name.zh}{zh}。", f"Not a working day: {day.name.en}{en}.")))
    for rule, name in holds:
        if quiet.in_force(rule, at, zone):
            found.append(("SCH-304", Words(f"在静默时段内：{name}。", f"In a quiet time: {name}.")))
    return found


def _before(day: date) -> Words:
    return Words(f"早于政策公布日 {day}。", f"Before its policy is published on {day}.")


def _same(title: str) -> Words:
    return Words(f"与《{title}》同一分钟发布。", f"In the same minute as “{title}”.")


def _close(other: Planned, zone: ZoneInfo) -> Words:
    clock = f"{other.at.astimezone(zone):%H:%M}"
    return Words(
        f"同一账号 {clock} 还要发《{other.title}》，间隔太短。",
        f"The same account posts “{other.title}” at {clock}: too close.",
    )


def _shared(session: Session, ids: set[int]) -> set[tuple[int, int]]:
    """Which of these interpretations wait for an account in common."""
    return {(a, b) for a, b in session.execute(_sharing(), {"its_ids": list(ids)})}


# Built once: that takes longer than asking it.
@cache
def _sharing() -> Any:
    other = aliased(Delivery)
    ids: Any = bindparam("its_ids", expanding=True)
    return (
        select(Delivery.interpretation_id, other.interpretation_id)
        .join(other, other.account_id == Delivery.account_id)
        .where(other.interpretation_id > Delivery.interpretation_id)
        .where(Delivery.interpretation_id.in_(ids), other.interpretation_id.in_(ids))
        .where(Delivery.state.in_(MOVABLE), other.state.in_(MOVABLE))
        .distinct()
    )


def _policies(session: Session, ids: set[int]) -> dict[int, date]:
    """By interpretation, the day on which the last of its policies is published."""
    newest = (
        select(func.max(Revision.id)).where(Revision.interpretation_id.in_(ids)).group_by(Revision.interpretation_id)
    )
    rows = session.execute(
        select(Revision.interpretation_id, func.max(Policy.published))
        .join(named, named.c.revision_id == Revision.id)
        .join(Policy, Policy.id == named.c.policy_id)
        .where(Revision.id.in_(newest), Policy.published.is_not(None))
        .group_by(Revision.interpretation_id)
    )
    return {id_: day for id_, day in rows if day}


def quiet_rules(session: Session, office_id: int, since: datetime) -> list[tuple[Quiet, str]]:
    """The office's quiet times from an instant on, each with its name."""
    return [(quiet_of(hold), hold.name) for hold in _holds(session, office_id, since)]


@dataclass(frozen=True)
class Unplanned:
    """A signed-off interpretation that no delivery has been made of."""

    id: int
    title: str
    updated_at: datetime


def unplanned(session: Session, mine: ColumnElement[bool], now: datetime) -> list[Unplanned]:
    """The interpretations of which `mine` holds, signed off in the last months, whose newest version is not scheduled
    anywhere; the oldest first.
    """
    newest = (
        select(func.max(Revision.id)).where(Revision.interpretation_id == Interpretation.id).correlate(Interpretation)
    ).scalar_subquery()
    there = select(Delivery.id).where(Delivery.revision_id == newest, Delivery.state != State.CANCELLED)
    rows = session.execute(
        select(Interpretation.id, Interpretation.title, Interpretation.updated_at)
        .where(mine, Interpretation.standing == Standing.SIGNED)
        .where(Interpretation.updated_at >= now - RECENT, ~there.exists())
        .order_by(Interpretation.updated_at, Interpretation.id)
        .limit(WAITING)
    )
    return [Unplanned(*row) for row in rows]
