"""What the console shows of an account at the platform and of its deliveries; a secret never."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub import create_app
from hub.models import User
from hub.people import passwords
from tests.console.conftest import HASH, QUICK, Visitor
from tests.posting.house import House
from tests.wechat_platform import SECRET

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def editor(house: House, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    monkeypatch.setattr(passwords, "HASHER", QUICK)
    with house.services.db.writing() as session:
        session.get_one(User, 1).password_hash = HASH
    visitor = Visitor(create_app(house.services).test_client())
    visitor.begin()
    return visitor


def shown(editor: Visitor, path: str) -> str:
    answer = editor.get(path)
    assert answer.status_code == 200
    assert SECRET not in answer.text
    return answer.text


def test_the_accounts_page_shows_what_is_left_of_the_day(house: House, editor: Visitor) -> None:
    house.order(house.piece())
    house.run()
    page = shown(editor, "accounts/1")
    assert "今日额度" in page
    assert "1 / 100" in page
    house.settle(app_id="")
    assert "今日额度" not in shown(editor, "accounts/1")


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda far: far.account(publish_seconds=9999), "平台处理中"),
        (lambda far: far.account(may_publish=False), "WEC-314"),
        (lambda far: far.account(publish_ends=4), "WEC-333"),
        (lambda far: far.account(whitelist=["203.0.113.7"]), "WEC-311"),
        (lambda far: None, "已发布"),
    ],
)
def test_a_deliverys_page_says_how_it_stands(house: House, editor: Visitor, prepare: Any, words: str) -> None:
    prepare(house.far)
    one = house.order(house.piece())
    house.work()
    house.pass_to(house.now + timedelta(seconds=20))
    house.work()
    token = next(iter(house.far.state()["tokens"]))
    for path in (f"deliveries/{one}", "deliveries"):
        page = shown(editor, path)
        assert words in page
        assert token not in page


def test_what_was_taken_down_stands_with_its_reason(house: House, editor: Visitor) -> None:
    one = house.order(house.piece())
    house.run()
    house.far.remove(6)
    house.pass_to(house.now + timedelta(hours=2))
    house.work()
    page = shown(editor, f"deliveries/{one}")
    assert "WEC-342" in page
    assert "让系统再撤一次" not in page, "nothing is left to take down"
    assert "WEC-342" in shown(editor, "deliveries?show=problems")


def test_an_article_that_differs_is_said_although_it_is_out(house: House, editor: Visitor) -> None:
    house.far.account(publish_seconds=10)
    one = house.order(house.piece())
    house.work()
    house.far.http.post(f"{house.far.base}/control/spoil", json={"appid": house.far.state()["appid"]})
    house.run()
    assert "WEC-340" in shown(editor, f"deliveries/{one}")
