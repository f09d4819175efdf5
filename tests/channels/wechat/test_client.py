"""The client against the simulated platform: one token, bounded tries, every code a sentence, no secret anywhere."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from channels.base import ChannelError, NeedsHand, Permanent, Retryable, Unknown
from channels.wechat import client as module
from channels.wechat.client import DELETIONS, HIDDEN, Client
from channels.wechat.refusals import Refusal, meaning, translated
from tests.channels.wechat.platform_calls import image
from tests.far_memory import PlainMemory, far_end
from tests.wechat_platform import APPID, SECRET, Far

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
# Every call, and what it is called with where nothing needs to be there.
READS = [("draft/batchget", {"offset": 0, "count": 1}), ("freepublish/batchget", {"offset": 0, "count": 1})]


@pytest.fixture
def memory() -> PlainMemory:
    return PlainMemory()


@pytest.fixture
def client(far: Far, memory: PlainMemory, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client that waits only half a second for an answer."""
    monkeypatch.setattr(module, "_TIMEOUT", httpx.Timeout(0.5))
    return Client(far.base, APPID, SECRET, far_end(memory), pause=lambda _seconds: None)


def listed(client: Client) -> dict[str, Any]:
    return client.call("draft/batchget", offset=0, count=1)


def add(client: Client) -> dict[str, Any]:
    cover = client.upload("material/add_material", "c.png", image(), "image/png", type="image")["media_id"]
    article = {"article_type": "news", "title": "标题", "content": "<p>正文</p>", "thumb_media_id": cover}
    return client.call("draft/add", articles=[article])


# Tokens


def test_one_token_serves_all_calls(client: Client, far: Far) -> None:
    listed(client)
    add(client)
    assert far.calls("stable_token") == 1


def test_a_token_that_is_refused_is_fetched_once_and_the_call_made_once_more(client: Client, far: Far) -> None:
    listed(client)
    far.account(tokens={}, forced_at=0)
    client.far_end.memory.tokens[client.account] = client.far_end.memory.tokens[client.account]._replace(value="gone")
    assert listed(client)["total_count"] == 0
    assert [e["outcome"] for e in far.log()] == [0, 0, 40001, 0, 0]


def test_the_same_token_again_is_forced_to_be_another(client: Client, far: Far) -> None:
    listed(client)
    far.faults({"call": "draft/batchget", "kind": "errcode", "errcode": 42001})
    listed(client)
    assert far.calls("stable_token") == 3


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_that_stays_refused_is_not_asked_for_for_ever(client: Client, far: Far, code: int) -> None:
    far.faults({"call": "draft/batchget", "kind": "errcode", "errcode": code, "times": 99})
    with pytest.raises(Refusal):
        listed(client)
    assert far.calls("draft/batchget") == 2


def test_a_refused_token_does_not_make_an_act_unknown(client: Client, far: Far) -> None:
    far.faults({"call": "draft/add", "kind": "errcode", "errcode": 40001})
    add(client)
    assert len(far.state()["drafts"]) == 1


def test_it_is_renewed_five_minutes_before_its_end(client: Client, far: Far, memory: PlainMemory) -> None:
    begin = datetime(2026, 5, 4, 1, tzinfo=UTC)
    for seconds, tokens in ((0, 1), (6_899, 1), (6_901, 2)):
        memory.clock = lambda seconds=seconds: begin + timedelta(seconds=seconds)
        far.clock(fixed=memory.clock().timestamp())
        listed(client)
        assert far.calls("stable_token") == tokens


@pytest.mark.parametrize("wrong", [{"appid": "wxffff"}, {"secret": "no"}])
def test_wrong_credentials_stop_it_with_what_to_do(far: Far, wrong: dict[str, str]) -> None:
    given = {"appid": APPID, "secret": SECRET, **wrong}
    with pytest.raises(Permanent) as caught:
        listed(Client(far.base, given["appid"], given["secret"], far_end()))
    assert caught.value.code == "WEC-310"
    assert "账号设置" in caught.value.sentence.zh


def test_an_address_that_is_not_listed_is_shown(client: Client, far: Far) -> None:
    far.account(whitelist=["203.0.113.7"])
    with pytest.raises(Permanent) as caught, translated():
        listed(client)
    assert caught.value.code == "WEC-311"
    assert "127.0.0.1" in caught.value.sentence.zh


# Answers that don't come


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "500", "500_after", "garbled", "hang"])
@pytest.mark.parametrize(("call", "data"), READS)
def test_a_question_is_asked_twice_and_no_more(
    client: Client, far: Far, call: str, data: dict[str, Any], kind: str
) -> None:
    fault = {"call": call, "kind": kind, "seconds": 1}
    far.faults({**fault, "times": 1})
    assert client.call(call, **data)["total_count"] == 0
    far.faults({**fault, "times": 2})
    with pytest.raises(Retryable):
        client.call(call, **data)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "500", "500_after", "garbled", "hang", "hang_after"])
