"""系统健康 says what was checked, and never "well" of what nobody knows."""

from __future__ import annotations

from datetime import timedelta

from hub.heartbeats import PROBE
from hub.models import Heartbeat
from hub.services import Services
from tests.console.conftest import Visitor


def test_what_nobody_has_answered_for_is_not_well(editor: Visitor) -> None:
    page = editor.get("health").text
    assert "全部正常" not in page
    assert "时钟从未运行" in page
    assert "请运行 yigao up" in page


def test_signs_of_life_are_listed_and_the_dead_are_named(house: Services, editor: Visitor) -> None:
    now = house.db.now()
    with house.db.writing() as session:
        for name, age in (("clock:1", 5), ("worker:2", 5), ("worker:3", 600), (PROBE, 5)):
            session.add(Heartbeat(name=name, at=now - timedelta(seconds=age)))
    page = editor.get("health", query_string={"fragment": 1}).text
    assert "1 个 worker 在运行" in page
    assert page.count("在运行</span>") == 2
    assert page.count("已结束</span>") == 1
    assert "probe" not in page.split('id="processes"')[1]


def test_a_stranger_sees_nothing(stranger: Visitor) -> None:
    assert stranger.get("health").status_code == 303
