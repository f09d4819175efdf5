"""Which accounts fall silent (更新预警): amber before red, as the rule pack counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from hub.domain.states import State
from hub.models import Account, Delivery
from hub.rules import Pack, pack


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


def rebuild(session: Session) -> None:
    """Make `accounts.last_published_at` anew from the deliveries, which are the truth."""
    last = (
        select(func.max(Delivery.finished_at))
        .where(Delivery.account_id == Account.id, Delivery.state == State.PUBLISHED)
        .scalar_subquery()
    )
    session.execute(update(Account).values(last_published_at=last).execution_options(synchronize_session=False))
