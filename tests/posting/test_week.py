"""A week of an office with twenty-three accounts, all within what the platform allows a new account a day."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hub.domain.states import State
from tests.fakes import NOW
from tests.posting.house import House, add_account
from tests.wechat_platform import APPID

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
BUSY_DAY = 3


def hours_pass(house: House, until: datetime) -> None:
    """What clock and workers do, at every instant at which something is due."""
    while house.now < until:
        house.work()
        coming = house.next_due()
        house.pass_to(min(max(coming or until, house.now + timedelta(seconds=5)), until))
    house.work()


def test_a_week_of_twenty_three_accounts(house: House) -> None:
    """Every day a piece to all of them, once a dozen to one; the platform takes up to a quarter of an hour each."""
    appids = [f"wx{n:016d}" for n in range(1, 23)]
    accounts = [1, *(add_account(house, f"第{n}号", appid) for n, appid in enumerate(appids, 2))]
    for n, appid in enumerate([APPID, *appids]):
        house.far.account(appid, publish_seconds=20 + 40 * n)
    ordered: list[tuple[int, str]] = []
    for day in range(7):
        morning = NOW + timedelta(days=day)
        hours_pass(house, morning)
        revision = house.piece(f"第{day}日", pictures=False)
        ordered += [(house.order(revision, account), f"第{day}日") for account in accounts]
        if day == BUSY_DAY:
            extra = [(house.piece(f"加{n}", pictures=False), f"加{n}") for n in range(12)]
            ordered += [(house.order(piece, accounts[-1]), title) for piece, title in extra]
    hours_pass(house, NOW + timedelta(days=7))
    assert {house.state(one) for one, _title in ordered} == {State.PUBLISHED}
    for appid in [APPID, *appids]:
        titles = [article["title"] for article in house.articles(appid)]
        assert len(titles) == len(set(titles)) == (19 if appid == appids[-1] else 7)
    refused = [entry for entry in house.far.log() if entry["outcome"] == 45009]
    assert not refused
    worst: dict[str, int] = {}
    for appid in [APPID, *appids]:
        for used, count in house.far.state(appid)["used"].items():
            group = used.split()[0]
            worst[group] = max(worst.get(group, 0), count)
    assert worst["submit"] == 13
    assert worst["publish_get"] < 100
    assert worst["token"] < 20
