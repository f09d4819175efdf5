"""我的账号 and the ends of a sign-in: idle, ended, renewed; what was typed meanwhile is not lost."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from hub.console.here import PREFIX
from hub.domain.roles import Role
from hub.models import Office, SignIn, User
from hub.people import administering, passwords
from hub.services import Services
from hub.workflow import Actor
from tests.console.conftest import PASSWORD, Visitor

NEW = "晚风吹过渡口的三盏灯"
ORIGIN = {"Origin": "http://localhost"}


def age(house: Services, **units: float) -> None:
    """All sign-ins were last seen so long ago."""
    with house.db.writing() as session:
        session.execute(update(SignIn).values(seen_at=datetime.now(UTC) - timedelta(**units)))


def turned_on(visitor: Visitor) -> tuple[pyotp.TOTP, list[str]]:
    """The second factor set up as a person would; and the recovery codes."""
    visitor.get("me")
    page = visitor.post("me/factor", do="begin").text
    seed = re.findall(r'class="seed">([A-Z2-7 ]+)<', page)[0].replace(" ", "")
    assert visitor.get("me/factor.svg").mimetype == "image/svg+xml"
    visitor.get("me")
    totp = pyotp.TOTP(seed)
    answer = visitor.post("me/factor", do="on", code=totp.at(datetime.now(UTC) - timedelta(seconds=30)))
    codes = re.findall(r"<code>([A-Z2-9-]{19})</code>", answer.text)
    assert len(codes) == 10
    return totp, codes


def test_who_does_nothing_for_an_hour_is_asked_again_and_told_why(house: Services, editor: Visitor) -> None:
    age(house, minutes=59)
    assert editor.get("").status_code == 200
    age(house, minutes=61)
    answer = editor.get("deliveries")
    assert answer.status_code == 303
    page = editor.get(answer.location.removeprefix(PREFIX + "/"))
    assert "太久没有操作" in page.text
    assert 'name="next" value="/console/deliveries"' in page.text


def test_a_page_that_keeps_itself_up_to_date_keeps_nobody_signed_in(house: Services, editor: Visitor) -> None:
    age(house, minutes=50)
    headers = {"X-Requested-With": "fetch", "X-Background": "1"}
    assert editor.client.get("/console/deliveries", headers=headers).status_code == 200
    with house.db.reading() as session:
        assert datetime.now(UTC) - session.scalars(select(SignIn.seen_at)).one() > timedelta(minutes=49)
    age(house, minutes=61)
    assert editor.client.get("/console/deliveries", headers=headers).status_code == 401


def test_what_a_person_does_begins_the_hour_anew(house: Services, editor: Visitor) -> None:
    age(house, minutes=50)
    editor.get("")
    with house.db.reading() as session:
        assert datetime.now(UTC) - session.scalars(select(SignIn.seen_at)).one() < timedelta(minutes=1)


def test_no_sign_in_outlasts_its_hours(house: Services, editor: Visitor) -> None:
    with house.db.writing() as session:
        session.execute(update(SignIn).values(expires_at=datetime.now(UTC)))
    assert "why=expired" in editor.get("").location


def test_a_form_that_is_sent_too_late_goes_on_after_signing_in(house: Services, editor: Visitor) -> None:
    page = editor.get("interpretations/new").text
    assert "title" in page
    age(house, minutes=61)
    text = "第一段\r\n\r\n第二段 <b> & 引号\"'"
    sent = {"csrf_token": editor.token, "do": "save", "title": "没有丢", "body": text}
    answer = editor._seen(editor.client.post("/console/interpretations/new", data=sent, headers=ORIGIN))
    assert answer.status_code == 401
    assert "您提交的内容都在" in answer.text
    carried = fields(answer.text)
    answer = editor._seen(editor.client.post("/console/sign-in", data={**carried, "login": "e", "password": "falsch"}))
    assert answer.status_code == 401
    carried = fields(answer.text)
    answer = editor._seen(editor.client.post("/console/sign-in", data={**carried, "login": "e", "password": PASSWORD}))
    assert answer.status_code == 200
    assert "继续提交" in answer.text
    assert 'action="/console/interpretations/new"' in answer.text
    done = editor.client.post("/console/interpretations/new", data=fields(answer.text))
    assert done.status_code == 303
    assert "第二段 &lt;b&gt; &amp; 引号" in editor.client.get(done.location).text


def fields(page: str) -> dict[str, str]:
    """What the first form of the page's main part would send."""
    from lxml import html

    form = html.fromstring(page).xpath("//main//form")[0]
    assert form.method == "POST"
    return {name: value for name, value in form.form_values() if name not in ("login", "password")}


