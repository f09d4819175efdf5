"""A livestream in a calendar program: announced, moved, cancelled, and always the same event."""

from __future__ import annotations

import urllib.request
from datetime import datetime
from pathlib import Path

import pytest

from channels.manuscript import LivestreamRef, Withdrawal
from channels.site.livestreams import calendar_file
from tests.channels.site.making import MORNING, SITE
from tests.channels.site.test_livestreams import live
from tests.fakes import later
from tests.readers.newsroom import Newsroom
from tests.readers.programs import Khal, by_icaljs

pytestmark = [pytest.mark.enable_socket, pytest.mark.processes]


def stream(starts: datetime) -> LivestreamRef:
    return LivestreamRef(topic="助餐怎么办", starts=starts, platform="视频号", room="https://live.example/1")


def taken(office: Newsroom, khal: Khal, path: str) -> list[str]:
    with urllib.request.urlopen(office.base + path, timeout=20) as answer:
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        khal.take(answer.read())
    return khal.shown("2026-05-01")


@pytest.mark.parametrize("path", ["live/1/event.ics", "livestreams.ics", "c/jd/livestreams.ics"])
def test_an_event_is_announced_moved_and_cancelled(office: Newsroom, tmp_path: Path, path: str) -> None:
    khal = Khal(tmp_path / "khal")
    piece = office.publish("直播预告", "欢迎收看。", stream(later(days=3)))
    assert taken(office, khal, path) == ["2026-05-07 09:00 助餐怎么办"]
    office.correct(piece, "直播预告", "改期了。", "改期。", stream(later(days=10, hours=2)))
    assert taken(office, khal, path) == ["2026-05-14 11:00 助餐怎么办"]
    office.withdraw(piece, "活动取消。")
    assert taken(office, khal, path) == ["2026-05-14 11:00 助餐怎么办 CANCELLED"]


def test_a_calendar_of_many_is_read_as_it_was_meant() -> None:
    told = Withdrawal(at=MORNING, reason="改期")
    items = [live(1), live(2, sequence=1), live(3, withdrawn=told)]
    found = by_icaljs(calendar_file(SITE, "", "锦溪，直播", items, "Asia/Shanghai").data)
    assert found["name"] == "锦溪，直播"
    facts = [(e["uid"], e["begins"], e["sequence"], e["state"], e["reminders"]) for e in found["events"]]
    begins = "2026-12-10T07:00:00.000Z"
    assert facts == [
        ("live1@www.jinxi.example", begins, 0, "CONFIRMED", 1),
        ("live2@www.jinxi.example", begins, 1, "CONFIRMED", 1),
        ("live3@www.jinxi.example", begins, 1, "CANCELLED", 0),
    ]
    assert found["events"][0]["text"].startswith("主持人：言清和\n嘉宾：")
