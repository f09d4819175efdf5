"""The tree of areas as a screen asks for it: one level at a time, with counts, in a number of queries that grows
neither with areas nor with accounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, cast, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from hub.domain.roles import Right, roles_with
from hub.models import Account, Area, Grant, Office, User
from hub.permissions import offices
from hub.rules import pack

OFFICES = 50
ACCOUNTS = 50


class Standing(StrEnum):
    """How an account is, as lists are filtered by it."""

    ACTIVE = "active"
    OFF = "off"
    SILENT = "silent"
    MISCONFIGURED = "misconfigured"


@dataclass(frozen=True)
class Count:
    """What is below an area: offices, accounts, and how many of these need a look."""

    offices: int = 0
    accounts: int = 0
    off: int = 0
    misconfigured: int = 0
    silent: int = 0


@dataclass(frozen=True)
class Node:
    """An area of the tree. `opens`: there is something in it."""

    area: Area
    count: Count
    opens: bool


@dataclass(frozen=True)
class Row:
    """An account, and whether it has been silent for too long."""

    account: Account
    silent: bool


@dataclass(frozen=True)
class Place:
    """An office with its accounts."""

    office: Office
    rows: Sequence[Row]


@dataclass(frozen=True)
class Branch:
    """What stands directly in an area: areas, then offices (a page of them)."""

    nodes: Sequence[Node]
    places: Sequence[Place]
    page: int = 1
    pages: int = 1


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to; all empty: the tree is shown instead."""

    text: str = ""
    channel: str = ""
    standing: Standing | None = None

    def __bool__(self) -> bool:
        return bool(self.text or self.channel or self.standing)


def top(session: Session, user_id: int, now: datetime) -> tuple[Branch, dict[int, list[Area]]]:
    """Where the user's part of the tree begins: the areas they may see, and single offices elsewhere; with the way to
    each area from above.
    """
    areas, alone = _granted(session, user_id)
    ways = ways_to(session, areas | set(session.scalars(select(Office.area_id).where(Office.id.in_(alone)))))
    # An area below another that is granted too shows up there.
    roots = [a for a in areas if not areas & {above.id for above in ways[a][:-1]}]
    inside = select(Office.id).where(Office.area_id.in_(select(_below(roots).c.id)))
    single = and_(Office.id.in_(alone), Office.id.not_in(inside))
    places, page, pages = _places(session, single, now, 1)
    return Branch(_nodes(session, Area.id.in_(roots), now), places, page, pages), ways


def branch(session: Session, user_id: int, area_id: int, now: datetime, page: int = 1) -> Branch | None:
    """What stands directly in the area; None when there is none such or the user may not see it."""
    if not sees_area(session, user_id, area_id):
        return None
    nodes = _nodes(session, Area.parent_id == area_id, now) if page == 1 else []
    places, page, pages = _places(session, Office.area_id == area_id, now, page)
    return Branch(nodes, places, page, pages)


def sees_area(session: Session, user_id: int, area_id: int, right: Right = Right.READ) -> bool:
    """Whether the user has the right for the whole area: a grant for it, or for one above it."""
    above = _above([area_id])
    return (
        session.scalar(
            select(Grant.id)
            .join(User, User.id == Grant.user_id)
            .where(User.id == user_id, User.active, Grant.role.in_(roles_with(right)))
            .where(Grant.area_id.in_(select(above.c.id)))
            .limit(1)
        )
        is not None
    )


def found(
    session: Session, user_id: int, wanted: Filter, now: datetime, page: int = 1
) -> tuple[list[Row], dict[int, list[Area]], int]:
    """A page of the accounts that fit, the ways to their areas, and how many there are in all."""
    where = _where(user_id, wanted, now)
    joined = select(Account).join(Office, Office.id == Account.office_id).join(Area, Area.id == Office.area_id)
    total = session.scalar(joined.where(*where).with_only_columns(func.count(Account.id))) or 0
    accounts = session.scalars(
        joined.where(*where)
        .order_by(Office.area_id, Office.id, Account.id)
        .limit(ACCOUNTS)
        .offset((page - 1) * ACCOUNTS)
        .options(joinedload(Account.office), joinedload(Account.area), joinedload(Account.owner))
    ).all()
    return _rows(accounts, now), ways_to(session, {a.office.area_id for a in accounts}), total


def ways_to(session: Session, area_ids: Iterable[int]) -> dict[int, list[Area]]:
    """The way from the top to each area, itself included."""
    wanted = sorted(set(area_ids))
    if not wanted:
        return {}
    above = _above(wanted)
    known = {area.id: area for area in session.scalars(select(Area).where(Area.id.in_(select(above.c.id))))}
    return {id_: _way(known, id_) for id_ in wanted}


def silent(now: datetime) -> ColumnElement[bool]:
    """Whether an account in use has published nothing for the amber time, or never: as the desk counts."""
    last = Account.last_published_at
    return and_(Account.active, or_(last.is_(None), last <= _amber(now)))