def test_what_another_site_sends_is_not_kept(house: Services, editor: Visitor) -> None:
    age(house, minutes=61)
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        sent = {"csrf_token": editor.token, "title": "x"}
        answer = editor.client.post("/console/interpretations/new", data=sent, headers=headers)
        assert answer.status_code in (303, 400)
        assert "x" not in answer.text or "kept" not in answer.text


def test_a_page_from_before_the_last_sign_in_can_be_sent_on(editor: Visitor) -> None:
    sent = {"csrf_token": "old", "do": "save", "title": "旧页", "body": "一"}
    answer = editor._seen(editor.client.post("/console/interpretations/new", data=sent, headers=ORIGIN))
    assert answer.status_code == 200
    assert "您提交的内容都在" in answer.text
    assert editor.client.post("/console/interpretations/new", data=fields(answer.text)).status_code == 303
    bare = editor.client.post("/console/interpretations/new", data=sent)
    assert bare.status_code == 400


def test_a_script_is_told_401_and_nothing_else(house: Services, editor: Visitor) -> None:
    age(house, minutes=61)
    headers = {"X-Requested-With": "fetch", **ORIGIN}
    answer = editor.client.post("/console/preview", data={"csrf_token": editor.token, "title": "a"}, headers=headers)
    assert (answer.status_code, answer.text) == (401, "")


def test_one_sees_where_one_is_signed_in_and_ends_it_there(app: Flask, editor: Visitor) -> None:
    elsewhere = Visitor(app.test_client())
    elsewhere.get("sign-in", headers={"User-Agent": "x"})
    elsewhere.sign_in()
    page = editor.get("me").text
    assert page.count("这台设备") == 1
    ends = re.findall(r'action="/console/(me/sign-ins/\d+/end)"', page)
    assert len(ends) == 1
    editor.post(ends[0])
    answer = elsewhere.get("")
    assert answer.status_code == 303
    assert "why=elsewhere" in answer.location
    assert editor.get("").status_code == 200


def test_all_others_are_ended_at_once(app: Flask, editor: Visitor) -> None:
    others = [Visitor(app.test_client()) for _ in range(3)]
    for other in others:
        other.sign_in()
    editor.get("me")
    editor.post("me/sign-ins/end-others")
    assert [o.get("").status_code for o in others] == [303] * 3
    assert editor.get("").status_code == 200


def test_nobody_ends_anothers_sign_in(house: Services, editor: Visitor, neighbour: Visitor) -> None:
    with house.db.reading() as session:
        theirs = session.scalars(select(SignIn.id).where(SignIn.user_id != 1)).one()
    editor.get("me")
    editor.post(f"me/sign-ins/{theirs}/end")
    assert neighbour.get("").status_code == 200


def test_signing_out_ends_the_row_and_the_cookie_of_before_is_worth_nothing(house: Services, editor: Visitor) -> None:
    before = editor.client.get_cookie("yigao", path="/console")
    assert before is not None
    editor.get("")
    editor.post("sign-out")
    with house.db.reading() as session:
        assert session.scalars(select(SignIn.ended_why)).one() == "out"
    editor.client.set_cookie("yigao", before.value, path="/console")
    assert editor.get("").status_code == 303


def test_signing_in_takes_a_new_session(app: Flask, stranger: Visitor) -> None:
    stranger.get("sign-in")
    before = stranger.client.get_cookie("yigao", path="/console")
    stranger.sign_in()
    after = stranger.client.get_cookie("yigao", path="/console")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    other = app.test_client()
    other.set_cookie("yigao", before.value, path="/console")
    assert other.get("/console/").status_code == 303


def test_a_changed_password_renews_the_token(editor: Visitor) -> None:
    before = editor.client.get_cookie("yigao", path="/console")
    assert before is not None
    editor.get("me")
    page = editor.post("me/password", old=PASSWORD, new=NEW, again=NEW)
    assert "密码已更改" in page.text
    now = editor.client.get_cookie("yigao", path="/console")
    assert now is not None
    editor.client.set_cookie("yigao", before.value, path="/console")
    assert editor.get("").status_code == 303
    editor.client.set_cookie("yigao", now.value, path="/console")
    assert editor.get("").status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "again", "code"),
    [("falsch", NEW, NEW, "SIG-207"), (PASSWORD, NEW, "别的", "SIG-208"), (PASSWORD, "短", "短", "SIG-201")],
)
def test_a_password_that_can_not_be_is_said_at_its_place(
    editor: Visitor, old: str, new: str, again: str, code: str
) -> None:
    editor.get("me")
    answer = editor.post("me/password", old=old, new=new, again=again)
    assert answer.status_code == 422
    assert code in answer.text
    assert new not in answer.text or len(new) < 4


