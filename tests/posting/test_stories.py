"""From a signed text to an article at the platform and back, as an office lives it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from channels.wechat import CHANNEL
from channels.wechat.comparing import images_of, text_of
from hub.domain.states import State
from hub.publishing.changing import cancel, record_hand, retry, settle
from hub.publishing.withdrawing import withdraw
from tests.fakes import EDITOR
from tests.posting.house import POLICY, House
from tests.wechat_platform import SECRET

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_text_becomes_an_article(house: House) -> None:
    house.far.account(publish_seconds=40)
    one = house.order(house.piece())
    house.work()
    assert house.state(one) is State.CONFIRMING
    house.run()
    assert house.trail(one) == ["scheduled", "queued", "working", "confirming", "published"]
    [article] = house.articles()
    row = house.row(one)
    assert row.url == article["url"]
    assert row.platform_id.endswith(":1")
    assert "一致" in row.proof
    assert row.trouble is None
    sent = house.services.artefacts.load(row.artefact).file("article.html").data.decode()
    assert text_of(sent) == text_of(article["content"])
    assert images_of(article["content"]) == 1
    assert 'data-src="http://mmbiz.qpic.cn/' in article["content"]
    assert article["content_source_url"].startswith(POLICY.url)


def test_questions_after_it_come_ever_more_seldom(house: House) -> None:
    house.far.account(publish_seconds=7200)
    one = house.order(house.piece())
    house.run(hours=3)
    assert house.state(one) is State.PUBLISHED
    assert house.far.calls("freepublish/get") <= 9


@pytest.mark.parametrize(("status", "code"), [(2, "WEC-331"), (3, "WEC-332"), (4, "WEC-333")])
def test_what_the_platform_refuses_fails_with_its_reason_and_may_be_tried_again(
    house: House, status: int, code: str
) -> None:
    house.far.account(publish_ends=status)
    one = house.order(house.piece())
    house.run()
    assert house.state(one) is State.FAILED
    assert house.code(one) == code
    house.far.account(publish_ends=0)
    retry(house.services, actor=EDITOR, delivery_id=one, version=house.row(one).version, now=house.now)
    house.run()
    assert house.state(one) is State.PUBLISHED
    assert len(house.articles()) == 1
    assert house.far.calls("draft/add") == 1


def test_an_account_may_stop_at_the_draft_for_a_person(house: House) -> None:
    house.settle(after_draft="person")
    one = house.order(house.piece())
    house.run()
    assert house.state(one) is State.AWAITING_HAND
    assert house.code(one) == "WEC-330"
    assert len(house.far.state()["drafts"]) == 1
    assert not house.articles()
    row = house.row(one)
    url = "https://mp.weixin.qq.com/s/abc"
    record_hand(house.services, actor=EDITOR, delivery_id=one, version=row.version, now=house.now, url=url)
    assert house.state(one) is State.PUBLISHED


def test_an_account_without_the_right_is_handed_over_by_itself(house: House) -> None:
    house.far.account(may_publish=False)
    one = house.order(house.piece())
    house.run()
    assert house.state(one) is State.AWAITING_HAND
    assert house.code(one) == "WEC-314"


def test_a_draft_that_a_person_deleted_is_said_and_made_anew(house: House) -> None:
    house.far.faults({"call": "freepublish/submit", "kind": "errcode", "errcode": 45011, "times": 1})
    one = house.order(house.piece())
    house.work()
    [draft] = house.far.state()["drafts"]
    house.by_hand("draft/delete", draft)
    house.run()
    assert house.code(one) == "WEC-315"
    retry(house.services, actor=EDITOR, delivery_id=one, version=house.row(one).version, now=house.now)
    house.run()
    assert house.state(one) is State.PUBLISHED
    assert len(house.articles()) == 1


def test_a_draft_that_a_person_published_by_hand_is_found(house: House) -> None:
    house.far.faults({"call": "freepublish/submit", "kind": "errcode", "errcode": 45011, "times": 1})
    one = house.order(house.piece())
    house.work()
    assert house.state(one) is State.QUEUED
    [draft] = house.far.state()["drafts"]
    house.by_hand("freepublish/submit", draft)
    house.run()
    assert house.state(one) is State.PUBLISHED
    assert len(house.articles()) == 1


def test_a_withdrawal_deletes_this_article_and_no_other(house: House) -> None:
    first, second = house.piece("甲"), house.piece("乙")
    one, two = house.order(first), house.order(second)
    house.run()
    assert len(house.articles()) == 2
    withdraw(house.services, actor=EDITOR, interpretation_id=1, reason="有误", now=house.now)
    house.run()
    assert house.state(one) is State.WITHDRAWN
    assert house.state(two) is State.PUBLISHED
    assert [a["title"] for a in house.articles()] == ["乙"]
    assert house.far.calls("freepublish/delete") == 1


def test_a_withdrawal_whose_answer_was_lost_is_asked_for_again(house: House) -> None:
    one = house.order(house.piece())
    house.run()
    house.far.faults({"call": "freepublish/delete", "kind": "cut_after", "times": 2})
    withdraw(house.services, actor=EDITOR, interpretation_id=1, reason="有误", now=house.now)
    house.run()
    assert house.state(one) is State.WITHDRAWN
    assert not house.articles()


def test_what_was_withdrawn_while_the_platform_was_at_it_is_deleted_as_soon_as_it_is_out(house: House) -> None:
    house.far.account(publish_seconds=300)
    one = house.order(house.piece())
    house.work()
    withdraw(house.services, actor=EDITOR, interpretation_id=1, reason="有误", now=house.now)
    assert house.state(one) is State.CONFIRMING
    house.run()
    assert house.state(one) is State.WITHDRAWN
    assert not house.articles()


def test_an_article_that_is_not_what_was_sent_is_said(house: House) -> None:
    house.far.account(publish_seconds=40)
    one = house.order(house.piece())
    house.work()
    tasks = house.far.state()["tasks"]
    [number] = tasks
    house.far.http.post(f"{house.far.base}/control/spoil", json={"appid": house.far.state()["appid"]})
    house.run()
    assert number
    assert house.state(one) is State.PUBLISHED
    assert house.code(one) == "WEC-340"


def test_a_quota_that_is_used_up_stops_it_until_tomorrow(house: House) -> None:
    house.far.account(quotas={"submit": 0})
    one = house.order(house.piece())
    house.run()
    assert house.state(one) is State.FAILED
    assert house.code(one) == "WEC-312"
    house.pass_to(house.now + timedelta(days=1))
    house.far.account(quotas={"submit": 5})
    retry(house.services, actor=EDITOR, delivery_id=one, version=house.row(one).version, now=house.now)
    house.run()
    assert house.state(one) is State.PUBLISHED


def test_a_lost_submit_that_never_arrived_becomes_a_persons_question(house: House) -> None:
    """Whether it did can't be told: the draft is there, and a second submit might make a second article."""
    house.far.faults({"call": "freepublish/submit", "kind": "cut_before"})
    one = house.order(house.piece())
    house.run()
    assert house.state(one) is State.UNKNOWN
    assert house.code(one) == "WEC-335"
    assert house.row(one).hand_by is not None
    settle(house.services, actor=EDITOR, delivery_id=one, version=house.row(one).version, there=False, now=house.now)
    retry(house.services, actor=EDITOR, delivery_id=one, version=house.row(one).version, now=house.now)
    house.run()
    assert house.state(one) is State.PUBLISHED
    assert len(house.articles()) == 1


