"""暂停发布 and 暂缓: the switch, quiet times, the banner on every page, and deciding over what was held."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hub.domain.states import State
from hub.models import Hold
from hub.publishing.changing import reschedule
from hub.publishing.holding import hold
from hub.publishing.releasing import release_due
from hub.services import Services
from hub.workflow import Actor
from tests.console.conftest import Visitor, sign_newest
from tests.console.test_queries import counting
from tests.fakes import EDITOR, later
from tests.publishing.helpers import row, scheduled, state

NOW = datetime.now(UTC)


def _late(house: Services, *accounts: int) -> list[int]:
    """Deliveries of one text each that are held because nobody sent them in time."""
    ids = [scheduled(house, account, at=NOW - timedelta(hours=5), now=NOW - timedelta(hours=5)) for account in accounts]
    release_due(house, NOW)
    assert {state(house, i) for i in ids} <= {State.HELD}
    return ids


def _mark(house: Services, id_: int) -> str:
    return f"{id_}:{row(house, id_).version}"


def _switch(editor: Visitor, reason: str = "全国哀悼日") -> str:
    editor.get("holds")
    return editor.post("holds", kind="switch", name=reason).text


def test_the_switch_stops_everything_and_the_toast_takes_it_back(house: Services, editor: Visitor) -> None:
    delivery = scheduled(house, 1, now=NOW)
    release_due(house, NOW)
    page = _switch(editor)
    assert state(house, delivery) == State.HELD
    assert "已暂停发布。" in page
    [undo] = re.findall(r'class="toast undo" method="post" action="/console/(holds/\d+/lift)"', page)
    assert "1 项按原来的顺序发出" in editor.post(undo).text
    assert state(house, delivery) == State.QUEUED


def test_before_it_is_pressed_it_says_what_will_stop(house: Services, editor: Visitor) -> None:
    scheduled(house, 1, at=NOW + timedelta(hours=3), now=NOW)
    scheduled(house, 2, now=NOW)
    release_due(house, NOW)
    page = editor.get("holds").text
    assert "1 项正在排队的、24 小时内到时间的 1 项" in page
    assert "撤回照常进行" in page


def test_every_page_says_that_it_is_on_since_when_by_whom_and_how_many_wait(house: Services, editor: Visitor) -> None:
    scheduled(house, 1, now=NOW)
    release_due(house, NOW)
    assert "banner" not in editor.get("").text
    _switch(editor)
    for path in ("", "interpretations/new", "deliveries", "deliveries/1", "held", "holds", "accounts", "nothing-here"):
        [banner] = re.findall(r'<aside class="banner.*?</aside>', editor.get(path).text, re.DOTALL)
        for word in ("全国哀悼日", "编辑", "北京时间", "1 项在等", "恢复发布"):
            assert word in banner, path


def test_lifting_from_the_banner_stays_on_the_page(house: Services, editor: Visitor) -> None:
    _switch(editor)
    editor.get("accounts")
    answer = editor.post("holds/1/lift", next="/console/accounts")
    assert answer.request.path == "/console/accounts"
    assert "banner" not in answer.text


def test_another_offices_switch_is_not_ours_to_see_or_to_lift(
    house: Services, editor: Visitor, neighbour: Visitor
) -> None:
    _switch(editor, "本区停电")
    assert "banner" not in neighbour.get("").text
    assert "本区停电" not in neighbour.get("holds").text
    assert neighbour.post("holds/1/lift", follow=False).status_code == 403
    with house.db.reading() as session:
        assert session.get_one(Hold, 1).lifted_at is None


def test_a_hold_for_all_offices_is_shown_without_a_way_to_lift_it(house: Services, editor: Visitor) -> None:
    hold(house, actor=Actor("cli:root"), name="全市停发", now=NOW)
    page = editor.get("").text
    assert "系统管理员 root" in page
    assert "恢复发布" not in page
    assert editor.post("holds/1/lift", follow=False).status_code == 403


def test_lifting_twice_is_said_and_harms_nobody(editor: Visitor) -> None:
    _switch(editor)
    editor.post("holds/1/lift")
    answer = editor.post("holds/1/lift", follow=False)
    assert answer.status_code == 409
    assert "HLD-409" in answer.text


def test_a_window_and_a_night_are_added_in_the_offices_time(house: Services, editor: Visitor) -> None:
    editor.get("holds")
    editor.post("holds", kind="window", name="高考", starts="2031-06-07T08:00", ends="2031-06-09T18:00")
    page = editor.post(
        "holds",
        kind="nightly",
        name="夜间静默",
        resumes="1",
        ends="2031-01-31",
        starts="2031-01-01",
        **{"from": "22:00", "to": "07:00"},
    ).text
    with house.db.reading() as session:
        window, night = session.scalars(select(Hold).order_by(Hold.id)).all()
    assert (window.starts_at, window.ends_at, window.resumes) == (
        datetime(2031, 6, 7, 0, tzinfo=UTC),
        datetime(2031, 6, 9, 10, tzinfo=UTC),
        False,
    )
    assert (night.daily_from, night.daily_to, night.resumes) == ("22:00", "07:00", True)
    # Its last day belongs to it.
    assert night.ends_at == datetime(2031, 1, 31, 16, tzinfo=UTC)
    for words in ("2031-06-07 08:00 到 2031-06-09 18:00（北京时间）", "每天 22:00 到 07:00", "下次 2031-01-01 00:00"):
        assert words in page


def test_what_can_not_be_keeps_what_was_typed(editor: Visitor) -> None:
    editor.get("holds")
    answer = editor.post("holds", kind="window", name="高考", starts="2031-06-07T08:00", ends="2031-06-06T08:00")
    assert answer.status_code == 422
    assert "HLD-105" in answer.text
    assert 'value="2031-06-07T08:00"' in answer.text
    assert 'value="高考"' in answer.text


def test_held_says_why_and_how_late(house: Services, editor: Visitor) -> None:
    _late(house, 1)
    page = editor.get("held").text
    for word in ("晚了 5 小时", "DLV-210", "账号plain", "关于养老助餐的解读", "立即发布", "改时间", "取消"):
        assert word in page


def test_nothing_held_says_what_the_place_is_for(editor: Visitor) -> None:
    assert "没有暂缓的发布任务" in editor.get("held").text


def test_several_are_decided_at_once(house: Services, editor: Visitor) -> None:
    first, second, third = _late(house, 1, 2, 3)
    editor.get("held")
    page = editor.post("held", do="now", pick=[_mark(house, first), _mark(house, second)]).text
    assert "正在发布 2 项" in page
    assert (state(house, first), state(house, second)) == (State.QUEUED, State.QUEUED)
    editor.post("held", do="at", at="2031-01-02T09:30", pick=[_mark(house, third)])
    assert row(house, third).due_at == datetime(2031, 1, 2, 1, 30, tzinfo=UTC)


def test_a_rows_own_buttons_leave_the_ticked_ones_alone(house: Services, editor: Visitor) -> None:
    ticked, dropped, moved = _late(house, 1, 2, 3)
    editor.get("held")
    editor.post("held", do=f"drop:{_mark(house, dropped)}", pick=[_mark(house, ticked)])
    times = {f"at-{moved}": "2031-01-02T09:30", "at": "2032-01-01T00:00"}
    editor.post("held", do=f"at:{_mark(house, moved)}", pick=[_mark(house, ticked)], **times)
    assert [state(house, i) for i in (ticked, dropped, moved)] == [State.HELD, State.CANCELLED, State.SCHEDULED]
    assert row(house, moved).due_at == datetime(2031, 1, 2, 1, 30, tzinfo=UTC)


def test_the_slower_of_two_editors_reads_why_and_the_rest_is_done(house: Services, editor: Visitor) -> None:
    first, second = _late(house, 1, 2)
    seen = [_mark(house, first), _mark(house, second)]
    # A colleague gave the first another time.
    reschedule(house, actor=EDITOR, delivery_id=first, version=row(house, first).version, at=later(days=999), now=NOW)
    editor.get("held")
    answer = editor.post("held", do="drop", pick=seen)
    assert answer.status_code == 409
    assert "DLV-409" in answer.text
    assert "已取消 1 项" in answer.text
    assert [state(house, i) for i in (first, second)] == [State.SCHEDULED, State.CANCELLED]


@pytest.mark.parametrize(
    ("sent", "code"),
    [({"do": "now"}, "DLV-230"), ({"do": ""}, "DLV-230"), ({"do": "at", "pick": "1:2"}, "DLV-212")],
)
def test_what_is_missing_is_said(house: Services, editor: Visitor, sent: dict[str, str], code: str) -> None:
    [delivery] = _late(house, 1)
    editor.get("held")
    answer = editor.post("held", **sent)
    assert answer.status_code == 422
    assert code in answer.text
    assert state(house, delivery) == State.HELD


def test_enter_in_a_time_field_decides_nothing(house: Services, editor: Visitor) -> None:
    _late(house, 1)
    form = editor.get("held").text.partition('<form method="post" class="held">')[2]
    assert re.findall(r"<button[^>]*>", form)[0] == '<button hidden name="do" value="">'


def test_another_offices_delivery_is_not_decided(house: Services, editor: Visitor, neighbour: Visitor) -> None:
    [delivery] = _late(house, 1)
    assert "关于养老助餐" not in neighbour.get("held").text
    neighbour.get("holds")
    answer = neighbour.post("held", do="drop", pick=[_mark(house, delivery)])
    assert "PER-403" in answer.text
    assert "关于养老助餐" not in answer.text
    assert state(house, delivery) == State.HELD
    assert editor


def test_scheduling_into_a_quiet_time_is_said_in_the_panel(house: Services, editor: Visitor) -> None:
    hold(house, actor=EDITOR, name="停", office_id=1, now=NOW)
    editor.get("interpretations/new")
    editor.post("interpretations/new", do="publish", title="养老助餐解读", body="正文")
    sign_newest(editor)
    page = editor.post("interpretations/1/publish", revision="1", account=["1", "2"], when="now").text
    assert page.count("PUB-201") == 1
    assert "解除暂停后才会发出" in page


@pytest.mark.parametrize("path", ["held", "holds", ""])
def test_the_number_of_queries_grows_neither_with_rows_nor_with_holds(
    house: Services, editor: Visitor, path: str
) -> None:
    _late(house, 1)
    hold(house, actor=EDITOR, name="停", office_id=1, now=NOW)
    with counting(house) as few:
        editor.get(path)
    _late(house, 2, 3, 1, 2)
    for number in range(3):
        hold(
            house,
            actor=EDITOR,
            name=f"考试{number}",
            office_id=1,
            kind="window",
            ends_at=NOW + timedelta(days=1),
            now=NOW,
        )
    with counting(house) as many:
        editor.get(path)
    assert len(many) == len(few)
    # The desk asks for everything that waits for a person; the others for their list alone.
    assert len(few) < (24 if path == "" else 14)


def test_english(house: Services, editor: Visitor) -> None:
    _late(house, 1)
    _switch(editor, "mourning")
    editor.post("language", language="en")
    for path, word in (("held", "min late"), ("holds", "Nothing goes out now"), ("", "since ")):
        page = editor.get(path).text
        assert word in page
        assert "Publishing is on hold" in page
