"""What the schedule reads, on both databases: the days' groups, as a count by hand has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, true

from hub.console.planning import PlanDay, plan
from hub.domain.states import State
from hub.models import Delivery
from hub.publishing.moving import Group, group_of, move_groups
from hub.services import Services
from tests.fakes import EDITOR, NOW, Plain, Sender, Sited, later, make_services, write
from tests.publishing.helpers import PLAIN, SENDER, SITED, scheduled

SHANGHAI = ZoneInfo("Asia/Shanghai")
ACCOUNTS = (PLAIN, SENDER, SITED)


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[Services]:
    services = make_services(tmp_path / "var", Plain(), Sender(), Sited(), database_url=database_url)
    yield services
    services.db.close()


def planned(house: Services, count: int, most: int) -> list[PlanDay]:
    first = NOW.astimezone(SHANGHAI).date()
    with house.db.reading() as session:
        return plan(session, true(), 1, first, count, SHANGHAI, NOW, most=most)


def test_a_minute_is_one_group_however_many_instants_lie_in_it(house: Services) -> None:
    revision = write(house)
    for number, account in enumerate(ACCOUNTS):
        scheduled(house, account=account, revision=revision, at=later(hours=2) + timedelta(seconds=20 * number))
    [today] = planned(house, 1, 5)
    [group] = today.groups
    assert (group.at, group.accounts, group.movable, today.total) == (later(hours=2), 3, 3, 1)
    assert [chip.accounts for chip in group.chips] == [1, 1, 1]


def test_a_group_is_moved_as_it_was_seen(house: Services) -> None:
    scheduled(house, at=later(hours=2))
    [today] = planned(house, 1, 5)
    seen = group_of(today.groups[0].key)
    assert isinstance(seen, Group)
    moved = move_groups(house, actor=EDITOR, moves=[(seen, later(hours=3))], now=NOW)
    assert moved.deliveries == 1


def test_the_days_hold_what_a_count_by_hand_finds(house: Services) -> None:
    """Texts at many times of many days, some of them at the edges of a day, some cancelled."""
    midnight = NOW.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0) + timedelta(days=1)
    steps = [timedelta(0), timedelta(seconds=-1), timedelta(minutes=7), timedelta(hours=5, seconds=59)]
    for day in range(4):
        for number, step in enumerate(steps[: day + 1]):
            revision = write(house)
            for account in ACCOUNTS[: number + 1]:
                scheduled(house, account=account, revision=revision, at=midnight + timedelta(days=day) + step)
    with house.db.writing() as session:
        for delivery in session.scalars(select(Delivery).order_by(Delivery.id).limit(2)):
            delivery.state = State.CANCELLED
    with house.db.reading() as session:
        rows = session.scalars(select(Delivery).where(Delivery.state != State.CANCELLED)).all()
    by_hand: dict[date, dict[tuple[str, int], int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        local = row.due_at.astimezone(SHANGHAI)
        by_hand[local.date()][f"{local:%H:%M}", row.interpretation_id] += 1
    for day in planned(house, 7, 2):
        expected = sorted(by_hand[day.date].items())
        found = [((f"{g.at.astimezone(SHANGHAI):%H:%M}", g.id), g.accounts) for g in day.groups]
        assert found == expected[:2]
        assert day.groups == [] or day.total == len(expected)
