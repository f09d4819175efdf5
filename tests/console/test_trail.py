"""操作日志: everything done, in one order; filtered, paged without a gap, exported safely, verified."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from sqlalchemy import text

import hub
from hub.approvals import Rule
from hub.audit import diary
from hub.audit.sealing import seal
from hub.console.event_words import KINDS
from hub.editorial.commenting import answer, comment
from hub.editorial.ruling import set_rule
from hub.models import User
from hub.services import Services
from hub.trail import note
from tests.console.conftest import Visitor
from tests.fakes import EDITOR, NOW, write
from tests.publishing.helpers import scheduled


def change(services: Services, name: str, reason: str = "") -> None:
    """A change of the administration on record."""
    with services.db.writing() as session:
        user = session.get_one(User, 1)
        values = {"before": {"name": "原名"}, "after": {"name": name}}
        note(session, actor=EDITOR, kind="user.renamed", subject=user, now=services.db.now(), reason=reason, **values)


def test_moves_and_changes_stand_in_one_order(house: Services, editor: Visitor) -> None:
    scheduled(house, account=1, now=NOW)
    change(house, "新名", "婚后改名")
    page = editor.get("audit").text
    assert page.index("user.renamed") < page.index("账号plain")
    assert "婚后改名" in page
    assert "原名" in page
    assert "定时发布" in page
    only = editor.get("audit?kind=events").text
    assert "user.renamed" in only
    assert "账号plain" not in only


def test_what_was_said_and_what_rule_holds_stand_in_it_too(
    house: Services, editor: Visitor, neighbour: Visitor
) -> None:
    revision = write(house)
    made = comment(house, actor=EDITOR, revision_id=revision, text="数字请核对", now=NOW)
    answer(house, actor=EDITOR, comment_id=made, text="已核对原文", now=NOW)
    set_rule(house, actor=EDITOR, office_id=1, rule=Rule(2, True), reason="人手不足", now=NOW)
    page = editor.get("audit").text
    assert all(said in page for said in ("数字请核对", "已核对原文", "修改审核规则", "人手不足"))
    assert "已核对原文" not in editor.get("audit?kind=comments").text
    assert "人手不足" in editor.get("audit?kind=rules").text
    assert not any(said in neighbour.get("audit").text for said in ("数字请核对", "已核对原文", "人手不足"))


@pytest.mark.parametrize("few", [0, 50])
def test_many_offices_and_few_read_the_same_lines(
    house: Services, editor: Visitor, neighbour: Visitor, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(diary, "FEW_OFFICES", few)
    scheduled(house, account=1, now=NOW)
    change(house, "本单位的事")
    revision = write(house)
    comment(house, actor=EDITOR, revision_id=revision, text="数字请核对", now=NOW)
    set_rule(house, actor=EDITOR, office_id=1, rule=Rule(2, True), reason="人手不足", now=NOW)
    words = ("账号plain", "本单位的事", "数字请核对", "人手不足")
    assert all(said in editor.get("audit").text for said in words)
    assert not any(said in neighbour.get("audit").text for said in words)


def test_paging_shows_every_line_once(house: Services, editor: Visitor) -> None:
    for number in range(120):
        change(house, f"第{number}次")
    seen: list[str] = []
    address = "audit"
    while address:
        page = editor.get(address).text
        seen += re.findall(r'trail-about">\s*第(\d+)次', page)
        found = re.search(r'rel="next" href="/console/([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert seen == [str(number) for number in range(119, -1, -1)]


def test_another_office_reads_none_of_it(house: Services, editor: Visitor, neighbour: Visitor) -> None:
    scheduled(house, account=1, now=NOW)
    change(house, "本单位的事")
    page = neighbour.get("audit").text
    assert "账号plain" not in page
    assert "本单位的事" not in page


def test_the_export_runs_no_formula(house: Services, editor: Visitor) -> None:
    change(house, "=HYPERLINK(1)", "@cmd")
    answer = editor.get("audit.csv?kind=events")
    assert answer.mimetype == "text/csv"
    heading, row = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert heading[0] == "time"
    assert "'=HYPERLINK(1)" in row
    assert "'@cmd" in row


def test_a_whole_chain_is_said_to_be_whole_and_a_broken_one_not(house: Services, editor: Visitor) -> None:
    scheduled(house, account=1, now=NOW)
    seal(house, house.db.now())
    editor.get("audit")
    assert "完整无改动" in editor.post("audit/verify").text
    with house.db.writing() as session:
        session.execute(text("DROP TRIGGER moves_no_update"))
        session.execute(text("UPDATE moves SET reason = '改过' WHERE id = 1"))
    page = editor.post("audit/verify").text
    assert "核验不通过" in page
    assert "AUD-201" in page


def test_what_the_address_says_wrongly_is_passed_over(editor: Visitor) -> None:
    assert (
        editor.get("audit?kind=x&who=y&since=2026-13-40&until=9999-12-31&after=moves-x.reviews-1e3.q").status_code
        == 200
    )


def test_only_who_may_audit_reads_it(house: Services, editor: Visitor) -> None:
    with house.db.writing() as session:
        session.execute(text("DELETE FROM grants WHERE role = 'administrator'"))
    answer = editor.get("audit")
    assert answer.status_code == 403
    assert "PER-403" in answer.text


def test_every_kind_that_is_noted_has_words() -> None:
    said = re.compile(r'"((?:[a-z]+)\.(?:[a-z-]+))"')
    nouns = {kind.partition(".")[0] for kind in KINDS}
    source = [p for p in Path(hub.__file__).parent.rglob("*.py") if p.parent.name != "console"]
    noted = {kind for path in source for kind in said.findall(path.read_text("utf-8")) if kind.split(".")[0] in nouns}
    assert "account.closed" in noted
    assert noted - set(KINDS) == set()
