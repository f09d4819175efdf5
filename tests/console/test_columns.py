"""栏目: opened with all four page tags, changed, and never losing the address or the texts that stand in it."""

from __future__ import annotations

import pytest

from hub.console import columns
from hub.models import Column, Event, Projection
from hub.services import Services
from tests.console.conftest import Visitor
from tests.fakes import write

WHOLE = {"name": "回应关切", "slug": "huiying", "description": "答复", "keywords": "答复", "type": "回应关切"}


def test_a_column_is_opened_with_its_tags_and_the_lists_follow(house: Services, editor: Visitor) -> None:
    editor.get("columns/new")
    page = editor.post("columns/new", **WHOLE).text
    assert "回应关切" in page
    assert "c/huiying/feed.xml" in page
    with house.db.reading() as session:
        assert session.query(Column).filter_by(slug="huiying").one().keywords == "答复"
        assert session.query(Projection).one().wanted == 1
        assert session.query(Event).one().kind == "column.opened"


def test_how_many_texts_stand_in_it_is_said_while_that_is_cheap(
    house: Services, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(house)
    assert "篇稿件" in editor.get("columns").text
    monkeypatch.setattr(columns, "MOST_COUNTED", 0)
    page = editor.get("columns").text
    assert "政策解读" in page
    assert "篇稿件" not in page


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": " "}, "COL-101"),
        ({"keywords": ""}, "COL-101"),
        ({"slug": "回应"}, "COL-102"),
        ({"slug": "-a"}, "COL-102"),
        ({"description": "长" * 301}, "COL-103"),
        ({"name": "政策解读"}, "COL-104"),
        ({"slug": "jd"}, "COL-104"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(editor: Visitor, wrong: dict[str, str], code: str) -> None:
    editor.get("columns/new")
    answer = editor.post("columns/new", **{**WHOLE, **wrong})
    assert answer.status_code == 422
    assert code in answer.text
    assert 'value="回应关切"' in answer.text


def test_an_empty_column_may_be_renamed_and_one_with_texts_keeps_its_name(house: Services, editor: Visitor) -> None:
    editor.get("columns/1")
    editor.post("columns/1", **{**WHOLE, "name": "解读"})
    with house.db.writing() as session:
        column = session.get_one(Column, 1)
        assert (column.name, column.slug) == ("解读", "jd")
    revision = write(house)
    with house.db.writing() as session:
        from hub.models import Revision

        row = session.get_one(Revision, revision)
        row.content = {**row.content, "column": "解读"}
    page = editor.get("columns/1").text
    assert "名称不再更改" in page
    editor.post("columns/1", **{**WHOLE, "name": "别的名称", "description": "新的描述"})
    with house.db.reading() as session:
        column = session.get_one(Column, 1)
        assert (column.name, column.description) == ("解读", "新的描述")


def test_another_sites_column_is_not_there(house: Services, editor: Visitor) -> None:
    assert editor.get("columns/999").status_code == 404