def _amber(now: datetime) -> datetime:
    days: int = pack("timeliness")["account_amber_days"]
    return now - timedelta(days=days)


def _where(user_id: int, wanted: Filter, now: datetime) -> list[Any]:
    where: list[Any] = [Account.office_id.in_(offices(user_id, Right.READ))]
    if wanted.text:
        text = wanted.text
        named = (Account.name, Account.filing, Office.name, Area.name)
        where.append(or_(*(column.contains(text, autoescape=True) for column in named)))
    if wanted.channel:
        where.append(Account.channel == wanted.channel)
    if wanted.standing:
        where.append(
            {
                Standing.ACTIVE: Account.active,
                Standing.OFF: Account.active.is_(False),
                Standing.MISCONFIGURED: and_(Account.active, Account.sound.is_(False)),
                Standing.SILENT: silent(now),
            }[wanted.standing]
        )
    return where


def _granted(session: Session, user_id: int) -> tuple[set[int], set[int]]:
    rows = session.execute(
        select(Grant.area_id, Grant.office_id).where(Grant.user_id == user_id, Grant.role.in_(roles_with(Right.READ)))
    ).all()
    return {a for a, _ in rows if a is not None}, {o for _, o in rows if o is not None}


def _nodes(session: Session, which: ColumnElement[bool], now: datetime) -> list[Node]:
    areas = session.scalars(select(Area).where(which).order_by(Area.id)).all()
    if not areas:
        return []
    counted = _counted(session, which, now)
    ids = [area.id for area in areas]
    parents = set(session.scalars(select(Area.parent_id).where(Area.parent_id.in_(ids)).distinct()))
    nothing = Count()
    return [
        Node(a, counted.get(a.id, nothing), a.id in parents or counted.get(a.id, nothing).offices > 0) for a in areas
    ]


def _counted(session: Session, which: ColumnElement[bool], now: datetime) -> dict[int, Count]:
    """The counts below each of the areas. Accounts are counted by office first: far fewer rows then go through the
    tree.
    """
    off, wrong = Account.active.is_(False), and_(Account.active, Account.sound.is_(False))
    by_office = (
        select(
            Account.office_id,
            func.count().label("accounts"),
            func.sum(cast(off, Integer)).label("off"),
            func.sum(func.coalesce(cast(wrong, Integer), 0)).label("wrong"),
            func.sum(cast(silent(now), Integer)).label("silent"),
        )
        .group_by(Account.office_id)
        .subquery()
    )
    tree = select(Area.id.label("root"), Area.id.label("id")).where(which).cte("tree", recursive=True)
    tree = tree.union_all(select(tree.c.root, Area.id).join(tree, Area.parent_id == tree.c.id))
    sums = (func.coalesce(func.sum(by_office.c[name]), 0) for name in ("accounts", "off", "wrong", "silent"))
    rows = session.execute(
        select(tree.c.root, func.count(Office.id), *sums)
        .join(Office, Office.area_id == tree.c.id)
        .outerjoin(by_office, by_office.c.office_id == Office.id)
        .group_by(tree.c.root)
    )
    return {root: Count(*(int(value) for value in values)) for root, *values in rows}


def _places(session: Session, which: ColumnElement[bool], now: datetime, page: int) -> tuple[list[Place], int, int]:
    total = session.scalar(select(func.count()).select_from(Office).where(which)) or 0
    pages = max(1, -(-total // OFFICES))
    page = min(max(1, page), pages)
    found_ = session.scalars(
        select(Office).where(which).order_by(Office.id).limit(OFFICES).offset((page - 1) * OFFICES)
    ).all()
    accounts = session.scalars(
        select(Account)
        .where(Account.office_id.in_([o.id for o in found_]) if found_ else false())
        .order_by(Account.active.desc(), Account.id)
        .options(joinedload(Account.owner))
    ).all()
    of: dict[int, list[Row]] = {}
    for row in _rows(accounts, now):
        of.setdefault(row.account.office_id, []).append(row)
    return [Place(office, of.get(office.id, [])) for office in found_], page, pages


def _rows(accounts: Sequence[Account], now: datetime) -> list[Row]:
    amber = _amber(now)
    return [Row(a, a.active and (a.last_published_at is None or a.last_published_at <= amber)) for a in accounts]


def _below(area_ids: Iterable[int]) -> Any:
    tree = select(Area.id).where(Area.id.in_(list(area_ids))).cte("below", recursive=True)
    return tree.union(select(Area.id).join(tree, Area.parent_id == tree.c.id))


def _above(area_ids: Iterable[int]) -> Any:
    tree = select(Area.id, Area.parent_id).where(Area.id.in_(list(area_ids))).cte("above", recursive=True)
    return tree.union(select(Area.id, Area.parent_id).join(tree, Area.id == tree.c.parent_id))


def _way(known: dict[int, Area], id_: int) -> list[Area]:
    area = known[id_]
    return [*(_way(known, area.parent_id) if area.parent_id is not None else []), area]
