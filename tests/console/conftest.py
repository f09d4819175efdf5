"""A console over an office with fake channels, and an editor signed in to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub import create_app
from hub.console.signing_in import limiter
from hub.models import Office, Revision, User
from hub.people import passwords
from hub.services import Services
from tests.fakes import NOW, Plain, Sender, Sited, give_every_role, make_services, sign_off

PASSWORD = "稿纸与朱批"
# Argon2 as quick as it can be: what it costs in earnest is its own tests' business.
QUICK = PasswordHasher(time_cost=1, memory_cost=64)
HASH = QUICK.hash(PASSWORD)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", QUICK)


class Visitor:
    """A browser without scripts: it sends the token that the page it looks at carries."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        return self._seen(self.client.get("/console/" + path, **more))

    def post(self, path: str, follow: bool = True, **data: Any) -> TestResponse:
        sent = {"csrf_token": self.token, **data}
        answer = self.client.post("/console/" + path, data=sent, content_type="multipart/form-data")
        return self._seen(self.client.get(answer.location) if follow and answer.status_code == 303 else answer)

    def sign_in(self, login: str = "e", password: str = PASSWORD, **more: Any) -> TestResponse:
        self.get("sign-in")
        return self.post("sign-in", login=login, password=password, **more)

    def begin(self, login: str = "e") -> None:
        """Sign in and stay at the door, where most tests begin: to see the desk first takes longer than they do."""
        self.get("sign-in")
        assert self.post("sign-in", follow=False, login=login, password=PASSWORD).status_code == 303
        self.token = self.client.get("/console/token").get_json()["token"]

    def _seen(self, answer: TestResponse) -> TestResponse:
        if answer.mimetype == "text/html" and (found := re.search(r'name="csrf_token" value="([^"]+)"', answer.text)):
            self.token = found[1]
        return answer


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Services]:
    """Accounts 1 plain, 2 sender, 3 sited of office 1; office 2 with an editor of its own."""
    services = make_services(tmp_path / "var", Plain(), Sender(), Sited())
    with services.db.writing() as session:
        session.get_one(User, 1).password_hash = HASH
        other = Office(name="邻区办公室", area_id=1)
        session.add(other)
        session.flush()
        neighbour = User(login="n", name="邻居", password_hash=HASH, office_id=other.id, created_at=NOW)
        give_every_role(session, neighbour)
    yield services
    services.db.close()


class Compiled(BytecodeCache):
    """Templates compiled once for all tests, not once for each."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


@pytest.fixture
def app(house: Services) -> Flask:
    made = create_app(house)
    made.jinja_env.bytecode_cache = COMPILED
    limiter.reset()
    return made


@pytest.fixture
def stranger(app: Flask) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(app.test_client())


@pytest.fixture
def editor(stranger: Visitor) -> Visitor:
    """The editor of office 1."""
    stranger.begin()
    return stranger


@pytest.fixture
def neighbour(app: Flask) -> Visitor:
    """The editor of office 2."""
    visitor = Visitor(app.test_client())
    visitor.begin("n")
    return visitor


def sign_newest(visitor: Visitor, id_: int = 1) -> None:
    """As if the reviewers had signed the newest version of the interpretation."""
    services: Services = visitor.client.application.extensions["yigao"]
    with services.db.writing() as session:
        newest = select(Revision).where(Revision.interpretation_id == id_).order_by(Revision.number.desc()).limit(1)
        sign_off(session, session.scalars(newest).one())