def test_guessing_ones_own_password_is_limited(editor: Visitor) -> None:
    editor.get("me")
    for _ in range(20):
        assert editor.post("me/password", old="falsch", new=NEW, again=NEW).status_code == 422
    answer = editor.post("me/password", old=PASSWORD, new=NEW, again=NEW)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "SYS-429" in answer.text


def test_a_one_time_password_must_be_changed_before_anything_else(house: Services, stranger: Visitor) -> None:
    given = administering.give_password(house, actor=Actor("cli:root"), user_id=1, now=datetime.now(UTC))
    stranger.sign_in("e", given)
    for path in ("", "deliveries", "interpretations/new"):
        answer = stranger.get(path)
        assert answer.status_code == 303
        assert answer.location.startswith("/console/me")
    assert "一次性密码" in stranger.get("me").text
    assert stranger.post("me/password", old=given, new=NEW, again=NEW).status_code == 200
    assert stranger.get("deliveries").status_code == 200


def test_with_a_second_factor_the_password_alone_opens_nothing(app: Flask, editor: Visitor) -> None:
    totp, codes = turned_on(editor)
    visitor = Visitor(app.test_client())
    page = visitor.sign_in()
    assert "6 位数字" in page.text
    assert visitor.get("").status_code == 303
    assert visitor.post("sign-in/code", code="000000").status_code == 401
    assert visitor.post("sign-in/code", code=totp.now(), next="/console/deliveries").status_code == 200
    assert visitor.get("").status_code == 200
    by_paper = Visitor(app.test_client())
    by_paper.sign_in()
    assert by_paper.post("sign-in/code", code=codes[0]).status_code == 200
    assert by_paper.get("").status_code == 200
    assert "还有 9 个恢复码" in by_paper.get("me").text


def test_a_code_that_was_seen_over_a_shoulder_is_worth_nothing(app: Flask, editor: Visitor) -> None:
    totp, _ = turned_on(editor)
    code = totp.now()
    first, second = Visitor(app.test_client()), Visitor(app.test_client())
    first.sign_in()
    assert first.post("sign-in/code", code=code).status_code == 200
    second.sign_in()
    assert second.post("sign-in/code", code=code).status_code == 401


def test_guessing_codes_is_limited_and_the_step_runs_out(app: Flask, editor: Visitor, house: Services) -> None:
    turned_on(editor)
    visitor = Visitor(app.test_client())
    visitor.sign_in()
    for _ in range(10):
        assert visitor.post("sign-in/code", code="000000").status_code == 401
    answer = visitor.post("sign-in/code", code="000000")
    assert answer.status_code == 429
    assert "SIG-429" in answer.text
    assert Visitor(app.test_client()).get("sign-in/code").status_code == 303
    administering.reset_factor(house, actor=Actor("cli:root"), user_id=1, now=datetime.now(UTC))
    assert visitor.get("sign-in/code").status_code == 303


def test_an_office_that_wants_it_gets_it_before_anything_else(house: Services, editor: Visitor) -> None:
    with house.db.writing() as session:
        session.get_one(Office, 1).second_factor_roles = Role.PUBLISHER.value
    assert editor.get("deliveries").location.startswith("/console/me")
    assert "请先设置" in editor.get("me").text
    turned_on(editor)
    assert editor.get("deliveries").status_code == 200
    page = editor.get("me").text
    assert "关闭第二重验证" not in page


def test_the_seed_is_shown_only_while_it_is_set_up(house: Services, editor: Visitor) -> None:
    totp, _ = turned_on(editor)
    page = editor.get("me").text
    assert totp.secret not in page.replace(" ", "")
    assert editor.get("me/factor.svg").status_code == 404
    with house.db.reading() as session:
        assert totp.secret not in session.get_one(User, 1).totp
    editor.post("me/factor", do="off", code=totp.now())
    assert "设置第二重验证" in editor.get("me").text


def test_the_hash_of_a_session_is_quick_and_that_of_a_password_is_not() -> None:
    """In earnest Argon2id with the library's own parameters, 64 MiB and three passes."""
    from argon2 import PasswordHasher

    assert PasswordHasher().memory_cost >= 65536
    assert passwords.trace("x") != passwords.trace("y")
