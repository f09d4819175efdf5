"""Who may do what, where: by role, by office, by area and everything below it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hub.domain.areas import LEVELS
from hub.domain.refusals import Refusal
from hub.domain.roles import RIGHTS, Level, Right, Role
from hub.models import Area, Grant, Office, User
from hub.permissions import everywhere, grants_at, levels_of, may, offices, require, rights_at
from hub.services import Services
from hub.workflow import Actor
from tests.fakes import make_services

NOW = datetime(2026, 5, 4, 1, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[Services]:
    """A city with a district, that with a town; an office in each; on both databases."""
    services = make_services(tmp_path / "var", database_url=database_url)
    with services.db.writing() as session:
        city = Area(name="市", level="city")
        district = Area(name="区", level="district", parent=city)
        town = Area(name="镇", level="town", parent=district)
        session.add_all([city, district, town])
        session.flush()
        session.add_all([Office(name=a.name, area_id=a.id) for a in (city, district, town)])
    yield services
    services.db.close()


def person(session: Session, *grants: Grant, active: bool = True) -> Actor:
    user = User(login="p", name="某人", password_hash="x", office_id=1, created_at=NOW, active=active)
    session.add(user)
    session.flush()
    for grant in grants:
        grant.user_id = user.id
        session.add(grant)
    session.flush()
    return Actor(f"user:{user.id}", user.id)


def place(session: Session, name: str) -> tuple[int, int]:
    """The ids of the area and its office."""
    area = session.query(Area).filter_by(name=name).one()
    return area.id, session.query(Office).filter_by(name=name).one().id


@pytest.mark.parametrize("role", list(Role))
def test_a_role_gives_its_rights_for_its_office_and_nothing_elsewhere(house: Services, role: Role) -> None:
    with house.db.writing() as session:
        _, district = place(session, "区")
        actor = person(session, Grant(role=role, office_id=district))
        assert rights_at(session, actor.user_id or 0, district) == RIGHTS[role]
        for right in Right:
            assert may(session, actor, right, district) is (right in RIGHTS[role])
            assert not may(session, actor, right, place(session, "镇")[1])
            assert not may(session, actor, right, place(session, "市")[1])


def test_a_grant_for_an_area_holds_for_every_office_below_it_and_none_above(house: Services) -> None:
    with house.db.writing() as session:
        area, district = place(session, "区")
        town, city = place(session, "镇")[1], place(session, "市")[1]
        actor = person(session, Grant(role=Role.PUBLISHER, area_id=area))
        require(session, actor, Right.PUBLISH, district)
        require(session, actor, Right.PUBLISH, district, town)
        assert set(session.scalars(offices(actor.user_id or 0, Right.PUBLISH))) == {district, town}
        assert set(session.scalars(offices(actor.user_id or 0, Right.WRITE))) == set()
        for wanted in ((city,), (district, city)):
            with pytest.raises(Refusal, match="PER-403"):
                require(session, actor, Right.PUBLISH, *wanted)


def test_the_offices_of_a_right_are_those_for_which_it_is_granted_at_every_level(house: Services) -> None:
    """Two ways of asking, one for an office and one for all, give the same answer."""
    with house.db.writing() as session:
        town = session.query(Area).filter_by(name="镇").one()
        for number in range(3):
            village = Area(name=f"村{number}", level="village", parent=town)
            session.add(village)
            session.flush()
            session.add(Office(name=village.name, area_id=village.id))
        session.flush()
        assert set(session.scalars(select(Area.level))) == set(LEVELS)
        every = session.scalars(select(Office.id)).all()
        for number, area in enumerate(session.scalars(select(Area)).all()):
            user = User(login=f"u{number}", name="某", password_hash="x", office_id=1, created_at=NOW, active=True)
            session.add(user)
            session.flush()
            session.add(Grant(user_id=user.id, role=Role.WRITER, area_id=area.id))
            session.flush()
            held = {office for office in every if Right.WRITE in rights_at(session, user.id, office)}
            assert held
            assert set(session.scalars(offices(user.id, Right.WRITE))) == held
            assert everywhere(session, user.id, Right.WRITE) is (held == set(every))
            assert not everywhere(session, user.id, Right.PUBLISH)


def test_everywhere_is_below_each_of_the_highest_areas(house: Services) -> None:
    with house.db.writing() as session:
        first, *others = session.scalars(select(Area.id).where(Area.parent_id.is_(None))).all()
        actor = person(session, Grant(role=Role.WRITER, area_id=first))
        for other in others:
            assert not everywhere(session, actor.user_id or 0, Right.WRITE)
            session.add(Grant(user_id=actor.user_id, role=Role.WRITER, area_id=other))
            session.flush()
        assert others
        assert everywhere(session, actor.user_id or 0, Right.WRITE)
        every = set(session.scalars(select(Office.id)))
        assert set(session.scalars(offices(actor.user_id or 0, Right.WRITE))) == every
        session.get_one(User, actor.user_id).active = False
        session.flush()
        assert not everywhere(session, actor.user_id or 0, Right.WRITE)


def test_everywhere_is_where_there_are_offices(house: Services) -> None:
    """An area above that has no office of its own takes nothing away; with one it does."""
    with house.db.writing() as session:
        tops = session.scalars(select(Area).where(Area.parent_id.is_(None))).all()
        above = Area(name="大区", level="city")
        empty = Area(name="新区", level="district", parent=above)
        session.add_all([above, empty])
        session.flush()
        for top in tops:
            top.parent_id = above.id
        actor = person(session, *(Grant(role=Role.WRITER, area_id=top.id) for top in tops))
        assert everywhere(session, actor.user_id or 0, Right.WRITE)
        session.add(Office(name="新区办公室", area_id=empty.id))
        session.flush()
        assert not everywhere(session, actor.user_id or 0, Right.WRITE)


def test_who_is_not_active_may_nothing(house: Services) -> None:
    with house.db.writing() as session:
        actor = person(session, Grant(role=Role.WRITER, office_id=1), active=False)
        assert not may(session, actor, Right.READ, 1)
        assert set(session.scalars(offices(actor.user_id or 0, Right.READ))) == set()


def test_the_machines_operator_may_everything(house: Services) -> None:
    with house.db.reading() as session:
        for right in Right:
            require(session, Actor("cli:root"), right, 1, 2)


def test_a_reviewer_signs_the_levels_named_and_any_without_a_name(house: Services) -> None:
    with house.db.writing() as session:
        first = Grant(role=Role.REVIEWER, level=Level.FIRST, office_id=1)
        final = Grant(role=Role.REVIEWER, level=Level.FINAL, office_id=1)
        actor = person(session, Grant(role=Role.WRITER, office_id=1), first, final)
        assert levels_of(grants_at(session, actor.user_id or 0, 1)) == {Level.FIRST, Level.FINAL}
        session.add(Grant(user_id=actor.user_id, role=Role.REVIEWER, office_id=1))
        session.flush()
        assert levels_of(grants_at(session, actor.user_id or 0, 1)) == set(Level)


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "king", "office_id": 1},
        {"role": Role.WRITER},
        {"role": Role.WRITER, "office_id": 1, "area_id": 1},
        {"role": Role.WRITER, "level": Level.FIRST, "office_id": 1},
    ],
)
def test_the_database_refuses_a_grant_that_means_nothing(house: Services, wrong: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), house.db.writing() as session:
        person(session, Grant(**wrong))
