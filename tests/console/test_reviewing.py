"""The review screens: the list, signing with one button, returning, comments, comparison, the slip, the rule."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select, update

from hub.approvals import Rule
from hub.domain.roles import Level
from hub.editorial.ruling import set_rule
from hub.models import Account, Interpretation, Review
from hub.services import Services
from tests.console.conftest import HASH, Visitor
from tests.console.test_queries import counting
from tests.editorial.people import hire, reviewers
from tests.fakes import EDITOR, NOW

BODY = "第一档每餐补贴2元。\n\n第二档每餐补贴4元。"


@pytest.fixture
def written(house: Services, editor: Visitor) -> Visitor:
    """The editor, who has written a text that is not submitted."""
    editor.get("interpretations/new")
    editor.post("interpretations/new", do="publish", title="养老助餐解读", body=BODY)
    return editor


@pytest.fixture
def people(house: Services, app: Flask) -> dict[Level, Visitor]:
    """The three reviewers, signed in."""
    reviewers(house, hashed=HASH)
    visitors = {level: Visitor(app.test_client()) for level in Level}
    for level, visitor in visitors.items():
        assert visitor.sign_in(f"{level.value}-reviewer").status_code == 200
    return visitors


def submits(editor: Visitor, **more: str) -> str:
    given = {"revision": "1", "account": ["1", "2", "3"], "when": "now", **more}
    return editor.post("interpretations/1/submit", **given).text


def form_of(page: str) -> dict[str, str]:
    """What the button "sign" would send."""
    [form] = re.findall(r'<form method="post" class="signing-form">(.*?)</form>', page, re.DOTALL)
    return dict(re.findall(r'name="(revision|hash|seen|level)" value="([^"]*)"', form))


def signs(visitor: Visitor, **more: str) -> str:
    page = visitor.get("interpretations/1/review").text
    return visitor.post("interpretations/1/review", **{**form_of(page), "do": "sign", **more}).text


def rewrites(editor: Visitor, body: str, version: int = 1) -> None:
    editor.post("interpretations/1/edit", do="save", version=str(version), title="养老助餐解读", body=body)


def test_what_is_not_signed_off_is_submitted_instead_of_published(written: Visitor) -> None:
    page = written.get("interpretations/1/publish").text
    assert "还没有送审" in page
    assert "提交审核" in page
    assert "确认发布" not in page
    assert "REV-201" in written.post("interpretations/1/publish", revision="1", account="1", when="now").text
    page = submits(written)
    assert "已提交审核" in page
    assert "待初审" in page
    assert "确认发布" not in written.get("interpretations/1/publish").text


def test_three_people_sign_with_one_button_each_and_then_it_can_be_published(
    written: Visitor, people: dict[Level, Visitor]
) -> None:
    submits(written)
    for level, visitor in people.items():
        listed = visitor.get("reviews").text
        assert "养老助餐解读" in listed
        assert 'class="rail-count">1<' in listed
        page = signs(visitor)
        assert "name-seal-face" in page
        assert visitor.get("reviews").text.count("养老助餐解读") == 0, level
    assert "甄字正印" in page
    assert "已签发，可以发布" in page
    assert "确认发布" in written.get("interpretations/1/publish").text
    assert "养老助餐解读" in written.get("reviews?show=signed").text
    assert "已签发" in written.get("reviews?show=mine").text


def test_who_may_not_sign_has_no_button_and_is_told_who_can(written: Visitor, people: dict[Level, Visitor]) -> None:
    submits(written)
    for visitor in (written, people[Level.FINAL]):
        page = visitor.get("interpretations/1/review").text
        assert "signing-form" not in page
        assert "甄字正" in page
    with_hash = form_of(people[Level.FIRST].get("interpretations/1/review").text)
    refused = people[Level.FINAL].post("interpretations/1/review", do="sign", **with_hash)
    assert "REV-210" in refused.text


def test_a_return_takes_its_reason_to_the_writer(written: Visitor, people: dict[Level, Visitor]) -> None:
    submits(written)
    first = people[Level.FIRST]
    of_it = {"revision": "1", "level": "first", "do": "return"}
    first.get("interpretations/1/review")
    refused = first.post("interpretations/1/review", reason=" ", **of_it)
    assert refused.status_code == 422
    assert "REV-207" in refused.text
    first.post("interpretations/1/review", reason="第二档数字与文件不符。", **of_it)
    page = written.get("interpretations/1/review").text
    assert "甄字正 在初审退回" in page
    assert "第二档数字与文件不符。" in page
    assert "已被退回" in written.get("interpretations/1/publish").text
    assert "已提交审核" in submits(written)


def test_an_edit_voids_what_was_signed_and_says_so(written: Visitor, people: dict[Level, Visitor]) -> None:
    submits(written)
    old = form_of(people[Level.FIRST].get("interpretations/1/review").text)
    signs(people[Level.FIRST])
    rewrites(written, BODY.replace("4元", "5元"))
    page = written.get("interpretations/1/review").text
    assert "已因改稿失效" in page
    assert "不在审核中" in page
    stale = people[Level.SECOND].post("interpretations/1/review", do="sign", **{**old, "level": "second"})
    assert stale.status_code == 409
    assert "REV-409" in stale.text
    assert "这是旧版" in written.get("interpretations/1/review?version=1").text


def test_what_changed_is_shown_in_words_and_both_versions_side_by_side(written: Visitor) -> None:
    rewrites(written, BODY.replace("4元", "5元"))
    page = written.get("interpretations/1/review").text
    assert "<del>4</del><ins>5</ins>" in page
    side = written.get("interpretations/1/compare?from=1&to=2").text
    assert "<del>4</del>" in side
    assert "<ins>5</ins>" in side
    assert "diff-sides" in side
    back = written.get("interpretations/1/compare?from=2&to=1&view=inline&full=1").text
    assert "<del>5</del><ins>4</ins>" in back
    assert written.get("interpretations/1/compare?from=7").status_code == 404


def test_a_comment_hangs_at_its_passage_and_is_answered_and_settled(
    written: Visitor, people: dict[Level, Visitor]
) -> None:
    submits(written)
    first = people[Level.FIRST]
    first.get("interpretations/1/review?view=text")
    said = {"revision": "1", "place": "body", "quote": "补贴4元", "start": "", "text": "与文件核对。"}
    page = first.post("interpretations/1/comments", **said).text
    assert '<mark id="at-1">补贴4元' in page
    assert "与文件核对。" in page
    written.get("interpretations/1/review?view=text")
    page = written.post("comments/1", do="answer", text="已核对，无误。").text
    assert "已核对，无误。" in page
    page = first.post("comments/1", do="resolve", text="").text
    assert "标为已解决" in page
    assert "<mark" not in page
    assert "<mark" in first.post("comments/1", do="reopen").text


def test_a_comment_that_cant_be_made_keeps_what_was_typed(written: Visitor) -> None:
    submits(written)
    said = {"revision": "1", "place": "body", "quote": "没有这句", "text": "请核对这里。"}
    answer = written.post("interpretations/1/comments", **said)
    assert answer.status_code == 422
    assert "REV-232" in answer.text


def test_samples_that_changed_are_shown_anew_before_they_are_signed(
    house: Services, written: Visitor, people: dict[Level, Visitor]
) -> None:
    submits(written)
    sent = form_of(people[Level.FIRST].get("interpretations/1/review").text)
    with house.db.writing() as session:
        session.execute(update(Account).where(Account.id == 1).values(active=False))
    refused = people[Level.FIRST].post("interpretations/1/review", do="sign", **sent)
    assert refused.status_code == 409
    assert "REV-206" in refused.text
    page = people[Level.FIRST].post("interpretations/1/review", do="sign", **form_of(refused.text)).text
    assert "已签署" in page


def test_where_one_person_may_the_reason_is_asked_and_stands_on_the_page(house: Services, written: Visitor) -> None:
    set_rule(house, actor=EDITOR, office_id=1, rule=Rule(1, one_person=True), reason="一人在岗", now=NOW)
    submits(written)
    assert "为什么由您一人签署" in written.get("interpretations/1/review").text
    assert "REV-213" in signs(written)
    assert "一人签署：一人值班" in signs(written, why="一人值班")


def test_the_slip_names_who_signed_what_and_when(
    house: Services, written: Visitor, people: dict[Level, Visitor]
) -> None:
    assert written.get("interpretations/1/slip").status_code == 404
    submits(written, when="at", at="2031-01-02T09:30")
    for visitor in people.values():
        signs(visitor)
    page = written.get("interpretations/1/slip").text
    with house.db.reading() as session:
        content_hash = session.scalars(select(Review.content_hash)).first()
    for said in ("甄字正", "傅再思", "钟定稿", "2031-01-02 09:30", "账号sited", content_hash or ""):
        assert said in page
    assert written.get("interpretations/1/slip.svg").mimetype == "image/svg+xml"
    assert 'value="2031-01-02T09:30"' in written.get("interpretations/1/publish").text


def test_an_administrator_changes_the_rule_with_a_reason(
    house: Services, editor: Visitor, people: dict[Level, Visitor]
) -> None:
    page = editor.get("review-rules").text
    assert "没有改过" in page
    assert "REV-222" in editor.post("review-rules", levels="2", people="several", reason="").text
    page = editor.post("review-rules", levels="2", people="one", reason="人员不足").text
    assert "人员不足" in page
    assert "可一人签署" in page
    people[Level.FIRST].get("review-rules")
    assert people[Level.FIRST].post("review-rules", levels="1", reason="x").status_code == 403


def test_the_rule_and_the_office_lead_to_each_other(house: Services, editor: Visitor, neighbour: Visitor) -> None:
    office = editor.get("offices/1/edit").text
    assert "每一级由不同的人签署" in office
    assert "/console/review-rules?office=1" in office
    rules = editor.get("review-rules?office=1").text
    assert "/console/offices/1/edit" in rules
    editor.post("review-rules?office=1", levels="1", people="one", reason="只有一人值班")
    assert "可一人签署，每次写明原因" in editor.get("offices/1/edit").text
    assert neighbour.get("review-rules?office=1").status_code == 403
    assert neighbour.post("review-rules?office=1", levels="3", people="several", reason="x").status_code == 403
    assert editor.get("review-rules?office=9").status_code == 404


def test_a_neighbours_text_is_not_there(written: Visitor, neighbour: Visitor) -> None:
    submits(written)
    neighbour.get("")
    for path in ("review", "compare", "slip", "slip.svg"):
        assert neighbour.get(f"interpretations/1/{path}").status_code == 404
    assert neighbour.post("interpretations/1/review", do="sign", revision="1", level="first").status_code == 404
    assert neighbour.post("interpretations/1/comments", revision="1", text="x").status_code == 404
    assert "养老助餐解读" not in neighbour.get("reviews?show=signed").text


def test_a_reader_looks_and_does_nothing(house: Services, app: Flask, written: Visitor) -> None:
    submits(written)
    hire(house, "p", "publisher", hashed=HASH)
    reader = Visitor(app.test_client())
    reader.sign_in("p")
    assert reader.get("interpretations/1/review").status_code == 200
    assert reader.post("interpretations/1/submit", revision="1", account="1", when="now").status_code == 403
    assert "PER-403" in reader.post("interpretations/1/comments", revision="1", text="x").text


@pytest.mark.parametrize(
    "path", ["reviews", "reviews?show=mine", "reviews?show=signed", "interpretations/1/review?view=text"]
)
def test_the_number_of_queries_does_not_grow_with_the_rows(
    house: Services, written: Visitor, people: dict[Level, Visitor], path: str
) -> None:
    submits(written)
    with counting(house) as few:
        people[Level.FIRST].get(path)
    for number in range(2, 6):
        written.get("interpretations/new")
        written.post("interpretations/new", do="save", title=f"第{number}篇", body=BODY)
        given = {"revision": str(number), "account": "1", "when": "now"}
        written.post(f"interpretations/{number}/submit", **given)
        written.get("interpretations/1/review")
        written.post("interpretations/1/comments", revision="1", text="一条。")
    with house.db.writing() as session:
        session.execute(update(Interpretation).where(Interpretation.id > 3).values(standing="signed"))
    with counting(house) as many:
        people[Level.FIRST].get(path)
    assert len(many) <= len(few) + 1
    assert len(few) < 22
