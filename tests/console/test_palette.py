"""The command palette: where one may go, and interpretations by title or document number."""

from __future__ import annotations

import re

from channels.manuscript import Content, PolicyRef
from hub.editorial.importing import import_content
from hub.services import Services
from tests.console.conftest import Visitor
from tests.fakes import EDITOR, NOW, write


def lines(editor: Visitor, typed: str = "") -> list[str]:
    page = editor.get("palette", query_string={"q": typed}).text
    return re.findall(r"</svg><span>([^<]+)</span>", page)


def test_it_begins_with_the_screens_and_what_changed_last(house: Services, editor: Visitor) -> None:
    write(house, "养老助餐")
    found = lines(editor)
    assert found[0] == "工作台"
    assert found[-1] == "养老助餐"


def test_screens_texts_and_numbers_are_found(house: Services, editor: Visitor) -> None:
    write(house, "养老助餐")
    policy = PolicyRef(title="补贴办法", number="锦府发〔2026〕7号")
    content = Content(title="农机购置", body="正文", policies=(policy,))
    import_content(house, actor=EDITOR, office_id=1, content=content, now=NOW)
    assert lines(editor, "发布任") == ["发布任务"]
    assert lines(editor, "助餐") == ["养老助餐"]
    assert lines(editor, "〔2026〕7") == ["农机购置"]
    assert lines(editor, "100%_") == []


def test_a_neighbours_texts_are_not_there(house: Services, neighbour: Visitor) -> None:
    write(house, "养老助餐")
    assert lines(neighbour, "养老") == []


def test_single_keys_are_named_and_can_be_turned_off(editor: Visitor) -> None:
    page = editor.get("").text
    assert 'data-key-to="d"' in page
    page = editor.post("appearance", keys="0").text
    assert '<html lang="zh-CN" data-keys="off">' in page
    assert "打开单键快捷键" in page
    assert '<html lang="zh-CN">' in editor.post("appearance", keys="1").text
