"""直播: what is coming, what is on, what is over and how long its record must be kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.models import Livestream, Revision
from hub.services import Services
from tests.console.conftest import Visitor
from tests.fakes import write


def announce(services: Services, topic: str, starts: datetime, ends: datetime | None = None) -> None:
    revision = write(services, f"预告：{topic}")
    with services.db.writing() as session:
        piece = session.get_one(Revision, revision).interpretation_id
        session.add(
            Livestream(
                interpretation_id=piece, topic=topic, starts=starts, ends=ends, host="主持人甲", guests=["嘉宾乙"]
            )
        )


def test_events_to_come_the_one_on_air_and_the_past(house: Services, editor: Visitor) -> None:
    now = house.db.now()
    announce(house, "下周的直播", now + timedelta(days=7))
    announce(house, "正在直播的", now - timedelta(minutes=10), now + timedelta(hours=1))
    announce(house, "上周的直播", now - timedelta(days=7), now - timedelta(days=7) + timedelta(hours=1))
    coming = editor.get("livestreams").text
    assert coming.index("正在直播的") < coming.index("下周的直播")
    assert "直播中" in coming
    assert "上周的直播" not in coming
    past = editor.get("livestreams?when=past").text
    assert "上周的直播" in past
    assert "下周的直播" not in past
    assert "记录保存到" in past
    assert "嘉宾 嘉宾乙" in past


def test_an_event_without_an_end_is_over_after_a_while(house: Services, editor: Visitor) -> None:
    announce(house, "没写结束时间", house.db.now() - timedelta(hours=3))
    assert "没写结束时间" in editor.get("livestreams?when=past").text


def test_another_offices_events_are_not_ours(house: Services, neighbour: Visitor) -> None:
    announce(house, "别的单位的直播", house.db.now() + timedelta(days=1))
    page = neighbour.get("livestreams").text
    assert "别的单位的直播" not in page
    assert "没有将要举行的直播" in page
