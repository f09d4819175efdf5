"""更多 and 政策文件: the registries' page and the policies' screens."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from channels.manuscript import Content, PolicyRef
from hub.console.policy_reading import PAGE
from hub.editorial.composing import save
from hub.models import Grant, Interpretation, Policy
from hub.services import Services
from tests.console.conftest import Visitor
from tests.console.test_queries import counting
from tests.fakes import EDITOR, NOW

TYPED = {"title": "关于发展养老助餐的意见", "number": "川办函〔2021〕57号", "validity": "in_force"}


def add(editor: Visitor, **more: str) -> str:
    editor.get("policies/new")
    return editor.post("policies/new", **{**TYPED, **more}).text


def only(house: Services, *roles: str) -> None:
    """The editor keeps these roles alone."""
    with house.db.writing() as session:
        for grant in session.scalars(select(Grant).where(Grant.user_id == 1)):
            if grant.role not in roles:
                session.delete(grant)


def test_more_says_what_each_registry_is_for_and_how_much_is_in_it(editor: Visitor) -> None:
    add(editor)
    page = editor.get("more").text
    assert "解读哪些文件" in page
    assert '政策文件 <span class="count">1</span>' in page
    assert "暂停发布与静默时段" in page


def test_the_rail_leads_to_more_and_marks_it_on_its_registries(editor: Visitor) -> None:
    assert 'href="/console/more" aria-current="true"' in editor.get("policies").text
    assert 'href="/console/more" aria-current="page"' in editor.get("more").text


def test_whoever_may_not_write_is_offered_no_writing(house: Services, editor: Visitor) -> None:
    only(house, "reviewer")
    page = editor.get("policies").text
    assert "interpretations/new" not in page
    assert "policies/new" not in page
    assert editor.get("").status_code == 200


def test_an_empty_registry_says_what_it_is_for(editor: Visitor) -> None:
    page = editor.get("policies").text
    assert "这里登记要解读的政策文件" in page
    assert "登记第一份" in page


def test_a_policy_is_registered_and_its_page_says_that_no_interpretation_is_there(editor: Visitor) -> None:
    page = add(editor)
    assert "已登记这份政策文件。" in page
    assert "这份文件还没有解读" in page
    assert "川办函〔2021〕57号" in page


def test_what_is_wrong_keeps_what_was_typed_and_says_it_at_the_field(editor: Visitor) -> None:
    editor.get("policies/new")
    answer = editor.post("policies/new", title="某意见", number="川办函[2021]57 号", published="2021-13-40")
    assert answer.status_code == 422
    assert "POL-122" in answer.text
    answer = editor.post("policies/new", title="某意见", number="川办函[2021]57 号")
    assert answer.status_code == 422
    assert 'value="川办函[2021]57 号"' in answer.text
    assert "建议改为“川办函〔2021〕57号”" in answer.text
    assert 'aria-describedby="number-wrong"' in answer.text


def test_a_draft_is_begun_that_is_bound_to_the_policy(house: Services, editor: Visitor) -> None:
    add(editor)
    page = editor.post("policies/1/interpret").text
    assert "《关于发展养老助餐的意见》政策解读" in page
    assert "川办函〔2021〕57号" in page
    assert "解读未发布" in editor.get("policies").text
    with house.db.reading() as session:
        assert session.scalars(select(Interpretation)).one().title == "《关于发展养老助餐的意见》政策解读"


def test_the_list_is_searched_filtered_and_paged(house: Services, editor: Visitor) -> None:
    with house.db.writing() as session:
        session.add_all(
            Policy(
                office_id=1,
                title=f"文件{n:02}",
                number=f"锦府发〔2026〕{n + 1}号",
                validity="repealed" if n == 3 else "in_force",
            )
            for n in range(PAGE + 1)
        )
    assert editor.get("policies").text.count('class="record"') == PAGE
    assert editor.get("policies?page=2").text.count('class="record"') == 1
    assert editor.get("policies?q=〕7号").text.count('class="record"') == 1
    assert editor.get("policies?show=repealed").text.count('class="record"') == 1
    assert "没有符合条件" in editor.get("policies?q=没有的").text


def test_a_change_is_kept_and_shown_with_who_made_it(editor: Visitor) -> None:
    add(editor)
    editor.get("policies/1/edit")
    page = editor.post("policies/1/edit", **{**TYPED, "issuer": "锦溪区人民政府"}).text
    assert "锦溪区人民政府" in page
    assert "修改政策文件" in page
    assert "（空） → 锦溪区人民政府" in page


def test_a_double_is_offered_for_merging(house: Services, editor: Visitor) -> None:
    add(editor)
    with house.db.writing() as session:
        session.add(Policy(office_id=1, title="另一个名字", number="川办函[2021]57号"))
    page = editor.get("policies/2").text
    assert "可能是同一份" in page
    assert "已合并" in editor.post("policies/2/merge", into="1").text
    assert editor.get("policies/2").status_code == 303


def test_another_offices_policy_is_not_ours_to_change(house: Services, editor: Visitor, neighbour: Visitor) -> None:
    add(editor)
    with house.db.reading() as session:
        assert session.get_one(Policy, 1).office_id == 1
    assert neighbour.get("policies/1").status_code == 404
    neighbour.get("policies/new")
    assert neighbour.post("policies/1/edit", **TYPED).status_code == 404


def test_a_table_is_looked_at_before_it_is_taken(editor: Visitor) -> None:
    table = "政策名称,发文字号\n甲文件,川办函[2021]57号\n,\n丙文件,错误\n"
    editor.get("policies/import")
    page = editor.post("policies/import", do="look", table=(io.BytesIO(table.encode("gb18030")), "t.csv")).text
    assert "新增 1 份" in page
    assert "有误 1 份" in page
    assert "川办函〔2021〕57号" in page
    page = editor.post("policies/import", do="take", text=table).text
    assert "已导入 1 份政策文件" in page
    assert "甲文件" in page


def test_fields_may_be_called_otherwise(editor: Visitor) -> None:
    editor.get("policies/subjects")
    page = editor.post("policies/subjects", **{"elderly-care": "养老助老"}).text
    assert 'value="养老助老"' in page
    assert "养老助老" in editor.get("policies/new").text


@pytest.mark.parametrize("path", ["policies", "policies/1", "more"])
def test_the_number_of_queries_does_not_grow_with_the_rows(house: Services, editor: Visitor, path: str) -> None:
    def interpreted(number: int) -> None:
        content = Content(
            title="解读",
            body="x",
            policies=(PolicyRef(title="甲", number="川办函〔2021〕57号"), PolicyRef(title=f"{number}")),
        )
        save(house, actor=EDITOR, office_id=1, content=content, now=NOW)

    interpreted(1)
    with counting(house) as few:
        editor.get(path)
    for number in range(5):
        interpreted(number)
    with counting(house) as many:
        editor.get(path)
    assert len(many) == len(few)
    assert len(few) < 22


def test_english(editor: Visitor) -> None:
    add(editor)
    editor.post("language", language="en")
    for path, words in (
        ("more", "What is interpreted"),
        ("policies", "No interpretation"),
        ("policies/1", "within 3 working days"),
    ):
        assert words.lower() in editor.get(path).text.lower(), path
