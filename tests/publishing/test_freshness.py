"""Accounts that fall silent: amber before red; the column that says so is a projection of the deliveries."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hub.domain.states import State
from hub.models import Account, Delivery
from hub.publishing.draining import drain
from hub.publishing.freshness import rebuild, silent
from hub.publishing.releasing import release_due
from hub.services import Services
from tests.fakes import NOW, Plain, Sender, later, make_services
from tests.publishing.helpers import scheduled


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


def test_one_that_never_published_is_red_and_stands_first(services: Services) -> None:
    with services.db.writing() as session:
        session.execute(update(Account).where(Account.id == 1).values(last_published_at=later(days=-11)))
        found = silent(session, [1], NOW, most=1)
        assert silent(session, [2], NOW, most=1).first == []
    assert (found.red, found.amber) == (1, 1)
    assert [(one.id, one.days, one.red) for one in found.first] == [(2, None, True)]
