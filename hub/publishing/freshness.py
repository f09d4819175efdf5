"""Which accounts and columns fall silent (更新预警): amber before red, as the rule pack counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from hub.domain.states import State
from hub.domain.workdays import months_before, months_between
from hub.models import Account, Column, Delivery, Office
from hub.rules import Pack, pack

# ColumnType of what the indicator counts as columns of policies (国办发〔2017〕47号 names the types).
OF_POLICIES = ("政策文件", "政策解读")


@dataclass(frozen=True)
class Silent:
    """An account that has published nothing for a while: when it last did (None: never), and how many days ago."""

    id: int
    name: str
    channel: str
    last: datetime | None
    days: int | None
    red: bool


@dataclass(frozen=True)
class Silence:
    """The accounts that fall silent: how many are red and amber, and the longest silent of them."""

    red: int
    amber: int
    first: list[Silent]


def silent(session: Session, offices: Any, now: datetime, *, most: int, rules: Pack | None = None) -> Silence:
    """The accounts in use of these offices (a query or ids) that have been silent for the amber time or longer. An
    account that never published is red: an inspection sees an empty account.
    """
    rules = rules or pack("timeliness")
    red_from = now - timedelta(days=rules["account_red_days"])
    amber_from = now - timedelta(days=rules["account_amber_days"])
    mine = Account.office_id.in_(offices), Account.active
    is_red = or_(Account.last_published_at.is_(None), Account.last_published_at <= red_from)
    late = or_(Account.last_published_at.is_(None), Account.last_published_at <= amber_from)
    red, all_ = session.execute(
        select(func.coalesce(func.sum(case((is_red, 1), else_=0)), 0), func.count()).where(*mine, late)
    ).one()
    rows = session.execute(
        select(Account.id, Account.name, Account.channel, Account.last_published_at)
        .where(*mine, late)
        .order_by(Account.last_published_at.is_not(None), Account.last_published_at, Account.id)
        .limit(most)
    )
    first = [
        Silent(id_, name, channel, last, (now - last).days if last else None, last is None or last <= red_from)
        for id_, name, channel, last in rows
    ]
    return Silence(int(red), int(all_) - int(red), first)


@dataclass(frozen=True)
class SilentColumn:
    """A column of policies that showed nothing new for a while: since when (None: it is empty), in whole months."""

    id: int
    name: str
    last: datetime | None
    months: int | None
    red: bool


def silent_columns(
    session: Session, offices: Any, now: datetime, zone: ZoneInfo, *, most: int, rules: Pack | None = None
) -> list[SilentColumn]:
    """The columns of policies and interpretations on the sites of these offices (a query or ids) that have been silent
    for the amber time or longer, the longest silent first. Months are the calendar's, in `zone`; an empty one is red.
    """
    rules = rules or pack("timeliness")
    today = now.astimezone(zone).date()
    red_from, amber_from = (
        datetime.combine(months_before(today, rules[key]) + timedelta(days=1), time(), zone)
        for key in ("policy_column_months", "policy_column_amber_months")
    )
    last = Column.last_published_at
    rows = session.execute(
        select(Column.id, Column.name, last)
        .where(Column.site_id.in_(select(Office.site_id).where(Office.id.in_(offices))), Column.type.in_(OF_POLICIES))
        .where(or_(last.is_(None), last < amber_from))
        .order_by(last.is_not(None), last, Column.id)
        .limit(most)
    )
    return [
        SilentColumn(id_, name, at, months_between(at.astimezone(zone).date(), today), at < red_from)
        if at
        else SilentColumn(id_, name, None, None, red=True)
        for id_, name, at in rows
    ]


def rebuild(session: Session) -> None:
    """Make `accounts.last_published_at` anew from the deliveries, which are the truth."""
    last = (
        select(func.max(Delivery.finished_at))
        .where(Delivery.account_id == Account.id, Delivery.state == State.PUBLISHED)
        .scalar_subquery()
    )
    session.execute(update(Account).values(last_published_at=last).execution_options(synchronize_session=False))
