"""模板: kept by who manages the office, offered to who begins a text."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hub.models import Event, Grant, TextTemplate
from hub.services import Services
from tests.console.conftest import Visitor

TYPED = {
    "name": "惠民补贴",
    "purpose": "补贴类文件",
    "title": "《……》政策解读",
    "form": "qa",
    "body": "## 补贴对象\n\n## 补贴标准\n",
    "key_points": "谁能领\n\n领多少",
    "questions": "怎么申请？",
}


def add(editor: Visitor, **more: str) -> str:
    editor.get("templates/new")
    return editor.post("templates/new", **{**TYPED, **more}).text


def test_a_text_begins_with_what_the_template_holds(editor: Visitor) -> None:
    assert "这里放写稿的模板" in editor.get("templates").text
    assert "惠民补贴" in add(editor)
    assert "从模板开始" in editor.get("interpretations/new").text
    page = editor.get("interpretations/new?template=1").text
    for word in ("## 补贴对象", "谁能领", "领多少", "怎么申请？", "《……》政策解读"):
        assert word in page


def test_a_new_template_is_offered_the_usual_headings(editor: Visitor) -> None:
    assert "怎么办理" in editor.get("templates/new").text


@pytest.mark.parametrize(
    ("typed", "code"), [({"name": ""}, "COL-111"), ({"body": "", "key_points": "", "questions": ""}, "COL-113")]
)
def test_what_is_wrong_keeps_what_was_typed(editor: Visitor, typed: dict[str, str], code: str) -> None:
    editor.get("templates/new")
    answer = editor.post("templates/new", **{**TYPED, **typed})
    assert answer.status_code == 422
    assert code in answer.text
    assert "补贴类文件" in answer.text


def test_a_name_is_given_once(editor: Visitor) -> None:
    add(editor)
    assert "COL-110" in add(editor)


def test_it_is_changed_and_taken_away(house: Services, editor: Visitor) -> None:
    add(editor)
    assert "谁能领\n领多少" in editor.get("templates/1").text
    editor.post("templates/1", **{**TYPED, "name": "补贴"})
    assert "已删去模板“补贴”" in editor.post("templates/1/remove").text
    with house.db.reading() as session:
        assert session.scalars(select(TextTemplate)).all() == []
        kinds = session.scalars(select(Event.kind).order_by(Event.id)).all()
    assert kinds == ["template.added", "template.changed", "template.removed"]


def test_who_does_not_manage_the_office_only_uses_them(house: Services, editor: Visitor) -> None:
    add(editor)
    with house.db.writing() as session:
        for grant in session.scalars(select(Grant).where(Grant.user_id == 1, Grant.role == "administrator")):
            session.delete(grant)
    page = editor.get("templates").text
    assert "用它写一篇" in page
    assert "做一个模板" not in page
    assert editor.post("templates/1/remove", follow=False).status_code == 403


def test_another_offices_template_is_not_ours(editor: Visitor, neighbour: Visitor) -> None:
    add(editor)
    assert neighbour.get("templates/1").status_code == 404
    assert "## 补贴对象" not in neighbour.get("interpretations/new?template=1").text


def test_english(editor: Visitor) -> None:
    editor.post("language", language="en")
    assert "Templates to begin a text" in editor.get("templates").text