def test_pictures_and_covers_are_uploaded_once(house: House) -> None:
    house.order(house.piece("甲"))
    house.run()
    uploads = house.far.calls("media/uploadimg")
    house.order(house.piece("乙"))
    house.run()
    assert uploads == house.far.calls("media/uploadimg") == 1
    assert len(house.articles()) == 2


def test_two_texts_without_a_link_are_told_apart(house: House) -> None:
    """Without a source link there is no place for a key: then title and text tell."""
    house.far.faults({"call": "draft/add", "kind": "cut_after", "times": 1})
    one = house.order(house.piece("甲", linked=False))
    house.run()
    two = house.order(house.piece("乙", linked=False))
    house.run()
    assert house.state(one) is State.PUBLISHED
    assert house.state(two) is State.PUBLISHED
    assert sorted(a["title"] for a in house.articles()) == ["乙", "甲"]
    assert house.far.calls("draft/add") == 2


def test_what_is_left_of_the_day_is_counted(house: House) -> None:
    house.order(house.piece())
    house.run()
    settings = house.services.settings("wechat", house.account().settings)
    left = {a.name.zh: (a.used, a.limit) for a in CHANNEL.allowances(settings)}
    assert left["提交发表"] == (1, 100)
    assert left["新增、修改草稿"] == (1, 1000)
    assert left["删除已发表的"] == (0, 10)
    house.settle(app_id="")
    assert CHANNEL.allowances(house.services.settings("wechat", house.account().settings)) == ()


