"""用户与角色: who is there, made, helped, given roles and deactivated; what is beyond one's places is not shown."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from hub.domain.roles import Role
from hub.models import Event, Grant, User
from hub.services import Services
from tests.console.conftest import HASH, PASSWORD, Visitor
from tests.console.test_queries import counting
from tests.fakes import NOW


def add(house: Services, login: str = "yan", office: int = 1, **how: object) -> int:
    with house.db.writing() as session:
        user = User(login=login, name=f"某{login}", password_hash=HASH, office_id=office, created_at=NOW, **how)
        session.add(user)
        session.flush()
        session.add(Grant(user_id=user.id, role=Role.WRITER, office_id=office))
        return user.id


def test_the_list_shows_ones_own_offices_people_and_finds_them(house: Services, editor: Visitor) -> None:
    add(house, "yan", active=False)
    page = editor.get("users").text
    assert "某yan" in page
    assert "邻居" not in page
    assert "某yan" not in editor.get("users?q=编辑").text
    assert "编辑" not in re.sub(r"(?s)<header class=\"rail.*?</header>", "", editor.get("users?q=yan").text)
    assert "某yan" not in editor.get("users?state=active").text
    assert "没有找到这样的人" in editor.get("users?q=100%25").text


def test_a_new_person_gets_a_password_that_is_shown_once(house: Services, editor: Visitor, app: Flask) -> None:
    editor.get("users/new")
    page = editor.post("users/new", name="闻静", login="wen.jing", email="", office="办公室").text
    password = re.findall(r'id="one-time">([a-z0-9-]{19})<', page)[0]
    new = Visitor(app.test_client())
    assert new.sign_in("wen.jing", password).status_code in (200, 303)
    assert new.get("deliveries").location.startswith("/console/me")
    assert password not in editor.get("users").text


def test_what_can_not_be_comes_back_with_what_was_typed(editor: Visitor) -> None:
    editor.get("users/new")
    answer = editor.post("users/new", name="闻静", login="不行", email="", office="办公室")
    assert answer.status_code == 422
    assert "USR-101" in answer.text
    assert 'value="闻静"' in answer.text
    assert "USR-110" in editor.post("users/new", name="闻静", login="wen", office="邻区办公室").text


def test_a_role_is_given_taken_and_given_back_by_undo(house: Services, editor: Visitor) -> None:
    id_ = add(house)
    editor.get(f"users/{id_}")
    page = editor.post(f"users/{id_}", do="give", role="reviewer:second", place="office:1").text
    assert "已添加角色" in page
    with house.db.reading() as session:
        grant = session.scalars(select(Grant).where(Grant.user_id == id_, Grant.role == Role.REVIEWER)).one()
        assert grant.level == "second"
    page = editor.post(f"users/{id_}", do=f"take:{grant.id}").text
    assert "撤销" in page
    assert 'value="reviewer:second"' in page
    editor.post(f"users/{id_}", do="give", role="reviewer:second", place="office:1")
    assert "添加了角色 · 审核人 复审 · 办公室" in editor.get(f"users/{id_}").text


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"do": "give", "role": "king", "place": "office:1"}, "USR-109"),
        ({"do": "give", "role": "writer", "place": "office:2"}, "USR-406"),
        ({"do": "give", "role": "writer", "place": "area:1"}, "USR-406"),
        ({"do": "give", "role": "writer", "place": "nowhere"}, "USR-108"),
        ({"do": "take:999"}, "USR-404"),
        ({"do": "profile", "name": "", "email": "", "office": "办公室"}, "USR-102"),
    ],
)
def test_what_is_refused_is_said_on_the_page(house: Services, editor: Visitor, sent: dict[str, str], code: str) -> None:
    id_ = add(house)
    editor.get(f"users/{id_}")
    answer = editor.post(f"users/{id_}", **sent)
    assert answer.status_code in (404, 422)
    assert code in answer.text


def test_who_is_locked_out_is_let_in_again(house: Services, editor: Visitor, app: Flask) -> None:
    id_ = add(house)
    locked = Visitor(app.test_client())
    for _ in range(10):
        locked.sign_in("yan", "falsch")
    assert locked.sign_in("yan", PASSWORD).status_code == 429
    editor.get(f"users/{id_}")
    editor.post(f"users/{id_}", do="unlock")
    assert locked.sign_in("yan", PASSWORD).status_code == 200


def test_who_leaves_is_out_at_once_and_may_come_back(house: Services, editor: Visitor, app: Flask) -> None:
    id_ = add(house)
    theirs = Visitor(app.test_client())
    theirs.sign_in("yan", PASSWORD)
    editor.get(f"users/{id_}")
    page = editor.post(f"users/{id_}", do="off").text
    assert "已停用" in page
    assert "撤销" in page
    assert theirs.get("").status_code == 303
    assert theirs.sign_in("yan", PASSWORD).status_code == 401
    editor.post(f"users/{id_}", do="on")
    assert theirs.sign_in("yan", PASSWORD).status_code == 200


def test_a_device_that_is_lost_is_signed_out(house: Services, editor: Visitor, app: Flask) -> None:
    id_ = add(house)
    theirs = Visitor(app.test_client())
    theirs.sign_in("yan", PASSWORD)
    editor.get(f"users/{id_}")
    assert "已结束 1 个登录" in editor.post(f"users/{id_}", do="sign-out").text
    assert "why=administrator" in theirs.get("").location


def test_another_offices_person_is_not_there(house: Services, editor: Visitor) -> None:
    id_ = add(house, "east", 2)
    assert editor.get(f"users/{id_}").status_code == 404
    editor.get("users")
    for do in ("password", "off", "unlock", "sign-out", "factor", "give", "profile"):
        answer = editor.post(f"users/{id_}", do=do, role="writer", place="office:2", name="x", office="邻区办公室")
        assert answer.status_code in (404, 422), do
    with house.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == 0


def test_the_office_says_who_needs_a_second_factor(house: Services, editor: Visitor) -> None:
    editor.get("users")
    editor.post("users/second-factor", roles=["administrator", "nonsense"])
    assert editor.get("deliveries").location.startswith("/console/me")


def test_the_list_asks_no_more_often_for_many(house: Services, editor: Visitor) -> None:
    add(house)
    editor.get("users")
    with counting(house) as few:
        editor.get("users")
    for number in range(30):
        add(house, f"yan{number}")
    with counting(house) as many:
        editor.get("users")
    assert len(many) == len(few)
    assert len(few) < 12
