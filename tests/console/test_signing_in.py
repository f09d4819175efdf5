"""Who gets in, and who doesn't."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from hub.console.here import PREFIX
from hub.console.links import is_inside
from hub.console.signing_in import OPEN_ENDPOINTS
from hub.models import User
from hub.people import administering
from hub.security import secret_key
from hub.services import Services
from hub.workflow import Actor
from tests.console.conftest import PASSWORD, Visitor


def test_every_route_but_the_listed_ones_asks_who_you_are(app: Flask) -> None:
    client = app.test_client()
    walked = set()
    for rule in app.url_map.iter_rules():
        walked.add(rule.endpoint)
        if rule.endpoint in OPEN_ENDPOINTS:
            continue
        path = rule.build(dict.fromkeys(rule.arguments, "1"), append_unknown=False)
        assert path is not None
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
            answer = client.open(path[1], method=method)
            # A form without a token is refused before anything else is looked at.
            expected = 303 if method == "GET" else 400
            assert answer.status_code == expected, (rule, method)
            if method == "GET":
                assert answer.location.startswith(f"{PREFIX}/sign-in?next=")
    assert walked >= OPEN_ENDPOINTS
    assert len(walked) > 15


def test_posting_with_a_token_but_no_session_is_refused_too(app: Flask, stranger: Visitor) -> None:
    stranger.get("sign-in")
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.endpoint not in OPEN_ENDPOINTS:
            path = rule.build(dict.fromkeys(rule.arguments, "1"), append_unknown=False)
            assert path is not None
            answer = stranger.post(path[1].removeprefix(PREFIX + "/"), follow=False)
            assert answer.status_code == 303, rule
            assert "/sign-in" in answer.location


def test_signing_in_leads_to_where_one_wanted_to_go(stranger: Visitor) -> None:
    answer = stranger.get("deliveries?show=problems")
    assert answer.location == f"{PREFIX}/sign-in?next={PREFIX}/deliveries?show%3Dproblems"
    stranger.get(answer.location.removeprefix(PREFIX + "/"))
    answer = stranger.post(
        "sign-in", follow=False, login="e", password=PASSWORD, next=f"{PREFIX}/deliveries?show=problems"
    )
    assert answer.location == f"{PREFIX}/deliveries?show=problems"


@pytest.mark.parametrize("target", ["//evil.example/console/", "https://evil.example", "/\\evil.example", "/consoles"])
def test_no_way_out_of_the_console_after_signing_in(stranger: Visitor, target: str) -> None:
    stranger.get("sign-in")
    answer = stranger.post("sign-in", follow=False, login="e", password=PASSWORD, next=target)
    assert answer.location == f"{PREFIX}/"
    assert not is_inside(target)


@pytest.mark.parametrize(("login", "password"), [("e", "wrong"), ("nobody", PASSWORD), ("", ""), ("e", "")])
def test_a_wrong_name_and_a_wrong_password_are_answered_alike(stranger: Visitor, login: str, password: str) -> None:
    answer = stranger.sign_in(login, password)
    assert answer.status_code == 401
    assert "SIG-101" in answer.text
    assert stranger.get("").status_code == 303


def test_after_ten_failures_the_name_has_to_wait_and_others_need_not(app: Flask, stranger: Visitor) -> None:
    for _ in range(10):
        assert stranger.sign_in("e", "wrong").status_code == 401
    answer = stranger.sign_in()
    assert answer.status_code == 429
    assert "SIG-429" in answer.text
    assert Visitor(app.test_client()).sign_in("n").status_code == 200


def test_a_stranger_elsewhere_does_not_lock_the_editor_out(app: Flask, stranger: Visitor) -> None:
    for _ in range(11):
        stranger.sign_in("e", "wrong")
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert Visitor(elsewhere).sign_in().status_code == 200


def test_signing_in_well_many_times_is_no_offence(app: Flask) -> None:
    for _ in range(12):
        assert Visitor(app.test_client()).sign_in().status_code == 200


def test_signing_out_ends_it(editor: Visitor) -> None:
    editor.get("")
    assert editor.post("sign-out", follow=False).status_code == 303
    assert editor.get("").status_code == 303


def test_a_new_password_ends_old_sessions(house: Services, editor: Visitor) -> None:
    assert editor.get("").status_code == 200
    editor.post("sign-out")
    assert editor.sign_in().status_code == 200
    administering.give_password(house, actor=Actor("cli:root"), user_id=1, now=datetime.now(UTC))
    answer = editor.get("")
    assert answer.status_code == 303
    assert "密码已更改" in editor.get(answer.location.removeprefix("/console/")).text


def test_a_user_who_left_is_out_at_once(house: Services, editor: Visitor) -> None:
    with house.db.writing() as session:
        session.get_one(User, 1).active = False
    assert editor.get("").status_code == 303


def test_the_session_cookie_is_for_the_console_alone_and_out_of_scripts_reach(stranger: Visitor) -> None:
    stranger.get("sign-in")
    answer = stranger.post("sign-in", follow=False, login="e", password=PASSWORD)
    cookie = answer.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Lax", "Path=/console", "Expires="):
        assert part in cookie
    assert "Secure" not in cookie


def test_a_form_without_its_token_does_nothing(editor: Visitor) -> None:
    editor.token = "made-up"
    answer = editor.post("interpretations/new", do="save", title="甲", body="一")
    assert answer.status_code == 400
    assert "SIG-400" in answer.text
    assert "甲" not in editor.get("").text


def test_a_script_is_told_to_sign_in_again_or_to_ask_for_a_new_token(stranger: Visitor) -> None:
    fetching = {"X-Requested-With": "fetch"}
    assert stranger.client.post("/console/preview", headers=fetching).status_code == 401
    assert stranger.client.get("/console/token", headers=fetching).status_code == 401
    stranger.sign_in()
    assert stranger.client.post("/console/preview", headers=fetching).status_code == 400
    # Not the page that lets a person send a form once more: a script would take it for the answer.
    assert (
        stranger.client.post("/console/preview", data={"title": "甲", "body": "一"}, headers=fetching).status_code
        == 400
    )
    stranger.token = stranger.client.get("/console/token", headers=fetching).get_json()["token"]
    assert stranger.post("preview", title="甲", body="一").status_code == 200


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = secret_key(tmp_path)
    assert secret_key(tmp_path) == first
    assert len(first) == 32
    assert [p.name for p in tmp_path.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
