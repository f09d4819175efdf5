"""After the platform has taken it: events that it pushes, and articles that it takes down."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from hub import create_app
from hub.account_settings import seal
from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.publishing.bounds import unbounded
from hub.publishing.watching import watch_one
from hub.publishing.withdrawing import record_withdrawn, try_again
from tests.fakes import EDITOR, NOW
from tests.posting.house import House

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
TOKEN = "token-of-pushed-events"
FINISHED = b"<xml><MsgType>event</MsgType><Event>PUBLISHJOBFINISH</Event></xml>"


def signed(house: House, token: str = TOKEN, age: float = 0, **more: str) -> dict[str, str]:
    """The query that the platform puts behind our address."""
    stamp, nonce = str(int(house.now.timestamp() - age)), "n0nce"
    made = hashlib.sha1("".join(sorted((token, stamp, nonce))).encode(), usedforsecurity=False).hexdigest()
    return {"signature": made, "timestamp": stamp, "nonce": nonce, **more}


@pytest.fixture
def client(house: House) -> Any:
    house.settle(event_token=seal(house.services.box, "wechat", "event_token", TOKEN, NOW))
    return create_app(house.services).test_client()


def test_the_platform_makes_sure_that_it_is_us(house: House, client: Any) -> None:
    assert client.get("/events/1", query_string=signed(house, echostr="echo5")).data == b"echo5"


@pytest.mark.parametrize("how", [{"token": "another"}, {"age": 700}, {"age": -700}])
def test_an_event_of_anybody_else_is_refused(house: House, client: Any, how: dict[str, Any]) -> None:
    assert client.post("/events/1", query_string=signed(house, **how), data=FINISHED).status_code == 403


def test_an_account_without_a_token_believes_nobody(house: House, client: Any) -> None:
    house.settle(event_token="")
    assert client.post("/events/1", query_string=signed(house, token=""), data=FINISHED).status_code == 403
    assert client.post("/events/99", query_string=signed(house), data=FINISHED).status_code == 404


def test_an_event_makes_us_ask_at_once(house: House, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(house.services.db), "now", lambda _self: house.now)
    house.far.account(publish_seconds=2)
    one = house.order(house.piece())
    house.work()
    house.pass_to(house.now + timedelta(seconds=3))
    house.work()
    assert house.state(one) is State.CONFIRMING
    client.post("/events/1", query_string=signed(house), data=b"<xml><MsgType>text</MsgType></xml>")
    house.work()
    assert house.state(one) is State.CONFIRMING, "a reader's message is no event"
    assert client.post("/events/1", query_string=signed(house), data=FINISHED).data == b"success"
    house.work()
    assert house.state(one) is State.PUBLISHED


def test_an_event_proves_nothing(house: House, client: Any) -> None:
    house.far.account(publish_seconds=600)
    one = house.order(house.piece())
    house.work()
    client.post("/events/1", query_string=signed(house), data=FINISHED)
    house.work()
    assert house.state(one) is State.CONFIRMING


def test_what_still_stands_is_looked_at_ever_more_seldom(house: House) -> None:
    one = house.order(house.piece())
    house.run()
    asked = house.far.calls("freepublish/get")
    for days in range(32):
        house.pass_to(NOW + timedelta(days=days, hours=2))
        house.work()
    assert house.far.calls("freepublish/get") - asked == 5
    assert house.state(one) is State.PUBLISHED
    assert not watch_one(house.services, "w", NOW + timedelta(days=99), unbounded)


@pytest.mark.parametrize(("status", "code"), [(5, "WEC-341"), (6, "WEC-342")])
def test_what_was_taken_down_becomes_a_persons_task(house: House, status: int, code: str) -> None:
    one = house.order(house.piece())
    house.run()
    house.far.remove(status)
    house.pass_to(house.now + timedelta(hours=2))
    house.work()
    row = house.row(one)
    assert row.state == State.WITHDRAWING
    assert row.hand_by is not None
    assert house.code(one) == code
    with pytest.raises(Refusal):
        try_again(house.services, actor=EDITOR, delivery_id=one, version=row.version, now=house.now)
    record_withdrawn(house.services, actor=EDITOR, delivery_id=one, version=row.version, now=house.now)
    assert house.state(one) is State.WITHDRAWN


def test_a_look_that_fails_says_nothing(house: House) -> None:
    one = house.order(house.piece())
    house.run()
    house.far.faults({"call": "freepublish/get", "kind": "errcode", "errcode": 48001, "times": 9})
    house.pass_to(house.now + timedelta(hours=2))
    house.work()
    assert house.state(one) is State.PUBLISHED
