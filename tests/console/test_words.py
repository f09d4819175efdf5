"""词语与规则: the office's own words, tried on a text, checked while writing, in and out by table."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from channels.manuscript import Content
from hub.models import Event, Grant, Leader, OfficeWord
from hub.services import Services
from hub.wordlists import check_leaders, word_findings
from tests.console.conftest import Visitor
from tests.console.test_queries import counting


def add(editor: Visitor, wrong: str = "殊为不当", suggested: str = "不妥", **more: str) -> str:
    editor.get("words/new")
    return editor.post("words/new", wrong=wrong, suggested=suggested, **more).text


def test_a_word_is_kept_with_its_reason_and_its_source(editor: Visitor) -> None:
    assert "这里放本单位不用的词" in editor.get("words").text
    page = add(editor, why="书面气太重", source="本办用词表2026")
    for word in ("殊为不当", "不妥", "书面气太重", "本办用词表2026"):
        assert word in page


def test_the_box_says_what_would_be_said_while_writing(editor: Visitor) -> None:
    add(editor, source="本办用词表2026")
    editor.get("words")
    page = editor.post("words", text="这样做殊为不当。").text
    assert "WRD-101" in page
    assert "依据：本办用词表2026" in page
    assert "没有要提醒的" in editor.post("words", text="这样做很好。").text


@pytest.mark.parametrize(
    ("typed", "code"),
    [({"wrong": ""}, "WRD-111"), ({"wrong": "的"}, "WRD-114"), ({"wrong": "甲乙", "suggested": "甲乙"}, "WRD-113")],
)
def test_what_is_wrong_is_said_at_its_field(editor: Visitor, typed: dict[str, str], code: str) -> None:
    editor.get("words/new")
    answer = editor.post("words/new", **typed)
    assert answer.status_code == 422
    assert code in answer.text


def test_a_word_stands_in_the_table_once(editor: Visitor) -> None:
    add(editor)
    assert "WRD-110" in add(editor)


def test_a_word_is_changed_and_taken_out_and_both_are_in_the_trail(house: Services, editor: Visitor) -> None:
    add(editor)
    editor.get("words/1")
    assert "不宜" in editor.post("words/1", wrong="殊为不当", suggested="不宜").text
    assert "已删去“殊为不当”" in editor.post("words/1/remove").text
    with house.db.reading() as session:
        kinds = session.scalars(select(Event.kind).order_by(Event.id)).all()
        assert session.scalars(select(OfficeWord)).all() == []
    assert kinds == ["word.added", "word.changed", "word.removed"]


def test_only_who_manages_the_office_changes_its_words(house: Services, editor: Visitor) -> None:
    add(editor)
    with house.db.writing() as session:
        for grant in session.scalars(select(Grant).where(Grant.user_id == 1, Grant.role == "administrator")):
            session.delete(grant)
    assert "加一个词" not in editor.get("words").text
    assert editor.post("words/1/remove", follow=False).status_code == 403
    assert editor.get("words").status_code == 200


def test_another_office_neither_sees_nor_changes_them(editor: Visitor, neighbour: Visitor) -> None:
    add(editor)
    assert "殊为不当" not in neighbour.get("words").text
    assert "WRD-404" in neighbour.get("words/1").text
    neighbour.get("words/new")
    assert neighbour.post("words/1/remove", follow=False).status_code != 303


def test_a_leader_is_first_named_with_the_title(house: Services, editor: Visitor) -> None:
    editor.get("words")
    editor.post("words/leaders", leader="赵某某", title="区委书记")
    editor.get("words")
    assert "WRD-102" in editor.post("words", text="赵某某出席。").text
    assert "没有要提醒的" in editor.post("words", text="区委书记赵某某出席。赵某某指出……").text
    with house.db.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "leader.changed")).one()
        assert "赵某某" not in f"{event.before}{event.after}{event.reason}"
    editor.get("words")
    editor.post("words/leaders", leader="赵某某", title="")
    with house.db.reading() as session:
        assert session.scalars(select(Leader)).all() == []


def test_a_title_may_stand_before_or_after_the_name() -> None:
    leaders = {"赵某某": "区长"}
    assert check_leaders(Content(body="区长赵某某"), leaders) == []
    assert check_leaders(Content(body="赵某某区长"), leaders) == []
    assert [f.code for f in check_leaders(Content(body="副书记赵某某"), leaders)] == ["WRD-102"]


def test_the_table_goes_out_and_comes_back(house: Services, editor: Visitor) -> None:
    add(editor, why="书面气太重")
    sheet = editor.get("words.csv").data
    assert sheet.startswith(b"\xef\xbb\xbf")
    editor.get("words/1")
    editor.post("words/1/remove")
    editor.get("words")
    page = editor.post("words/import", table=(io.BytesIO(sheet), "words.csv")).text
    assert "已导入 1 个词" in page
    with house.db.reading() as session:
        row = session.scalars(select(OfficeWord)).one()
    assert (row.wrong, row.suggested, row.why) == ("殊为不当", "不妥", "书面气太重")


def test_wrong_rows_are_left_out_and_listed(editor: Visitor) -> None:
    editor.get("words")
    table = "词语,建议\n的,地\n殊为不当,不妥\n".encode("gb18030")
    answer = editor.post("words/import", table=(io.BytesIO(table), "t.csv"))
    assert answer.status_code == 422
    assert "导入了 1 个词，有 1 行没有导入" in answer.text
    assert "WRD-114" in answer.text


def test_the_tables_speak_while_writing(house: Services, editor: Visitor) -> None:
    add(editor)
    with house.db.reading() as session:
        [finding] = word_findings(session, 1, Content(body="这样做殊为不当。"))
        assert word_findings(session, 2, Content(body="这样做殊为不当。")) == []
    assert finding.code == "WRD-101"
    editor.get("interpretations/new")
    page = editor.post("interpretations/new", do="preview", title="解读", body="这样做殊为不当。").text
    assert "WRD-101" in page


def test_rules_are_shown_with_who_says_so_and_since_when(editor: Visitor) -> None:
    assert '<th scope="col">出处</th>' in editor.get("words").text


def test_the_number_of_queries_does_not_grow_with_the_rows(house: Services, editor: Visitor) -> None:
    with counting(house) as few:
        editor.get("words")
    with house.db.writing() as session:
        session.add_all(OfficeWord(office_id=1, kind="wrong", wrong=f"词语{n}") for n in range(60))
    with counting(house) as many:
        editor.get("words")
    assert len(many) == len(few)


def test_english(editor: Visitor) -> None:
    editor.post("language", language="en")
    assert "Words the office doesn" in editor.get("words").text
