"""A publication, its correction and its withdrawal, as people see them who subscribed."""

from __future__ import annotations

import pytest

from hub.rebuilding import rebuild
from tests.readers.newsroom import Newsroom
from tests.readers.programs import Program, Shown

pytestmark = [pytest.mark.enable_socket, pytest.mark.processes]


def looked_at(program: Program) -> list[Shown]:
    program.fetch()
    return program.shown()


def test_a_piece_is_one_item_whatever_becomes_of_it(office: Newsroom, program: Program) -> None:
    piece = office.publish("养老助餐解读", "每餐补贴三元。")
    (item,) = looked_at(program)
    assert (item.title, item.read) == ("养老助餐解读", False)
    assert "每餐补贴三元。" in item.text
    assert item.link == f"{office.base}i/{piece}/"

    program.read_all()
    office.correct(piece, "养老助餐解读", "每餐补贴五元。", "金额有误。")
    (corrected,) = looked_at(program)
    assert (corrected.id, corrected.read) == (item.id, True)
    assert "每餐补贴五元。" in corrected.text
    assert "三元" not in corrected.text

    office.withdraw(piece, "文件已废止。")
    (notice,) = looked_at(program)
    assert (notice.id, notice.read) == (item.id, True)
    assert notice.title == "已撤回：养老助餐解读"
    assert "文件已废止。" in notice.text
    assert "五元" not in notice.text

    office.publish("托育补贴解读", "每月两百元。")
    newest, oldest = looked_at(program)
    assert (newest.title, newest.read) == ("托育补贴解读", False)
    assert (oldest.id, oldest.read) == (item.id, True)


def settled(office: Newsroom, program: Program) -> None:
    """Fetch until it is told "nothing new" by what it keeps: newsboat keeps no tag of its first answer, and the tag of
    its second is not yet one for new entries alone.
    """
    for _ in range(4):
        program.fetch()
    assert office.asked[-1].status == 304


@pytest.mark.long
def test_a_rebuild_is_nothing_new(office: Newsroom, program: Program) -> None:
    office.publish("养老助餐解读", "每餐补贴三元。")
    settled(office, program)
    before = program.shown()
    program.read_all()
    rebuild(office.services)
    (after,) = looked_at(program)
    assert (after.id, after.read) == (before[0].id, True)
    assert office.asked[-1].status == 304


@pytest.mark.long
def test_who_asks_again_is_sent_what_is_new_alone(office: Newsroom, program: Program) -> None:
    office.publish("养老助餐解读", "每餐补贴三元。")
    settled(office, program)
    begun = len(office.asked)
    piece = office.publish("托育补贴解读", "每月两百元。")
    assert len(looked_at(program)) == 2
    assert len(looked_at(program)) == 2
    office.correct(piece, "托育补贴解读", "每月三百元。", "金额有误。")
    assert "三百元" in looked_at(program)[0].text
    assert [each.status for each in office.asked[begun:]] == [226, 304, 226]
    assert {each.headers["a-im"] for each in office.asked[begun:]} == {"feed"}


@pytest.mark.long
def test_a_piece_that_comes_back_is_the_same_item(office: Newsroom, program: Program) -> None:
    piece = office.publish("养老助餐解读", "每餐补贴三元。")
    program.fetch()
    office.withdraw(piece, "待核实。")
    program.fetch()
    office.publish_again(piece, "养老助餐解读", "核实后：每餐补贴五元。")
    (item,) = looked_at(program)
    assert item.title == "养老助餐解读"
    assert "每餐补贴五元" in item.text
