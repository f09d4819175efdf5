"""Withdrawing, correcting and the tasks of people, as an editor meets them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from channels.base import Retryable, Unknown
from channels.words import Words
from hub.console.deliveries import attempts
from hub.domain.states import State
from hub.models import Delivery, Withdrawal
from hub.services import Services
from tests.console.conftest import Visitor, sign_newest
from tests.console.test_deliveries import publish, states, work, write
from tests.fakes import Sender

PLAIN, SENDER, SITED = 1, 2, 3
SAID = Words("平台正忙。", "The platform is busy.")


def sender(house: Services) -> Sender:
    channel = house.channels["sender"]
    assert isinstance(channel, Sender)
    return channel


def rewrite(editor: Visitor, version: str = "1", title: str = "更正后的解读") -> None:
    editor.post("interpretations/1/edit", do="save", version=version, title=title, body="改过的正文")
    sign_newest(editor)


def version_of(house: Services, delivery: int) -> str:
    with house.db.reading() as session:
        return str(session.get_one(Delivery, delivery).version)


def out(house: Services, editor: Visitor, *accounts: int) -> None:
    write(editor)
    publish(editor, *accounts, when="now")
    work(house)


def test_withdrawing_says_what_happens_where_and_asks_the_reason(house: Services, editor: Visitor) -> None:
    out(house, editor, SENDER, SITED)
    assert '/console/interpretations/1/withdraw"' in editor.get("interpretations/1/publish").text
    page = editor.get("interpretations/1/withdraw").text
    assert "网页换成撤回说明" in page
    assert "2 小时内" in page
    refused = editor.post("interpretations/1/withdraw", reason=" ")
    assert refused.status_code == 422
    assert "DLV-220" in refused.text
    page = editor.post("interpretations/1/withdraw", reason="标准重新核定。").text
    assert "正在从所有渠道撤回" in page
    assert 'data-poll="1"' in page
    work(house)
    assert states(house) == {SENDER: "withdrawing", SITED: "withdrawn"}
    page = editor.get("interpretations/1/publish").text
    assert "标准重新核定。" in page
    assert "请发布人员处理" in page
    assert 'data-poll="0"' in page


def test_a_withdrawal_is_taken_back_from_the_sentence_that_says_so(house: Services, editor: Visitor) -> None:
    out(house, editor, SENDER)
    page = editor.post("interpretations/1/withdraw", reason="标准重新核定。").text
    assert 'action="/console/withdrawals/1/undo"' in page
    page = editor.post("withdrawals/1/undo").text
    assert "已撤销撤回，稿件照旧。" in page
    assert "1 项由人工发布" in page
    assert states(house) == {SENDER: "published"}


def test_a_withdrawal_that_has_begun_is_not_taken_back(house: Services, editor: Visitor) -> None:
    out(house, editor, SITED)
    editor.post("interpretations/1/withdraw", reason="标准重新核定。")
    work(house)
    refused = editor.post("withdrawals/1/undo")
    assert refused.status_code == 422
    assert "DLV-243" in refused.text
    assert states(house) == {SITED: "withdrawn"}


def test_a_person_takes_it_down_and_records_it(house: Services, editor: Visitor) -> None:
    out(house, editor, SENDER)
    editor.post("interpretations/1/withdraw", reason="标准重新核定。")
    work(house)
    page = editor.get("deliveries/1").text
    assert 'id="takedown"' in page
    assert "前完成" in page
    page = editor.post("deliveries/1/withdrawn", version=version_of(house, 1), note="已在后台删除").text
    assert "已登记撤下" in page
    assert "已在后台删除" in page
    assert states(house) == {SENDER: "withdrawn"}


def test_the_system_may_be_asked_to_take_it_down_again(house: Services, editor: Visitor) -> None:
    out(house, editor, SITED)
    folder = house.config.site_folder / "main/i/1"
    (folder / "index.html").unlink()
    folder.rmdir()
    folder.write_text("in the way")
    editor.post("interpretations/1/withdraw", reason="标准重新核定。")
    with house.db.writing() as session:
        session.execute(update(Delivery).values(attempt=5))
    work(house)
    assert "请管理员处理" in editor.get("deliveries/1").text
    folder.unlink()
    assert "系统再撤下一次" in editor.post("deliveries/1/takedown", version=version_of(house, 1)).text
    work(house)
    assert states(house) == {SITED: "withdrawn"}


def test_an_overdue_task_is_red_and_counted(house: Services, editor: Visitor) -> None:
    out(house, editor, SENDER)
    editor.post("interpretations/1/withdraw", reason="标准重新核定。")
    work(house)
    assert "已超时" not in editor.get("").text
    with house.db.writing() as session:
        session.execute(update(Delivery).values(hand_by=datetime.now(UTC) - timedelta(hours=1)))
    assert "1 项人工任务已超时" in editor.get("").text
    assert "deadline tone-red" in editor.get("deliveries?show=problems").text


def test_what_was_withdrawn_meanwhile_is_not_published_by_an_old_page(house: Services, editor: Visitor) -> None:
    out(house, editor, SITED)
    editor.post("interpretations/1/withdraw", reason="标准重新核定。")
    work(house)
    stale = editor.post("interpretations/1/publish", revision="1", account=str(SITED), when="now")
    assert stale.status_code == 409
    assert "DLV-215" in stale.text
    with house.db.reading() as session:
        seen = session.scalars(select(Withdrawal.id)).one()
    editor.post("interpretations/1/publish", revision="1", account=str(SITED), when="now", withdrawal=str(seen))
    work(house)
    assert states(house) == {SITED: "published"}


def test_a_correction_is_offered_where_the_public_sees_an_older_version(house: Services, editor: Visitor) -> None:
    out(house, editor, SITED)
    assert "已发布的就是最新的一版" in editor.get("interpretations/1/correct").text
    rewrite(editor)
    page = editor.get("interpretations/1/publish").text
    assert "公众看到的是第 1 版，已有第 2 版" in page
    assert f'value="{SITED}" checked' not in page
    page = editor.get("interpretations/1/correct").text
    assert "换成新版，注明更正" in page
    refused = editor.post("interpretations/1/correct", revision="2", reason="")
    assert "DLV-220" in refused.text
    page = editor.post("interpretations/1/correct", revision="2", reason="原写6.0，应为6.2。", when="now").text
    assert "正在更正 1 项" in page
    work(house)
    page = editor.get("deliveries/2").text
    assert "第 1 次更正：原写6.0，应为6.2。" in page
    assert "已由更正替换" in editor.get("deliveries?interpretation=1").text


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"revision": "1", "reason": "有误"}, 422, "DLV-213"),
        ({"revision": "2", "reason": "有误", "when": "at", "at": ""}, 422, "DLV-212"),
        ({"revision": "2", "reason": "有误", "when": "at", "at": "2001-01-01T00:00"}, 422, "DLV-202"),
    ],
)
def test_what_cant_be_corrected_is_said_and_the_reason_kept(
    house: Services, editor: Visitor, given: dict[str, str], status: int, code: str
) -> None:
    out(house, editor, SITED)
    rewrite(editor)
    answer = editor.post("interpretations/1/correct", **given)
    assert answer.status_code == status
    assert code in answer.text
    assert "有误</textarea>" in answer.text


def test_a_blocking_finding_is_shown_by_account(house: Services, editor: Visitor) -> None:
    out(house, editor, SITED)
    rewrite(editor, title="阻断的解读")
    assert "FAK-101" in editor.post("interpretations/1/correct", revision="2", reason="有误", when="now").text


def test_a_scheduled_older_version_is_named_and_taken_to_the_newer(house: Services, editor: Visitor) -> None:
    write(editor)
    publish(editor, SENDER, when="at", at="2031-01-02T09:30")
    rewrite(editor)
    assert "发布的是第 1 版，已有第 2 版" in editor.get("deliveries?interpretation=1").text
    moved = editor.post("deliveries/1/reschedule", version="1", at="2031-01-03T09:30").text
    assert "发布的仍是第 1 版（已有第 2 版）" in moved
    page = editor.post("deliveries/1/text", version="2", number="2", at="2031-01-04T09:30").text
    assert "已换成第 2 版" in page
    assert "2031-01-04 09:30" in page
    assert "发布的是第 1 版" not in page


@pytest.mark.parametrize(("there", "ends"), [("yes", State.PUBLISHED), ("no", State.FAILED)])
def test_a_person_settles_an_unknown_outcome(house: Services, editor: Visitor, there: str, ends: State) -> None:
    sender(house).answers.append(Unknown("SND-1", SAID))
    out(house, editor, SENDER)
    page = editor.get("deliveries/1").text
    assert 'id="look"' in page
    assert "i1v1-" in page
    page = editor.post("deliveries/1/settle", version=version_of(house, 1), there=there, url="").text
    assert states(house) == {SENDER: ends}
    assert "已登记" in page


def test_each_try_is_listed_with_what_was_said_and_the_next(house: Services, editor: Visitor) -> None:
    sender(house).answers.append(Retryable("SND-2", SAID))
    out(house, editor, SENDER)
    page = editor.get("deliveries/1").text
    assert "各次尝试" in page
    assert "平台正忙。" in page
    assert "下次尝试" in page
    assert "系统自动处理" in page


def test_a_trouble_stored_long_ago_is_still_shown(house: Services, editor: Visitor) -> None:
    out(house, editor, SENDER)
    old = {"code": "OLD-1", "zh": "OLD-1 旧的说明。", "en": "OLD-1 An old sentence."}
    with house.db.writing() as session:
        session.execute(update(Delivery).values(state=State.FAILED, trouble=old))
    page = editor.get("deliveries/1").text
    assert "OLD-1 旧的说明。" in page
    assert re.search(r'<button class="primary">.*?重试', page, re.DOTALL)


def test_a_neighbours_text_is_not_there(house: Services, editor: Visitor, neighbour: Visitor) -> None:
    out(house, editor, SITED)
    neighbour.get("")
    for path in ("interpretations/1/withdraw", "interpretations/1/correct"):
        assert neighbour.get(path).status_code == 404
        assert neighbour.post(path, reason="有误", revision="1").status_code == 404
    for verb in ("settle", "withdrawn", "takedown", "text"):
        assert neighbour.post(f"deliveries/1/{verb}", version="1", number="1").status_code == 404
    assert states(house) == {SITED: "published"}


def test_no_moves_no_tries() -> None:
    assert attempts([]) == []
