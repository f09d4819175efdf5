"""A console whose database is away says so in a sentence, and goes on when it is back."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from hub import create_app
from hub.console.signing_in import limiter
from hub.models import User
from tests import postgres
from tests.console.conftest import HASH, Visitor
from tests.fakes import Plain, make_services


def test_without_its_database_every_answer_is_503_until_it_is_back(tmp_path: Path) -> None:
    with postgres.own_server() as server, server.database() as address:
        services = make_services(tmp_path / "var", Plain(), database_url=address)
        with services.db.writing() as session:
            session.get_one(User, 1).password_hash = HASH
        editor = Visitor(create_app(services).test_client())
        limiter.reset()
        assert editor.sign_in().status_code == 200
        server.stop()
        for answer in (
            editor.get("", headers={"Accept-Language": "en"}),
            editor.get("deliveries", headers={"X-Requested-With": "fetch"}),
            editor.post("sign-out"),
        ):
            assert answer.status_code == 503
            assert "SYS-503" in answer.text
            assert "Traceback" not in answer.text
            assert answer.headers["Retry-After"].isdigit()
        server.start()
        assert editor.get("").status_code == 200
        services.db.close()


class Deadlock(Exception):
    sqlstate = "40P01"


@pytest.mark.parametrize(
    ("cause", "status", "code"),
    [(Deadlock(), 409, "SYS-409"), (ValueError("server closed the connection"), 503, "SYS-503")],
)
def test_what_the_database_says_decides(app: Flask, cause: Exception, status: int, code: str) -> None:
    with app.test_request_context("/console/"):
        answer = app.make_response(app.handle_user_exception(OperationalError("SELECT secret", {}, cause)))
    assert answer.status_code == status
    assert code in answer.get_data(as_text=True)
    assert "secret" not in answer.get_data(as_text=True)
