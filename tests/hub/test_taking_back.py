"""Every channel's way through a correction, a withdrawal and a second life, with the office's own verbs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from icalendar import Calendar, Event
from sqlalchemy import select

from channels.manuscript import Content, KeyPoint, LivestreamRef
from channels.registry import CHANNELS
from hub import site
from hub.domain.states import State
from hub.models import Account, Delivery, Revision
from hub.publishing.correcting import correct
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.publishing.withdrawing import withdraw
from hub.rebuilding import rebuild
from hub.services import Services
from tests.fakes import EDITOR, later, make_services, sign_off, write

FOLDERS = {"wechat", "cards"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Services]:
    """An office with an account of every real channel; those that can deliver into a folder."""
    services = make_services(tmp_path / "var", *CHANNELS.values())
    with services.db.writing() as session:
        for account in session.scalars(select(Account)):
            account.settings = {"folder": account.channel} if account.channel in FOLDERS else {}
    yield services
    services.db.close()


def _revision(services: Services, title: str, interpretation_id: int | None = None) -> int:
    stream = LivestreamRef(topic="助餐怎么办", starts=later(days=3), room="https://live.example/1", platform="视频号")
    point = KeyPoint(heading="谁能享受", text="70周岁及以上老年人。")
    content = Content(title=title, body="正文。", livestream=stream, key_points=(point,))
    number = write(services, title, interpretation_id, signed=False)
    with services.db.writing() as session:
        row = session.get_one(Revision, number)
        row.content = content.model_dump(mode="json")
        row.content_hash = row.draft_hash = content.content_hash
        sign_off(session, row)
    return number


def _work(services: Services, hours: float) -> None:
    now = later(hours=hours)
    release_due(services, now)
    drain(services, worker="w", now=lambda: now)
    site.catch_up(services)


def _publish(services: Services, revision: int, hours: float = 0) -> None:
    accounts = list(range(1, len(CHANNELS) + 1))
    schedule(services, actor=EDITOR, revision_id=revision, account_ids=accounts, at=None, now=later(hours=hours))
    _work(services, hours)


def _states(services: Services) -> set[State]:
    with services.db.reading() as session:
        return {State(s) for s in session.scalars(select(Delivery.state))}


def _packages(services: Services, channel: str) -> list[str]:
    """What a media centre finds to pick up."""
    folder = services.config.data / "outbox" / channel
    return [p.name for p in folder.iterdir() if p.name not in ("已撤回", "已替换")]


def _page(services: Services, path: str) -> str:
    return (services.config.site_folder / "main" / path).read_text()


def _event(services: Services) -> Event:
    (event,) = Calendar.from_ical(_page(services, "live/1/event.ics")).walk("VEVENT")
    return event


def test_one_action_corrects_and_one_withdraws_on_every_channel(office: Services, tmp_path: Path) -> None:
    _publish(office, _revision(office, "有误的解读"))
    before = {channel: _packages(office, channel) for channel in FOLDERS}

    revision = _revision(office, "更正的解读", 1)
    correct(office, actor=EDITOR, interpretation_id=1, revision_id=revision, reason="电话有误。", now=later(hours=1))
    _work(office, 1)
    assert _states(office) == {State.PUBLISHED}
    assert "更正的解读" in _page(office, "i/1/index.html")
    assert "电话有误。" in _page(office, "i/1/index.html")
    assert "70周岁" in _page(office, "live/1/index.html")
    for channel in FOLDERS:
        (package,) = _packages(office, channel)
        assert package not in before[channel]
    assert (_event(office)["SEQUENCE"], _event(office)["STATUS"]) == (1, "CONFIRMED")

    withdraw(office, actor=EDITOR, interpretation_id=1, reason="待核实。", now=later(hours=2))
    _work(office, 2)
    assert _states(office) == {State.WITHDRAWN}
    for place in ("i/1/", "live/1/"):
        assert "待核实。" in _page(office, f"{place}index.html")
        assert "70周岁" not in _page(office, f"{place}index.html")
    assert [_packages(office, channel) for channel in FOLDERS] == [[], []]
    assert (_event(office)["SEQUENCE"], _event(office)["STATUS"]) == (2, "CANCELLED")
    assert "已撤回：更正的解读" in _page(office, "atom.xml")

    rebuild(office, tmp_path / "copy")
    live = office.config.site_folder
    assert _files(tmp_path / "copy") == _files(live)

    _publish(office, _revision(office, "核实后的解读", 1), hours=3)
    assert "核实后的解读" in _page(office, "i/1/index.html")
    assert "已撤回" not in _page(office, "atom.xml")
    assert [len(_packages(office, channel)) for channel in FOLDERS] == [1, 1]
    assert (_event(office)["SEQUENCE"], _event(office)["STATUS"]) == (3, "CONFIRMED")


def _files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}