def test_neither_secret_nor_token_is_kept_in_clear(house: House) -> None:
    house.order(house.piece())
    house.run()
    [token] = house.far.state()["tokens"]
    message = f"invalid {token} for {SECRET}"
    house.far.faults({"call": "draft/add", "kind": "errcode", "errcode": 99999, "errmsg": message})
    one = house.order(house.piece("乙"))
    house.run()
    assert house.code(one) == "WEC-329"
    data = house.services.config.data
    kept = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert b"WEC-329" in kept
    assert token.encode() not in kept
    assert SECRET.encode() not in kept


def test_a_draft_with_an_older_text_is_changed_and_not_made_twice(house: House) -> None:
    house.far.account(publish_ends=4)
    one = house.order(house.piece())
    house.run()
    assert house.code(one) == "WEC-333"
    house.far.account(publish_ends=0)
    house.settle(author="锦溪发布")
    retry(house.services, actor=EDITOR, delivery_id=one, version=house.row(one).version, now=house.now)
    house.run()
    assert house.state(one) is State.PUBLISHED
    [article] = house.articles()
    assert article["author"] == "锦溪发布"
    assert house.far.calls("draft/add") == house.far.calls("draft/update") == 1


def test_a_draft_with_an_older_text_that_is_gone_is_made_anew(house: House) -> None:
    house.far.account(publish_ends=4)
    one = house.order(house.piece())
    house.run()
    [draft] = house.far.state()["drafts"]
    house.by_hand("draft/delete", draft)
    house.far.account(publish_ends=0)
    house.settle(author="锦溪发布")
    retry(house.services, actor=EDITOR, delivery_id=one, version=house.row(one).version, now=house.now)
    house.run()
    assert house.state(one) is State.PUBLISHED
    assert len(house.articles()) == 1


def test_a_later_version_takes_the_place_of_a_draft_that_is_not_published(house: House) -> None:
    """So that nobody finds two drafts at the platform and publishes the older one."""
    house.settle(after_draft="person")
    one = house.order(house.piece())
    house.run()
    cancel(house.services, actor=EDITOR, delivery_id=one, version=house.row(one).version, now=house.now)
    two = house.order(house.next_version(1, "改过的标题"))
    house.run()
    assert house.state(two) is State.AWAITING_HAND
    [draft] = house.far.state()["drafts"].values()
    assert draft["news_item"][0]["title"] == "改过的标题"


def test_a_later_version_of_what_was_withdrawn_has_a_draft_of_its_own(house: House) -> None:
    house.order(house.piece())
    house.run()
    withdraw(house.services, actor=EDITOR, interpretation_id=1, reason="有误", now=house.now)
    house.run()
    two = house.order(house.next_version(1, "改过的标题"))
    house.run()
    assert house.state(two) is State.PUBLISHED
    assert [a["title"] for a in house.articles()] == ["改过的标题"]
    assert house.far.calls("draft/update") == 0
