"""Nothing typed is lost: working copies, sessions that ended, and two editors at one text."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import delete, func, select, update

from hub.editorial.presence import GONE
from hub.models import Grant, Presence, Revision, User, WorkingCopy
from hub.services import Services
from tests.console.conftest import HASH, Visitor
from tests.console.test_composing import WHOLE, newest, revisions
from tests.fakes import NOW

TYPED = {**WHOLE, "variants-sender-title": "渠道标题"}


def owner(page: str) -> str:
    return re.findall(r'name="owner" value="([^"]+)"', page)[0]


def keep(editor: Visitor, **typed: str) -> None:
    answer = editor.post("sheets/copy", follow=False, **typed)
    assert answer.status_code == 200
    assert re.fullmatch(r"\d\d:\d\d", answer.get_json()["saved"])


def copies(house: Services) -> int:
    with house.db.reading() as session:
        return session.scalar(select(func.count()).select_from(WorkingCopy)) or 0


def test_a_working_copy_is_no_revision_and_is_offered_when_the_page_is_opened_again(
    house: Services, editor: Visitor
) -> None:
    editor.get("interpretations/new")
    keep(editor, title="写到一半", body="半句")
    assert revisions(house) == 0
    page = editor.get("interpretations/new").text
    assert "未保存的改动" in page
    assert "写到一半" not in page
    resumed = editor.get("interpretations/new?copy=use").text
    assert ">写到一半</textarea>" in resumed


def test_everything_of_the_form_comes_back(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    keep(editor, **TYPED)
    page = editor.get("interpretations/new?copy=use").text
    for text in ("锦溪府办发〔2026〕18号", "解明义", "谁能领", "在哪领？", "直播说助餐", "渠道标题"):
        assert text in page


def test_it_is_thrown_away_and_taken_back_by_a_button(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    keep(editor, title="写到一半", body="半句")
    page = editor.post("sheets/discard").text
    assert "已放弃未保存的改动" in page
    assert "您有" not in page
    again = editor.post("sheets/take-back", interpretation="").text
    assert ">写到一半</textarea>" in again


def test_saving_makes_the_revision_and_the_copy_goes(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    keep(editor, title="甲", body="半句")
    editor.post("interpretations/new", do="save", title="甲", body="整句")
    assert copies(house) == 0
    assert "您有" not in editor.get("interpretations/new").text


def test_a_copy_that_says_what_is_saved_is_not_offered(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    page = editor.post("interpretations/new", do="save", **WHOLE).text
    assert "您有" not in page
    fields = dict(re.findall(r'name="((?:policies|interpreters)-\d+-[a-z_]+)" type="[a-z-]+" value="([^"]*)"', page))
    saved = {**WHOLE, **fields, "title": "养老助餐 怎么领", "body": "## 一\n\n正文\n", "keywords": "助餐、补贴、老人"}
    keep(editor, interpretation="1", version="1", **saved)
    assert "您有" not in editor.get("interpretations/1/edit").text
    keep(editor, interpretation="1", version="1", **{**saved, "title": "改了"})
    assert "您有" in editor.get("interpretations/1/edit").text


def test_a_copy_is_its_editors_own(house: Services, editor: Visitor, neighbour: Visitor) -> None:
    editor.get("interpretations/new")
    keep(editor, title="写到一半", body="半句")
    assert "您有" not in neighbour.get("interpretations/new").text
    editor.post("interpretations/new", do="save", title="甲", body="一")
    assert neighbour.post("sheets/copy", follow=False, interpretation="1", title="乙").status_code == 404
    assert neighbour.post("sheets/here", follow=False, interpretation="1").status_code == 404


def test_what_is_sent_after_the_session_ended_is_there_after_signing_in(house: Services, editor: Visitor) -> None:
    page = editor.get("interpretations/new").text
    editor.client = editor.client.application.test_client()
    answer = editor.post("interpretations/new", do="save", owner=owner(page), **TYPED)
    assert answer.request.path == "/console/sign-in"
    assert "改动都在" in answer.text
    assert revisions(house) == 0
    next_ = re.findall(r'name="next" value="([^"]+)"', answer.text)[0]
    back = editor.post("sign-in", login="e", password="稿纸与朱批", next=next_)
    assert back.request.path == "/console/interpretations/new"
    assert "渠道标题" in back.text
    editor.post("interpretations/new", do="save", **TYPED)
    assert newest(house).variants[0].title == "渠道标题"


def test_a_page_older_than_the_session_keeps_its_text_too(house: Services, editor: Visitor) -> None:
    page = editor.get("interpretations/new").text
    editor.token = "of-another-session"
    answer = editor.post("interpretations/new", do="save", owner=owner(page), **TYPED)
    assert "改动都在" in answer.text
    assert "渠道标题" in answer.text


def test_nobody_can_leave_a_text_for_somebody_else(house: Services, stranger: Visitor) -> None:
    stranger.get("sign-in")
    stranger.post("interpretations/new", do="save", owner="Mg.forged", **TYPED)
    assert copies(house) == 0


def colleague(house: Services) -> None:
    with house.db.writing() as session:
        session.add(User(login="c", name="同事甲", password_hash=HASH, office_id=1, created_at=NOW))
        session.flush()
        mine = session.scalars(select(Grant).where(Grant.user_id == 1)).all()
        new = session.scalars(select(User.id).where(User.login == "c")).one()
        for grant in mine:
            session.add(Grant(user_id=new, role=grant.role, level=grant.level, office_id=grant.office_id))


def test_the_second_editor_is_told_at_once_by_name(house: Services, editor: Visitor) -> None:
    colleague(house)
    other = Visitor(editor.client.application.test_client())
    other.sign_in("c")
    editor.get("interpretations/new")
    editor.post("interpretations/new", do="save", title="甲", body="一")
    editor.get("interpretations/1/edit")
    page = other.get("interpretations/1/edit").text
    assert re.search(r"编辑 从 \d\d:\d\d 起也打开了这篇稿件", page)
    told = editor.post("sheets/here", follow=False, interpretation="1").get_json()
    assert [line.startswith("同事甲") for line in told["others"]] == [True]
    other.post("interpretations/1/edit", do="save", version="1", title="甲", body="二")
    told = editor.post("sheets/here", follow=False, interpretation="1").get_json()
    assert (told["version"], told["by"]) == (2, "同事甲")
    other.post("sheets/gone", follow=False, interpretation="1")
    assert editor.post("sheets/here", follow=False, interpretation="1").get_json()["others"] == []


def test_who_has_not_been_heard_of_is_gone(house: Services, editor: Visitor) -> None:
    colleague(house)
    other = Visitor(editor.client.application.test_client())
    other.sign_in("c")
    editor.get("interpretations/new")
    editor.post("interpretations/new", do="save", title="甲", body="一")
    editor.get("interpretations/1/edit")
    with house.db.writing() as session:
        long_ago = house.db.now() - GONE - timedelta(seconds=1)
        session.execute(update(Presence).values(seen_at=long_ago))
    assert "起也打开了" not in other.get("interpretations/1/edit").text


def test_of_two_texts_each_field_is_taken_from_whom_the_editor_says(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    editor.post("interpretations/new", do="save", title="甲", summary="原摘要", body="原文")
    editor.post("interpretations/1/edit", do="save", version="1", title="对方标题", summary="对方摘要", body="原文")
    mine = {"title": "我的标题", "summary": "我的摘要", "body": "原文", "form": "text"}
    answer = editor.post("interpretations/1/edit", do="save", version="1", **mine)
    assert answer.status_code == 409
    assert answer.text.count('value="theirs"') == 2
    chosen = {"take-title": "theirs", "take-summary": "mine"}
    editor.post("interpretations/1/edit", do="save", version="2", **mine, **chosen)
    assert (newest(house).title, newest(house).summary) == ("对方标题", "我的摘要")
    with house.db.reading() as session:
        assert session.scalar(select(func.max(Revision.number))) == 3


def test_who_may_not_write_keeps_no_copy(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    with house.db.writing() as session:
        session.execute(delete(Grant).where(Grant.role == "writer"))
    answer = editor.post("sheets/copy", follow=False, title="甲", body="一")
    assert answer.status_code == 403
    assert copies(house) == 0
