"""Accounts that fall silent: amber before red; the column that says so is a projection of the deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from hub.domain.states import State
from hub.models import Account, Column, Delivery
from hub.publishing.draining import drain
from hub.publishing.freshness import SilentColumn, rebuild, silent, silent_columns
from hub.publishing.releasing import release_due
from hub.services import Services
from tests.fakes import NOW, Plain, Sender, later, make_services
from tests.publishing.helpers import scheduled

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return make_services(tmp_path / "var", Plain(), Sender())


def last(services: Services) -> dict[int, object]:
    with services.db.reading() as session:
        return {account.id: account.last_published_at for account in session.scalars(select(Account))}


def test_publishing_is_noted_on_the_account_in_the_same_breath(services: Services) -> None:
    scheduled(services, account=2, now=NOW)
    release_due(services, NOW)
    drain(services, worker="w1", now=lambda: NOW)
    with services.db.reading() as session:
        delivery = session.scalars(select(Delivery)).one()
    assert delivery.state == State.PUBLISHED
    assert last(services) == {1: None, 2: delivery.finished_at}


def test_the_projection_can_be_made_anew(services: Services) -> None:
    scheduled(services, account=2, now=NOW)
    release_due(services, NOW)
    drain(services, worker="w1", now=lambda: NOW)
    before = last(services)
    with services.db.writing() as session:
        session.execute(update(Account).values(last_published_at=None))
        rebuild(session)
    assert last(services) == before


@pytest.mark.parametrize(("days", "red", "amber"), [(9, 0, 0), (10, 0, 1), (12, 0, 1), (13, 1, 0), (40, 1, 0)])
def test_amber_at_ten_days_and_red_at_thirteen(services: Services, days: int, red: int, amber: int) -> None:
    with services.db.writing() as session:
        session.execute(update(Account).where(Account.id == 1).values(last_published_at=NOW - timedelta(days=days)))
        session.execute(update(Account).where(Account.id == 2).values(active=False))
        found = silent(session, [1], NOW, most=5)
    assert (found.red, found.amber) == (red, amber)
    assert [one.days for one in found.first] == ([days] if red + amber else [])


def column(services: Services, last: datetime | None, type_: str = "政策解读") -> None:
    with services.db.writing() as session:
        session.execute(update(Column).values(last_published_at=last, type=type_))


def columns(services: Services, now: datetime, office: int = 1) -> list[SilentColumn]:
    with services.db.reading() as session:
        return silent_columns(session, [office], now, SHANGHAI, most=5)


@pytest.mark.parametrize(
    ("today", "red", "months"),
    [("2026-09-30", None, None), ("2026-10-01", False, 5), ("2026-10-31", False, 5), ("2026-11-01", True, 6)],
)
def test_a_policy_column_is_amber_after_five_months_and_red_after_six(
    services: Services, today: str, red: bool | None, months: int | None
) -> None:
    column(services, datetime.fromisoformat("2026-05-01T23:30").replace(tzinfo=SHANGHAI))
    found = columns(services, datetime.fromisoformat(f"{today}T09:00").replace(tzinfo=SHANGHAI))
    assert [(one.name, one.red, one.months) for one in found] == ([] if red is None else [("政策解读", red, months)])


def test_an_empty_policy_column_is_red_and_other_columns_are_not_asked(services: Services) -> None:
    assert [(one.red, one.months) for one in columns(services, NOW)] == [(True, None)]
    assert columns(services, NOW, office=2) == []
    column(services, None, "办事服务")
    assert columns(services, NOW) == []


def test_one_that_never_published_is_red_and_stands_first(services: Services) -> None:
    with services.db.writing() as session:
        session.execute(update(Account).where(Account.id == 1).values(last_published_at=later(days=-11)))
        found = silent(session, [1], NOW, most=1)
        assert silent(session, [2], NOW, most=1).first == []
    assert (found.red, found.amber) == (1, 1)
    assert [(one.id, one.days, one.red) for one in found.first] == [(2, None, True)]
