"""The schedule without scripts: what goes out when, moved one by one or several at once, and back; conflicts said."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hub.domain.states import State
from hub.models import Account, Area, Delivery, Event, Hold, Interpretation, Policy, Slot, revision_policies
from hub.publishing.slotting import Coming, Facts, next_slots
from hub.publishing.slotting import add_slot as add_slot_verb
from hub.rules.china import CALENDAR
from hub.services import Services
from tests.console.conftest import Visitor
from tests.console.test_queries import counting
from tests.fakes import EDITOR, NOW, write
from tests.publishing.helpers import row, scheduled, trail

# The visitor's clock is the real one; these days are working days of an announced year or of a provisional one.
SHANGHAI = ZoneInfo("Asia/Shanghai")
FAR = datetime(2031, 3, 5, 1, 30, tzinfo=UTC)


def keys(text: str) -> list[str]:
    return [unquote(key) for key in re.findall(r'data-slot="([^"]+)"', text)]


def day_of(at: datetime) -> str:
    return f"{(at + timedelta(hours=8)):%Y-%m-%d}"


def agenda(at: datetime) -> str:
    return f"schedule?view=agenda&day={day_of(at)}"


def test_month_week_and_list_show_one_chip_for_a_text_and_a_time(house: Services, editor: Visitor) -> None:
    revision = write(house)
    for account in (1, 2):
        scheduled(house, account=account, at=FAR, revision=revision)
    for view in ("month", "week", "agenda"):
        text = editor.get(f"schedule?view={view}&day={day_of(FAR)}").text
        assert len(keys(text)) == 1, view
        assert "北京时间" in text
        assert "09:30" in text
    assert "普通" in editor.get(agenda(FAR)).text


def test_a_year_that_is_not_announced_is_marked_and_days_off_are_named(editor: Visitor) -> None:
    text = editor.get("schedule?view=month&day=2026-10-01").text
    assert "国庆节" in text
    assert "调休上班" in text
    assert "暂算" not in text
    assert "暂算" in editor.get("schedule?view=month&day=2031-10-01").text


def test_today_is_marked(editor: Visitor) -> None:
    assert 'aria-current="date"' in editor.get("schedule").text


def test_a_chip_is_moved_by_its_form_and_back(house: Services, editor: Visitor) -> None:
    id_ = scheduled(house, at=FAR)
    [key] = keys(editor.get(agenda(FAR)).text)
    answer = editor.post("schedule/move", pick=key, at="2031-03-06T14:15")
    assert "已改到 2031-03-06 14:15（北京时间）" in answer.text
    assert row(house, id_).due_at == datetime(2031, 3, 6, 6, 15, tzinfo=UTC)
    back = {name: re.search(rf'name="{name}" value="([^"]+)"', answer.text) for name in ("moved", "ways", "next")}
    values = {name: found[1].replace("&amp;", "&") for name, found in back.items() if found}
    assert "已改回原来的时间" in editor.post("schedule/back", **values).text
    assert row(house, id_).due_at == FAR
    assert trail(house, id_) == ["scheduled"] * 3
    again = editor.post("schedule/back", **values)
    assert again.status_code == 422
    assert "SCH-240" in again.text


def test_what_was_changed_meanwhile_is_not_moved(house: Services, editor: Visitor) -> None:
    id_ = scheduled(house, at=FAR)
    [key] = keys(editor.get(agenda(FAR)).text)
    editor.post("schedule/move", pick=key, at="2031-03-06T14:15")
    answer = editor.post("schedule/move", pick=key, at="2031-03-07T14:15")
    assert answer.status_code == 409
    assert "SCH-409" in answer.text
    assert row(house, id_).due_at == datetime(2031, 3, 6, 6, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pick", "at", "code"),
    [("x", "2031-03-06T14:15", "SCH-201"), (None, "", "DLV-212"), (None, "2020-01-01T00:00", "DLV-202")],
)
def test_what_cannot_be_is_answered_with_a_sentence(
    house: Services, editor: Visitor, pick: str | None, at: str, code: str
) -> None:
    id_ = scheduled(house, at=FAR)
    [key] = keys(editor.get(agenda(FAR)).text)
    answer = editor.post("schedule/move", pick=pick or key, at=at)
    assert answer.status_code == 422
    assert code in answer.text
    assert row(house, id_).due_at == FAR


def test_a_script_is_answered_in_json(house: Services, editor: Visitor) -> None:
    scheduled(house, at=FAR)
    [key] = keys(editor.get(agenda(FAR)).text)
    sent = {"csrf_token": editor.token, "pick": key, "at": "2031-03-08T14:15"}  # a Saturday
    answer = editor.client.post("/console/schedule/move", data=sent, headers={"X-Requested-With": "fetch"})
    assert answer.json is not None
    assert "2031-03-08 14:15" in answer.json["said"]
    assert any("SCH-301" in warning for warning in answer.json["warnings"])
    assert set(answer.json["back"]) == {"moved", "ways", "next"}
    again = editor.client.post("/console/schedule/move", data=sent, headers={"X-Requested-With": "fetch"})
    assert again.status_code == 409
    assert again.json is not None
    assert "SCH-409" in again.json["said"]


@pytest.mark.parametrize(
    ("how", "values", "expected"),
    [
        ("days", {"days": "2"}, "2031-03-07T01:30"),
        ("days", {"days": "-1"}, "2031-03-04T01:30"),
        ("clock", {"clock": "15:00"}, "2031-03-05T07:00"),
        ("workday", {}, "2031-03-06T01:30"),
    ],
)
def test_several_are_shifted_at_once(
    house: Services, editor: Visitor, how: str, values: dict[str, str], expected: str
) -> None:
    ids = [scheduled(house, at=FAR), scheduled(house, at=FAR + timedelta(minutes=2))]
    picked = keys(editor.get(agenda(FAR)).text)
    assert len(picked) == 2
    answer = editor.post("schedule/shift", pick=picked, how=how, **values)
    assert "已改时间 2 篇" in answer.text
    assert row(house, ids[0]).due_at == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert editor.post("schedule/shift", how=how).status_code == 422


def test_all_or_none_is_shifted(house: Services, editor: Visitor) -> None:
    ids = [scheduled(house, at=FAR), scheduled(house, at=FAR + timedelta(minutes=2))]
    picked = keys(editor.get(agenda(FAR)).text)
    editor.post("schedule/move", pick=picked[1], at="2031-03-05T20:00")
    assert editor.post("schedule/shift", pick=picked, how="days", days="1").status_code == 409
    assert row(house, ids[0]).due_at == FAR


def test_conflicts_are_said(house: Services, editor: Visitor) -> None:
    first = write(house, "第一篇")
    second = write(house, "第二篇")
    third = write(house, "第三篇")
    scheduled(house, account=1, at=FAR, revision=first)
    scheduled(house, account=1, at=FAR + timedelta(minutes=10), revision=second)
    scheduled(house, account=2, at=FAR, revision=third)
    with house.db.writing() as session:
        session.add(
            Hold(
                office_id=1,
                name="考试",
                kind="window",
                starts_at=FAR - timedelta(hours=1),
                ends_at=FAR + timedelta(hours=1),
                created_at=NOW,
                created_by="user:1",
            )
        )
        policy = Policy(office_id=1, title="办法", published=FAR.date() + timedelta(days=2))
        session.add(policy)
        session.flush()
        session.execute(revision_policies.insert().values(revision_id=first, policy_id=policy.id, position=0))
    text = editor.get(agenda(FAR)).text
    for code in ("SCH-302", "SCH-303", "SCH-304", "SCH-305"):
        assert code in text, code
    assert "SCH-301" not in text
    assert "静默时段：考试" in text


def test_signed_off_texts_wait_in_a_list_and_are_placed(house: Services, editor: Visitor) -> None:
    revision = write(house, "待排的一篇")
    with house.db.writing() as session:
        session.get_one(Interpretation, 1).updated_at = datetime.now(UTC)
    assert "待排的一篇" in editor.get("schedule").text
    page = editor.get("interpretations/1/place")
    assert "锦溪区" in page.text
    assert "3 个账号" in page.text
    area = re.search(r'name="area-all" value="(\d+)"', page.text)
    assert area
    answer = editor.post("interpretations/1/place", **{"area-all": area[1], "at": "2031-03-05T09:30"})
    assert "共 3 个账号" in answer.text
    with house.db.reading() as session:
        rows = session.scalars(select(Delivery).where(Delivery.revision_id == revision)).all()
    assert [(r.account_id, r.state, r.due_at) for r in rows] == [(n, State.SCHEDULED, FAR) for n in (1, 2, 3)]
    assert "待排的一篇" not in editor.get("schedule").text


def test_without_accounts_or_time_nothing_is_placed(house: Services, editor: Visitor) -> None:
    write(house)
    editor.get("interpretations/1/place")
    assert "DLV-211" in editor.post("interpretations/1/place", at="2031-03-05T09:30").text
    assert "DLV-212" in editor.post("interpretations/1/place", account="1", at="").text
    assert editor.get("interpretations/99/place").status_code == 404


def test_the_tree_is_opened_branch_by_branch(house: Services, editor: Visitor) -> None:
    with house.db.writing() as session:
        town = Area(name="云栖镇", level="town", parent_id=1)
        session.add(town)
        session.flush()
        session.add_all(
            [Account(office_id=1, area_id=town.id, channel="plain", name="镇号", settings={}, beside="又一个")]
        )
    write(house)
    assert "镇号" not in editor.get("interpretations/1/place").text
    opened = editor.get("schedule/areas?area=1").text
    assert "云栖镇" in opened
    assert "镇号" not in opened
    assert "镇号" in editor.get("interpretations/1/place?open=2").text


def test_slots_are_added_offered_and_put_out_of_use(house: Services, editor: Visitor) -> None:
    write(house)
    editor.get("schedule/slots")
    wrong = editor.post("schedule/slots", name="早间", clock="", every="week", weekday="0")
    assert wrong.status_code == 422
    assert "SCH-102" in wrong.text
    assert "SCH-103" in editor.post("schedule/slots", name="早间", clock="09:30", every="week").text
    assert "SCH-101" in editor.post("schedule/slots", name=" ", clock="09:30", every="week", weekday="0").text
    answer = editor.post("schedule/slots", name="早间", clock="09:30", every="week", weekday=["0", "1", "2", "3", "4"])
    assert "已添加档期" in answer.text
    assert "早间" in answer.text
    assert "下一个空档" in editor.get("interpretations/1/place").text
    assert "已停用" in editor.post("schedule/slots/1", active="").text
    with house.db.reading() as session:
        assert session.scalars(select(Slot.active)).all() == [False]
    assert editor.post("schedule/slots/9", active="").status_code == 404


WEEK = [str(day) for day in range(7)]


def add_slot(editor: Visitor, name: str, clock: str, *channels: str) -> None:
    editor.get("schedule/slots")
    values = {"name": name, "clock": clock, "every": "week", "weekday": WEEK, "channel": list(channels)}
    assert "已添加档期" in editor.post("schedule/slots", **values).text


def offers(text: str) -> list[str]:
    """Where the buttons of the next free slots lead."""
    return [html.unescape(found) for found in re.findall(r'formaction="/console/([^"]+at=[^"]+)"', text)]


def test_a_slot_for_some_channels_offers_their_accounts_alone(house: Services, editor: Visitor) -> None:
    revision = write(house)
    add_slot(editor, "公众号晚间", "20:00", "sender")
    page = editor.get("interpretations/1/place")
    assert "3 个账号" in page.text
    narrowed = editor.post(offers(page.text)[0], open="", account="2")
    assert "这个档期只用于" in narrowed.text
    assert "1 个账号" in narrowed.text
    assert "20:00" in narrowed.text
    assert re.search(r'name="account" value="2" checked', narrowed.text), "what was ticked stays ticked"
    values = {"area-all": "1", "at": "2031-03-05T20:00"}
    assert "共 1 个账号" in editor.post("interpretations/1/place", channel="sender", **values).text
    with house.db.reading() as session:
        assert session.scalars(select(Delivery.account_id).where(Delivery.revision_id == revision)).all() == [2]


def test_all_accounts_are_one_button_away(editor: Visitor, house: Services) -> None:
    write(house)
    add_slot(editor, "公众号晚间", "20:00", "sender")
    [offer, *_] = offers(editor.get("interpretations/1/place").text)
    editor.post(offer, open="")
    everything = editor.post("interpretations/1/place?channel=", open="", channel="sender", at="2031-03-05T20:00")
    assert "这个档期只用于" not in everything.text
    assert "3 个账号" in everything.text
    assert 'value="2031-03-05T20:00"' in everything.text


def test_without_being_chosen_a_slot_of_some_channels_is_not_proposed(house: Services, editor: Visitor) -> None:
    write(house)
    add_slot(editor, "公众号凌晨", "00:05", "sender")
    add_slot(editor, "全部", "23:50")
    page = editor.get("interpretations/1/place").text
    assert re.search(r'name="at" value="[0-9-]+T23:50"', page)
    assert "这个档期只用于" not in page


def test_what_goes_to_other_channels_leaves_a_slot_free(house: Services) -> None:
    after = FAR - timedelta(hours=1)
    facts = Facts("早间", range(7), None, "09:30", ["sender"])
    add_slot_verb(house, actor=EDITOR, office_id=1, facts=facts, now=NOW)

    def first() -> Coming:
        with house.db.reading() as session:
            return next_slots(session, 1, after, SHANGHAI, CALENDAR, 1)[0]

    scheduled(house, account=1, at=FAR)
    assert first() == Coming(FAR, ("sender",))
    scheduled(house, account=2, at=FAR)
    assert first().at > FAR


def test_of_two_slots_at_one_time_both_channels_are_meant(house: Services) -> None:
    for channels in (["sender"], ["plain"]):
        facts = Facts("早间", range(7), None, "09:30", channels)
        add_slot_verb(house, actor=EDITOR, office_id=1, facts=facts, now=NOW)
    with house.db.reading() as session:
        assert next_slots(session, 1, FAR - timedelta(hours=1), SHANGHAI, CALENDAR, 1) == [
            Coming(FAR, ("plain", "sender"))
        ]
    add_slot_verb(house, actor=EDITOR, office_id=1, facts=replace(facts, channels=[]), now=NOW)
    with house.db.reading() as session:
        assert next_slots(session, 1, FAR - timedelta(hours=1), SHANGHAI, CALENDAR, 1) == [Coming(FAR)]


def test_a_slot_is_changed_and_changed_back(house: Services, editor: Visitor) -> None:
    add_slot(editor, "早间", "09:30", "sender", "plain")
    form = editor.get("schedule/slots/1/edit").text
    assert 'value="早间"' in form
    assert form.count("checked") == len(WEEK) + 1 + 2
    wrong = editor.post("schedule/slots/1/edit", name="早间", clock="", every="week", weekday="0")
    assert wrong.status_code == 422
    assert "SCH-102" in wrong.text
    answer = editor.post("schedule/slots/1/edit", name="月末", clock="16:00", every="month", monthday="31")
    assert "档期已修改" in answer.text
    assert "每月 31 日" in answer.text
    with house.db.reading() as session:
        row = session.get_one(Slot, 1)
        assert (row.name, row.weekdays, row.monthday, row.clock, row.channels) == ("月末", 0, 31, "16:00", [])
    [undo] = re.findall(r'<form class="toast undo".*?</form>', answer.text, re.DOTALL)
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', undo)
    back: dict[str, list[str]] = {}
    for name, value in fields:
        back.setdefault(name, []).append(value)
    editor.post("schedule/slots/1/edit", **back)
    with house.db.reading() as session:
        row = session.get_one(Slot, 1)
        assert (row.name, row.weekdays, row.monthday, row.clock) == ("早间", 127, None, "09:30")
        assert sorted(row.channels) == ["plain", "sender"]
        kinds = session.scalars(select(Event.kind).where(Event.subject == "slots").order_by(Event.id)).all()
    assert kinds == ["slot.added", "slot.changed", "slot.changed"]


def test_another_offices_slot_is_not_changed(editor: Visitor, neighbour: Visitor) -> None:
    add_slot(editor, "早间", "09:30")
    assert neighbour.get("schedule/slots/1/edit").status_code == 403
    assert editor.get("schedule/slots/9/edit").status_code == 404


def test_another_office_sees_and_moves_nothing(house: Services, editor: Visitor, neighbour: Visitor) -> None:
    id_ = scheduled(house, at=FAR)
    [key] = keys(editor.get(agenda(FAR)).text)
    assert keys(neighbour.get(agenda(FAR)).text) == []
    assert neighbour.post("schedule/move", pick=key, at="2031-03-06T14:15").status_code == 403
    neighbour.get("schedule")
    assert neighbour.post("interpretations/1/place", account="1", at="2031-03-06T14:15").status_code in (403, 422)
    assert row(house, id_).due_at == FAR


def test_the_number_of_queries_does_not_grow(house: Services, editor: Visitor) -> None:
    def look() -> list[int]:
        found = []
        for path in ("schedule", "schedule?view=week", agenda(FAR), "interpretations/1/place"):
            with counting(house) as asked:
                editor.get(path if "?" in path else f"{path}?day={day_of(FAR)}")
            found.append(len(asked))
        return found

    scheduled(house, account=1, at=FAR)
    few = look()
    for number in range(12):
        scheduled(house, account=1 + number % 3, at=FAR + timedelta(minutes=number))
    assert look() == few
    assert max(few) < 20
