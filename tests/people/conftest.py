"""Two districts of a city with an office and people in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from hub.domain.roles import Role
from hub.models import Area, Grant, Office, User
from hub.people import passwords
from hub.services import Services
from hub.workflow import Actor
from tests.fakes import NOW, make_services

QUICK = PasswordHasher(time_cost=1, memory_cost=64)
PASSWORD = "稿纸 朱批 晚风 渡口"


@dataclass
class Town:
    """Areas: 1 锦溪区 (office 1), 2 a city above districts 3 (office 2) and 4 (office 3)."""

    services: Services
    now: datetime = NOW
    people: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, office: int = 2, *grants: Grant) -> Actor:
        """A person of the office with these grants."""
        with self.services.db.writing() as session:
            user = User(
                login=name, name=name, password_hash=QUICK.hash(PASSWORD), office_id=office, created_at=self.now
            )
            session.add(user)
            session.flush()
            for grant in grants:
                grant.user_id = user.id
                session.add(grant)
            self.people[name] = user.id
            return Actor(f"user:{user.id}", user.id)

    def user(self, session: Session, name: str) -> User:
        """The person."""
        return session.get_one(User, self.people[name])


CITY, WEST, EAST = 2, 3, 4


def administers(*, office: int | None = None, area: int | None = None) -> Grant:
    """An administrator's grant."""
    return Grant(role=Role.ADMINISTRATOR, office_id=office, area_id=area)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """The city."""
    monkeypatch.setattr(passwords, "HASHER", QUICK)
    services = make_services(tmp_path / "var")
    with services.db.writing() as session:
        city = Area(name="蜀江市", level="city")
        session.add(city)
        session.flush()
        for name in ("西岭区", "东湖区"):
            area = Area(name=name, level="district", parent_id=city.id)
            session.add(area)
            session.flush()
            session.add(Office(name=f"{name}办公室", area_id=area.id))
    yield Town(services)
    services.db.close()
