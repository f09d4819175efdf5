"""What the simulated platform holds us to. In brackets where a rule is from: D official documentation, F counted in
served articles, R a published log of a real account, P comparable tools.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.channels.wechat.platform_calls import Caller, image
from tests.wechat_platform import Far

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def caller(far: Far) -> Caller:
    return Caller(far)


# Tokens (D: getStableAccessToken)


def test_a_token_stays_the_same_until_five_minutes_before_its_end(far: Far) -> None:
    far.clock(fixed=1_800_000_000)
    caller = Caller(far)
    far.clock(fixed=1_800_000_000 + 6_899)
    again = caller.stable_token()
    assert again == {"access_token": caller.token, "expires_in": 301}
    far.clock(fixed=1_800_000_000 + 6_901)
    renewed = caller.stable_token()
    assert renewed["access_token"] != caller.token
    assert caller.call("draft/batchget", offset=0, count=1)["total_count"] == 0, "the old one is good meanwhile"
    far.clock(fixed=1_800_000_000 + 7_201)
    assert caller.call("draft/batchget", offset=0, count=1)["errcode"] == 42001


def test_a_forced_token_ends_the_others_and_is_rare(caller: Caller, far: Far) -> None:
    far.clock(fixed=1_800_000_000)
    caller.token = caller.stable_token()["access_token"]
    forced = caller.stable_token(force_refresh=True)
    assert forced["access_token"] != caller.token
    assert caller.call("draft/batchget", offset=0, count=1)["errcode"] == 40001
    assert caller.stable_token(force_refresh=True)["errcode"] == 45011, "30 s apart"
    for n in range(1, 20):
        far.clock(fixed=1_800_000_000 + 31 * n)
        assert "access_token" in caller.stable_token(force_refresh=True)
    far.clock(fixed=1_800_000_000 + 31 * 21)
    assert caller.stable_token(force_refresh=True)["errcode"] == 45009, "20 a day"


@pytest.mark.parametrize(
    ("changes", "errcode"), [({"appid": "wxffff"}, 40013), ({"secret": "no"}, 40125), ({"scope": "x"}, 47001)]
)
def test_wrong_credentials_have_codes_of_their_own(caller: Caller, changes: dict[str, Any], errcode: int) -> None:
    assert caller.stable_token(**changes)["errcode"] == errcode


def test_an_address_that_is_not_on_the_list_is_named(caller: Caller, far: Far) -> None:
    far.account(whitelist=["203.0.113.7"])
    answer = caller.call("draft/batchget", offset=0, count=1)
    assert answer["errcode"] == 40164
    assert "invalid ip 127.0.0.1" in answer["errmsg"]


# Shapes


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"articles":{}}', b'{"articles":[],"x":1}', b'{"offset":"0","count":1}'],
)
def test_what_is_no_request_is_refused(caller: Caller, body: bytes) -> None:
    assert caller.raw("draft/add", body)["errcode"] in (47001, 44003)


def test_chinese_as_escapes_is_refused(caller: Caller) -> None:
    """D: UTF-8; escapes would be shown as they are."""
    assert caller.raw("draft/get", b'{"media_id":"\\u4e2d"}')["errcode"] == 47001


def test_a_field_that_nobody_knows_is_refused(caller: Caller) -> None:
    assert caller.call("draft/add", articles=[caller.article(subtitle="x")])["errcode"] == 47001


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"title": "题" * 33}, 45003),
        ({"title": ""}, 45003),
        ({"author": "作" * 17}, 45110),
        ({"digest": "摘" * 129}, 45004),
        ({"content": "<p>" + "文" * 20_000 + "</p>"}, 45002),
        ({"content": " "}, 44003),
        ({"content_source_url": "https://x.example/" + "a" * 1024}, 45005),
        ({"thumb_media_id": "nobody's"}, 40007),
        ({"pic_crop_235_1": "0_0_1"}, 53402),
        ({"pic_crop_1_1": "0_0_1_1"}, 53402),
    ],
)
def test_each_field_has_its_limit(caller: Caller, changes: dict[str, Any], errcode: int) -> None:
    """D: draft/add and the table of return codes."""
    assert caller.call("draft/add", articles=[caller.article(**changes)])["errcode"] == errcode


def test_what_just_fits_is_taken(caller: Caller) -> None:
    fits = {"title": "题" * 32, "author": "作" * 16, "digest": "摘" * 128, "content": "<p>" + "文" * 19_990 + "</p>"}
    crops = {"pic_crop_235_1": "0_0_1_1", "pic_crop_1_1": "0.287222_0_0.712778_1"}
    assert "media_id" in caller.call("draft/add", articles=[caller.article(**fits, **crops)])


def test_a_limit_can_be_another(caller: Caller, far: Far) -> None:
    """R: 39 characters were accepted on a real account: the code decides, not the document."""
    far.account(limits={"title": 64})
    assert "media_id" in caller.call("draft/add", articles=[caller.article(title="题" * 39)])


def test_eight_articles_are_taken_and_nine_are_not(caller: Caller) -> None:
    """P."""
    one = caller.article()
    assert "media_id" in caller.call("draft/add", articles=[one] * 8)
    assert caller.call("draft/add", articles=[one] * 9)["errcode"] == 44003


# Pictures (D: uploadimg, add_material)


def test_pictures_inside_articles_are_small_jpg_or_png(caller: Caller) -> None:
    assert caller.uploadimg(image())["url"].startswith("http://mmbiz.qpic.cn/")
    assert "url" in caller.uploadimg(image("JPEG"))
    assert caller.uploadimg(image("GIF"))["errcode"] == 40005
    assert caller.uploadimg(b"no picture")["errcode"] == 40005
    assert caller.uploadimg(image(size=(1200, 1200), noise=True))["errcode"] == 40009


def test_every_upload_to_the_library_is_one_more(caller: Caller) -> None:
    first, second = caller.cover(name="a.png"), caller.cover(name="a.png")
    assert first["media_id"] != second["media_id"]
    listed = caller.call("material/batchget_material", type="image", offset=0, count=20)
    assert [item["name"] for item in listed["item"]] == ["a.png", "a.png"]


# Drafts


def test_what_is_saved_is_not_what_was_sent(caller: Caller) -> None:
    """F: src becomes data-src; ids, positions, foreign pictures and links, style sheets are gone."""
    ours = caller.uploadimg(image())["url"]
    sent = (
        f'<section id="a" style="position:absolute;color:#333;background:url(https://x/y.png)"><style>p{{}}</style>'
        f'<img src="{ours}"><img src="https://elsewhere.example/a.png"><a href="https://gov.example/">去</a>'
        '<a href="https://mp.weixin.qq.com/s/1">留</a><script>1</script></section>'
    )
    media_id = caller.draft(content=sent)
    [item] = caller.call("draft/get", media_id=media_id)["news_item"]
    assert item["content"] == (
        f'<section style="color:#333;background:"><img data-src="{ours}"><img data-src=""><a>去</a>'
        '<a href="https://mp.weixin.qq.com/s/1">留</a></section>'
    )


def test_a_draft_is_changed_one_article_at_a_time(caller: Caller) -> None:
    """D: draft/update takes one object, draft/add a list."""
    media_id = caller.draft()
    new = caller.article(title="新")
    assert caller.call("draft/update", media_id=media_id, index=0, articles=[new])["errcode"] == 47001
    assert caller.call("draft/update", media_id=media_id, index=0, articles=new)["errcode"] == 0
    assert caller.call("draft/get", media_id=media_id)["news_item"][0]["title"] == "新"


def test_drafts_are_listed_twenty_at_most(caller: Caller) -> None:
    caller.draft(title="甲")
    caller.draft(title="乙")
    listed = caller.call("draft/batchget", offset=0, count=20, no_content=1)
    assert listed["total_count"] == 2
    assert listed["item"][0]["content"]["news_item"][0]["content"] == ""
    assert caller.call("draft/batchget", offset=0, count=21)["errcode"] == 40097


# Publishing


def test_a_submit_is_only_accepted_and_the_draft_goes_when_it_is_out(caller: Caller, far: Far) -> None:
    """D: freepublish/submit; R: draft/get then answers 40007, and publish_id is a number or a string."""
    far.clock(fixed=1_800_000_000)
    far.account(publish_seconds=60, publish_id_is_text=False)
    caller.token = caller.stable_token()["access_token"]
    media_id = caller.draft()
    done = caller.call("freepublish/submit", media_id=media_id)
    assert isinstance(done["publish_id"], int)
    assert caller.call("freepublish/get", publish_id=done["publish_id"])["publish_status"] == 1
    assert "news_item" in caller.call("draft/get", media_id=media_id)
    far.clock(fixed=1_800_000_061)
    out = caller.call("freepublish/get", publish_id=str(done["publish_id"]))
    assert out["publish_status"] == 0
    assert out["article_detail"]["item"][0]["article_url"].startswith("http://mp.weixin.qq.com/s/")
    assert caller.call("draft/get", media_id=media_id)["errcode"] == 40007


@pytest.mark.parametrize("status", [2, 3, 4])
def test_a_refusal_comes_with_the_status_and_the_draft_stays(caller: Caller, far: Far, status: int) -> None:
    far.account(publish_ends=status)
    media_id = caller.draft()
    done = caller.call("freepublish/submit", media_id=media_id)
    assert caller.call("freepublish/get", publish_id=done["publish_id"])["publish_status"] == status
    assert "news_item" in caller.call("draft/get", media_id=media_id)


@pytest.mark.parametrize("status", [5, 6])
def test_what_is_taken_down_later_shows(caller: Caller, far: Far, status: int) -> None:
    done = caller.call("freepublish/submit", media_id=caller.draft())
    far.remove(status)
    assert caller.call("freepublish/get", publish_id=done["publish_id"])["publish_status"] == status


def test_deleting_without_an_index_deletes_everything(caller: Caller) -> None:
    """D: freepublish/delete, "index 0 or absent deletes all articles"."""
    media_id = caller.call("draft/add", articles=[caller.article(title="甲"), caller.article(title="乙")])["media_id"]
    done = caller.call("freepublish/submit", media_id=media_id)
    out = caller.call("freepublish/get", publish_id=done["publish_id"])
    caller.call("freepublish/delete", article_id=out["article_id"], index=2)
    [there] = caller.call("freepublish/batchget", offset=0, count=20)["item"]
    assert [item["is_deleted"] for item in there["content"]["news_item"]] == [False, True]
    caller.call("freepublish/delete", article_id=out["article_id"])
    [there] = caller.call("freepublish/batchget", offset=0, count=20)["item"]
    assert [item["is_deleted"] for item in there["content"]["news_item"]] == [True, True]
    assert caller.call("freepublish/delete", article_id="nobody's", index=1)["errcode"] == 53600


def test_an_account_without_the_right_is_told_so(caller: Caller, far: Far) -> None:
    """D: since July 2025 personal and unverified accounts have no freepublish."""
    media_id = caller.draft()
    far.account(may_publish=False)
    assert caller.call("freepublish/submit", media_id=media_id)["errcode"] == 48001


def test_a_day_has_its_quota_and_ends_at_midnight_in_beijing(caller: Caller, far: Far) -> None:
    evening = 1_800_000_000 - 1_800_000_000 % 86_400 + 15.5 * 3600  # 23:30 in Beijing
    far.clock(fixed=evening)
    far.account(quotas={"publish_delete": 1})
    caller.token = caller.stable_token()["access_token"]
    out = caller.published()
    assert caller.call("freepublish/delete", article_id=out["article_id"], index=1)["errcode"] == 0
    assert caller.call("freepublish/delete", article_id=out["article_id"], index=1)["errcode"] == 45009
    far.clock(fixed=evening + 1801)
    assert caller.call("freepublish/delete", article_id=out["article_id"], index=1)["errcode"] == 0


# Bad days


@pytest.mark.parametrize(("kind", "there"), [("cut_before", 0), ("cut_after", 1)])
def test_a_line_is_cut_before_or_after_it_was_done(caller: Caller, far: Far, kind: str, there: int) -> None:
    article = caller.article()
    far.faults({"call": "draft/add", "kind": kind})
    with pytest.raises(httpx.TransportError):
        caller.call("draft/add", articles=[article])
    assert len(far.state()["drafts"]) == there


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ({"kind": "errcode", "errcode": -1}, lambda a: a["errcode"] == -1),
        ({"kind": "hang", "seconds": 0.05}, lambda a: a["errcode"] == -1),
    ],
)
def test_faults_can_be_ordered(caller: Caller, far: Far, fault: dict[str, Any], shown: Callable[[Any], bool]) -> None:
    far.faults({"call": "draft/batchget", "skip": 1, "times": 1, **fault})
    assert caller.call("draft/batchget", offset=0, count=1)["total_count"] == 0
    assert shown(caller.call("draft/batchget", offset=0, count=1))
    assert caller.call("draft/batchget", offset=0, count=1)["total_count"] == 0
