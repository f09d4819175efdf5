"""解读人: the register's screens, and the change of a phone with its list before and its progress after."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from channels.manuscript import Content, InterpreterRef
from hub.editorial.composing import save
from hub.models import Interpreter, Revision
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.services import Services
from tests.console.conftest import Visitor
from tests.console.test_queries import counting
from tests.fakes import EDITOR, NOW, sign_off

SITED = 3


def named(house: Services, title: str = "养老助餐解读") -> None:
    content = Content(
        title=title, body="x", interpreters=(InterpreterRef(name="李工", office="民政局", phone="028-1111111"),)
    )
    saved = save(house, actor=EDITOR, office_id=1, content=content, now=NOW)
    with house.db.writing() as session:
        sign_off(session, session.get_one(Revision, saved.revision_id))
    schedule(house, actor=EDITOR, revision_id=saved.revision_id, account_ids=[SITED], at=None, now=NOW)
    release_due(house, NOW)
    drain(house, worker="w", now=lambda: NOW)


def test_an_interpreter_is_registered_found_and_changed(house: Services, editor: Visitor) -> None:
    assert "这里登记谁来解读" in editor.get("interpreters").text
    editor.get("interpreters/new")
    page = editor.post(
        "interpreters/new", name="王老师", role="科长", office_name="教育局", phone="028-12345678", active="1"
    ).text
    assert "已登记这位解读人。" in page
    assert "王老师" in editor.get("interpreters?q=教育").text
    editor.get("interpreters/1/edit")
    page = editor.post("interpreters/1/edit", name="王老师", role="处长", office_name="教育局", active="1").text
    assert "科长 → 处长" in page
    assert "028-12345678" in page


def test_what_is_wrong_keeps_what_was_typed(editor: Visitor) -> None:
    editor.get("interpreters/new")
    answer = editor.post("interpreters/new", name="王老师", phone="没有", kind="supplementary")
    assert answer.status_code == 422
    for word in ("ITP-103", "ITP-105", 'value="没有"'):
        assert word in answer.text


def test_before_a_number_changes_every_place_is_listed_and_after_it_the_progress(
    house: Services, editor: Visitor
) -> None:
    named(house)
    page = editor.get("interpreters/1/phone").text
    assert "哪些地方有这个号码" in page
    assert "自动更新 1 处" in page
    assert "养老助餐解读" in page
    page = editor.post("interpreters/1/phone", phone="028-2222222").text
    assert "电话改为 028-2222222" in page
    assert "正在更新 1 处" in page
    assert "不惊动订户" in page
    drain(house, worker="w", now=house.db.now)
    assert "已更新 1 处" in editor.get("refreshes/1?fragment=1").text
    assert "更新了页面" in editor.get("interpreters/1").text


def test_a_wrong_number_is_said_at_the_field(house: Services, editor: Visitor) -> None:
    named(house)
    editor.get("interpreters/1/phone")
    answer = editor.post("interpreters/1/phone", phone="二二")
    assert answer.status_code == 422
    assert "ITP-103" in answer.text
    assert 'value="二二"' in answer.text


def test_another_office_sees_neither_the_person_nor_the_renewal(
    house: Services, editor: Visitor, neighbour: Visitor
) -> None:
    named(house)
    editor.get("interpreters/1/phone")
    editor.post("interpreters/1/phone", phone="028-2222222")
    for path in ("interpreters/1", "interpreters/1/phone", "refreshes/1"):
        assert neighbour.get(path).status_code == 404
    neighbour.get("interpreters/new")
    assert neighbour.post("interpreters/1/phone", phone="028-3333333").status_code == 404
    with house.db.reading() as session:
        assert session.scalars(select(Interpreter.phone)).one() == "028-2222222"


def test_who_left_is_no_longer_offered_for_writing(house: Services, editor: Visitor) -> None:
    named(house)
    assert "李工" in editor.get("interpretations/new").text
    editor.get("interpreters/1/edit")
    editor.post("interpreters/1/edit", name="李工", office_name="民政局")
    assert "李工" not in editor.get("interpretations/new").text
    assert "李工" in editor.get("interpreters?show=former").text


@pytest.mark.parametrize("path", ["interpreters", "interpreters/1", "interpreters/1/phone"])
def test_the_number_of_queries_does_not_grow_with_the_rows(house: Services, editor: Visitor, path: str) -> None:
    named(house)
    with counting(house) as few:
        editor.get(path)
    for number in range(4):
        named(house, f"解读{number}")
    with counting(house) as many:
        editor.get(path)
    assert len(many) == len(few)
    assert len(few) < 22


def test_english(house: Services, editor: Visitor) -> None:
    named(house)
    editor.post("language", language="en")
    assert "Where this number stands" in editor.get("interpreters/1/phone").text
