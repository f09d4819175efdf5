"""The whole of a story on PostgreSQL: what locks and counts there is another database's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.db import Database
from hub.domain.states import State
from hub.publishing.withdrawing import withdraw
from tests.fakes import EDITOR
from tests.posting.house import House, opened
from tests.wechat_platform import Far


@pytest.fixture
def office(far: Far, tmp_path: Path, postgresql: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(Database, "steady", lambda _self: None)
    with opened(tmp_path / "var", far, database_url=postgresql) as house:
        yield house


def test_published_watched_and_withdrawn(office: House) -> None:
    office.far.account(publish_seconds=40)
    office.far.faults({"call": "draft/add", "kind": "cut_after"})
    one, two = office.order(office.piece("甲")), office.order(office.piece("乙"))
    office.run()
    assert {office.state(one), office.state(two)} == {State.PUBLISHED}
    assert sorted(a["title"] for a in office.articles()) == ["乙", "甲"]
    withdraw(office.services, actor=EDITOR, interpretation_id=1, reason="有误", now=office.now)
    office.run()
    assert office.state(one) is State.WITHDRAWN
    office.far.remove(6)
    office.pass_to(office.now + timedelta(hours=2))
    office.work()
    assert office.state(two) is State.WITHDRAWING
    assert office.code(two) == "WEC-342"