@pytest.mark.parametrize("call", ["draft/add", "material/add_material"])
def test_an_act_is_done_once_whatever_becomes_of_its_answer(client: Client, far: Far, call: str, kind: str) -> None:
    far.faults({"call": call, "kind": kind, "seconds": 1})
    with pytest.raises(Unknown):
        add(client)
    assert far.calls(call) == 1
    assert len(far.state()["drafts" if call == "draft/add" else "materials"]) <= 1


def test_busy_is_no_answer_to_an_act(client: Client, far: Far) -> None:
    far.faults({"call": "draft/add", "kind": "errcode", "errcode": -1})
    with pytest.raises(Unknown):
        add(client)
    far.faults({"call": "draft/batchget", "kind": "errcode", "errcode": -1})
    assert listed(client)["total_count"] == 1 - 1


def test_a_line_that_was_never_made_has_sent_nothing() -> None:
    client = Client("http://127.0.0.1:1", APPID, SECRET, far_end(), pause=lambda _seconds: None)
    client.far_end.memory.token(client.account, lambda _: module.Token("t", datetime.now(UTC) + timedelta(hours=1)))
    with pytest.raises(Retryable) as caught:
        client.call("draft/add", articles=[])
    assert caught.value.code == "WEC-301"


# Codes


@pytest.mark.parametrize(
    ("errcode", "kind", "code"),
    [
        (45011, Retryable, "WEC-313"),
        (45009, Permanent, "WEC-312"),
        (48001, NeedsHand, "WEC-314"),
        (40007, Permanent, "WEC-315"),
        (40009, Permanent, "WEC-316"),
        (45002, Permanent, "WEC-317"),
        (45003, Permanent, "WEC-318"),
        (45004, Permanent, "WEC-319"),
        (47001, Permanent, "WEC-321"),
        (45166, Permanent, "WEC-322"),
        (53402, Permanent, "WEC-323"),
        (53504, NeedsHand, "WEC-324"),
        (99999, Permanent, "WEC-329"),
    ],
)
def test_every_code_has_an_outcome_and_two_sentences(
    client: Client, far: Far, errcode: int, kind: type[ChannelError], code: str
) -> None:
    far.faults({"call": "draft/add", "kind": "errcode", "errcode": errcode})
    with pytest.raises(kind) as caught, translated():
        add(client)
    assert caught.value.code == code
    assert caught.value.sentence.zh.endswith("。")
    assert caught.value.sentence.en.endswith(".")


def test_calls_are_counted_by_the_platforms_day(client: Client, far: Far, memory: PlainMemory) -> None:
    memory.clock = lambda: datetime(2026, 5, 4, 15, 59, tzinfo=UTC)
    far.clock(fixed=memory.clock().timestamp())
    add(client)
    assert memory.used(client.account, datetime(2026, 5, 4, tzinfo=UTC).date())["draft_change"] == 1
    memory.clock = lambda: datetime(2026, 5, 4, 16, 1, tzinfo=UTC)
    assert client.left(module.DRAFTS) == module.DRAFTS.limit


def test_what_the_platform_says_is_used_up_is_used_up(client: Client, far: Far, memory: PlainMemory) -> None:
    far.account(quotas={"publish_delete": 0})
    with pytest.raises(Permanent) as caught, translated():
        client.call("freepublish/delete", article_id="x", index=1)
    assert caught.value.code == "WEC-312"
    assert client.left(DELETIONS) == 0


# Secrets


def everything_said(error: BaseException | None) -> str:
    """What an exception and all that led to it have to say, in every way they can be shown."""
    said = []
    while error is not None:
        said += [str(error), repr(error), repr(vars(error))]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(said)


@pytest.mark.parametrize("kind", ["cut_before", "500", "garbled", "hang", "errcode"])
@pytest.mark.parametrize("call", ["stable_token", "draft/add", "draft/batchget"])
def test_no_error_and_no_log_holds_token_or_secret(
    client: Client, far: Far, caplog: pytest.LogCaptureFixture, call: str, kind: str
) -> None:
    caplog.set_level(logging.DEBUG, "httpx")
    listed(client)
    token = client.far_end.memory.tokens[client.account].value
    client.far_end.memory.tokens.clear()
    message = f"bad {token} {SECRET}"
    far.faults({"call": call, "kind": kind, "seconds": 1, "times": 9, "errcode": 41002, "errmsg": message})
    with pytest.raises((ChannelError, Refusal)) as caught:  # noqa: PT012 (whichever of the calls it is)
        listed(client)
        add(client)
    error = caught.value
    told = everything_said(error) + repr(client) + caplog.text
    if isinstance(error, Refusal):
        assert HIDDEN in error.errmsg
        told += str(meaning(error))
    assert token not in told
    assert SECRET not in told
