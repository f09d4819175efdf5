"""Signing in by an outside service, against one in a process of its own: who somebody is, never what they may."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from hub import create_app
from hub.config import SettingsError, load
from hub.console.signing_in import limiter
from hub.domain.roles import Role
from hub.models import Grant, Identity, SignIn, User
from hub.services import Services
from tests.console.conftest import HASH, Visitor
from tests.fakes import NOW, Plain, make_services

pytestmark = [pytest.mark.enable_socket, pytest.mark.processes]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of the running service."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.people.provider", str(port), "yigao", "s3cret/+"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}"
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with suppress(OSError):
                urllib.request.urlopen(f"{address}/keys", timeout=2).close()
                break
            time.sleep(0.1)
        yield address
        process.terminate()


@pytest.fixture
def house(tmp_path: Path, issuer: str) -> Iterator[Services]:
    """An office whose settings name the service; its user `e` has the address e@x.example."""
    services = make_services(
        tmp_path / "var",
        Plain(),
        public_url="http://localhost/",
        oidc_issuer=issuer,
        oidc_client_id="yigao",
        oidc_client_secret="s3cret/+",
        oidc_login_claim="preferred_username",
        oidc_internal=True,
    )
    with services.db.writing() as session:
        user = session.get_one(User, 1)
        user.email, user.password_hash = "e@x.example", HASH
    yield services
    services.db.close()


@pytest.fixture
def app(house: Services) -> Flask:
    made = create_app(house)
    limiter.reset()
    return made


def told(issuer: str, path: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"{issuer}/{path}", body, headers), timeout=10).close()


def person(issuer: str, **claims: object) -> None:
    """Whom the service will sign in."""
    told(issuer, "as", json.dumps({"sub": "s-1", "email": "e@x.example", "email_verified": True, **claims}).encode())


def away(visitor: Visitor) -> str:
    """To the service and as far as its answer: the address that the browser is sent back to."""
    answer = visitor.get("sign-in/outside?next=/console/deliveries")
    assert answer.status_code == 303, answer.text

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_args: object) -> None:
            return None

    try:
        urllib.request.build_opener(Stay).open(answer.location, timeout=10)
    except urllib.error.HTTPError as error:
        back = urlsplit(error.headers["Location"])
        error.close()
        return f"{back.path.removeprefix('/console/')}?{back.query}"
    raise AssertionError("no redirect")


def test_the_button_is_there_when_the_settings_name_a_service(app: Flask) -> None:
    page = Visitor(app.test_client()).get("sign-in").text
    assert "用单位统一身份认证登录" in page


def test_a_verified_address_signs_in_and_the_service_is_remembered(app: Flask, house: Services, issuer: str) -> None:
    person(issuer, email="E@X.example")
    visitor = Visitor(app.test_client())
    answer = visitor.get(away(visitor))
    assert answer.status_code == 303
    assert answer.location == "/console/deliveries"
    assert visitor.get("").status_code == 200
    person(issuer, email="new@x.example")
    again = Visitor(app.test_client())
    assert again.get(away(again)).status_code == 303
    with house.db.reading() as session:
        assert session.scalars(select(Identity.subject)).all() == ["s-1"]
        assert set(session.scalars(select(SignIn.way))) == {"oidc"}


def test_a_login_named_by_the_claim_signs_in(app: Flask, issuer: str) -> None:
    person(issuer, sub="s-2", email="", preferred_username="E")
    visitor = Visitor(app.test_client())
    assert visitor.get(away(visitor)).status_code == 303
    assert visitor.get("").status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "stranger@x.example"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": "", "groups": ["admin"], "roles": ["administrator"]},
    ],
)
def test_whom_nobody_made_a_user_is_not_let_in(
    app: Flask, house: Services, issuer: str, claims: dict[str, object]
) -> None:
    person(issuer, sub="s-9", **claims)
    visitor = Visitor(app.test_client())
    answer = visitor.get(away(visitor))
    assert answer.status_code == 404
    assert "SIG-404" in answer.text
    assert visitor.get("").status_code == 303
    with house.db.reading() as session:
        assert session.query(User).count() == 1


def test_the_service_gives_no_role(app: Flask, house: Services, issuer: str) -> None:
    with house.db.writing() as session:
        session.add(User(login="w", name="写", email="w@x.example", password_hash=HASH, office_id=1, created_at=NOW))
    person(issuer, sub="s-3", email="w@x.example", roles=["administrator"], groups=["admins"])
    visitor = Visitor(app.test_client())
    assert visitor.get(away(visitor)).status_code == 303
    assert visitor.get("users").status_code == 403
    with house.db.reading() as session:
        assert session.query(Grant).filter(Grant.user_id != 1, Grant.role == Role.ADMINISTRATOR).count() == 0


def test_who_is_deactivated_is_not_let_in(app: Flask, house: Services, issuer: str) -> None:
    person(issuer)
    visitor = Visitor(app.test_client())
    visitor.get(away(visitor))
    with house.db.writing() as session:
        session.get_one(User, 1).active = False
    assert Visitor(app.test_client()).get("").status_code == 303
    again = Visitor(app.test_client())
    assert again.get(away(again)).status_code == 404


def test_an_address_that_was_given_to_somebody_else_takes_nobody_over(app: Flask, house: Services, issuer: str) -> None:
    person(issuer)
    first = Visitor(app.test_client())
    first.get(away(first))
    person(issuer, sub="s-other")
    second = Visitor(app.test_client())
    assert second.get(away(second)).status_code == 404


@pytest.mark.parametrize("how", ["nonce", "aud", "iss", "exp", "key", "none"])
def test_an_answer_that_does_not_verify_is_refused(app: Flask, issuer: str, how: str) -> None:
    person(issuer)
    visitor = Visitor(app.test_client())
    back = away(visitor)
    told(issuer, "wrong", how.encode())
    answer = visitor.get(back)
    assert answer.status_code == 403
    assert "SIG-403" in answer.text
    assert visitor.get("").status_code == 303


def test_an_answer_to_another_browser_is_refused(app: Flask, issuer: str) -> None:
    person(issuer)
    mine, other = Visitor(app.test_client()), Visitor(app.test_client())
    back = away(mine)
    assert "SIG-401" in other.get(back).text
    away(other)
    assert "SIG-401" in other.get(back).text
    assert mine.get(back).status_code == 303
    assert "SIG-401" in mine.get(back).text or mine.get("").status_code == 200


def test_a_service_that_is_away_or_is_another_is_said(tmp_path: Path, issuer: str) -> None:
    services = make_services(
        tmp_path / "other",
        Plain(),
        public_url="http://localhost/",
        oidc_issuer=issuer.replace("127.0.0.1", "localhost"),
        oidc_client_id="yigao",
        oidc_internal=True,
    )
    answer = Visitor(create_app(services).test_client()).get("sign-in/outside")
    assert "SIG-402" in answer.text
    services.db.close()


@pytest.mark.parametrize(
    "settings",
    [
        {"oidc_issuer": "https://sso.example"},
        {"oidc_issuer": "http://sso.example", "oidc_client_id": "c", "public_url": "https://x.example/"},
        {"oidc_issuer": "sso.example", "oidc_client_id": "c", "public_url": "https://x.example/"},
    ],
)
def test_settings_that_lack_something_stop_the_start(settings: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="oidc"):
        load(**settings)
