"""Who writes and who reviews in the tests' office."""

from __future__ import annotations

from hub.domain.roles import Level, Role
from hub.models import Grant, Revision, User
from hub.services import Services
from hub.workflow import Actor
from tests.fakes import NOW

NAMES = {Level.FIRST: "甄字正", Level.SECOND: "傅再思", Level.FINAL: "钟定稿"}


def hire(services: Services, login: str, *roles: str, name: str = "", office: int = 1, hashed: str = "x") -> Actor:
    """A new user of the office with these roles ("writer", "reviewer:first"), as an actor."""
    with services.db.writing() as session:
        user = User(login=login, name=name or login, password_hash=hashed, office_id=office, created_at=NOW)
        session.add(user)
        session.flush()
        for given in roles:
            role, _, level = given.partition(":")
            session.add(Grant(user_id=user.id, role=Role(role), level=level, office_id=office))
        return Actor(f"user:{user.id}", user.id)


def reviewers(services: Services, hashed: str = "x") -> dict[Level, Actor]:
    """A reviewer for each level."""
    return {
        level: hire(services, f"{level.value}-reviewer", f"reviewer:{level.value}", name=name, hashed=hashed)
        for level, name in NAMES.items()
    }


def hash_of(services: Services, revision: int) -> str:
    """The content hash of the version."""
    with services.db.reading() as session:
        return session.get_one(Revision, revision).content_hash
