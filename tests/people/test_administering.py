"""What an administrator may do with people, and what nobody may: reach beyond their places, raise themselves, lock out
the last of their kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.refusals import Refusal
from hub.domain.roles import Level, Role
from hub.models import Event, Grant, SignIn, User
from hub.people import administering, passwords, places, sign_ins
from hub.people.places import Place
from hub.people.sign_ins import Way
from hub.workflow import Actor
from tests.people.conftest import CITY, EAST, WEST, Town, administers


@pytest.fixture
def west(town: Town) -> Actor:
    """The administrator of the western office."""
    return town.add("west", 2, administers(office=2))


@pytest.fixture
def city(town: Town) -> Actor:
    """The administrator of the city and all below it."""
    return town.add("city", 2, administers(area=CITY))


def code_of(run: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refusal:
        run()
    assert refusal.value.words.zh
    assert refusal.value.words.en
    return refusal.value.code


def give(town: Town, actor: Actor, who: str, role: Role = Role.WRITER, level: Level | None = None, **place: int) -> int:
    return administering.give(
        town.services,
        actor=actor,
        user_id=town.people[who],
        role=role,
        level=level,
        place=Place(**place),
        now=town.now,
    )


def create(town: Town, actor: Actor, **how: Any) -> tuple[int, str]:
    values = {"login": "wen.jing", "name": "闻静", "email": "", "office_id": 2, **how}
    return administering.create(town.services, actor=actor, now=town.now, **values)


def kinds(town: Town) -> list[str]:
    with town.services.db.reading() as session:
        return list(session.scalars(select(Event.kind).order_by(Event.id)))


def test_a_new_user_has_a_password_for_one_use_and_no_role(town: Town, west: Actor) -> None:
    id_, password = create(town, west, login=" Wen.Jing ", email="WEN@x.gov.example")
    assert passwords.authenticate(town.services, "wen.jing", password, town.now) == id_
    with town.services.db.reading() as session:
        user = session.get_one(User, id_)
        assert (user.email, user.one_time_until) == ("wen@x.gov.example", town.now + passwords.ONE_TIME)
        assert session.scalars(select(Grant).where(Grant.user_id == id_)).all() == []
        event = session.scalars(select(Event)).one()
        assert (event.kind, event.subject_id, event.office_id) == ("user.created", id_, 2)
        assert password not in str(event.after)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"login": "x"}, "USR-101"),
        ({"login": "两个字"}, "USR-101"),
        ({"login": "-a"}, "USR-101"),
        ({"name": "  "}, "USR-102"),
        ({"name": "字" * 61}, "USR-102"),
        ({"email": "no address"}, "USR-103"),
        ({"login": "WEST"}, "USR-106"),
        ({"office_id": 3}, "PER-403"),
    ],
)
def test_a_user_that_can_not_be_is_refused(town: Town, west: Actor, how: dict[str, Any], code: str) -> None:
    assert code_of(lambda: create(town, west, **how)) == code
    assert kinds(town) == []


def test_two_users_do_not_share_an_address(town: Town, west: Actor) -> None:
    create(town, west, email="a@x.example")
    assert code_of(lambda: create(town, west, login="other", email="A@x.example")) == "USR-107"


def test_roles_are_given_within_ones_own_places_only(town: Town, west: Actor, city: Actor) -> None:
    town.add("yan", 2)
    give(town, west, "yan", office_id=2)
    assert code_of(lambda: give(town, west, "yan", office_id=3)) == "USR-406"
    assert code_of(lambda: give(town, west, "yan", area_id=WEST)) == "USR-406"
    assert code_of(lambda: give(town, west, "yan", area_id=CITY)) == "USR-406"
    assert code_of(lambda: give(town, west, "yan", area_id=999)) == "USR-406"
    for place in ({"office_id": 3}, {"area_id": EAST}, {"area_id": CITY}):
        give(town, city, "yan", Role.PUBLISHER, **place)
    give(town, Actor("cli:root"), "yan", Role.PUBLISHER, area_id=1)
    assert kinds(town) == ["grant.given"] * 5


def test_nobody_raises_themselves(town: Town, west: Actor, city: Actor) -> None:
    assert code_of(lambda: give(town, west, "west", Role.PUBLISHER, office_id=2)) == "USR-403"
    assert code_of(lambda: give(town, city, "city", Role.PUBLISHER, office_id=2)) == "USR-403"
    with town.services.db.reading() as session:
        own = session.scalars(select(Grant.id).where(Grant.user_id == west.user_id)).one()
    assert code_of(lambda: administering.take(town.services, actor=west, grant_id=own, now=town.now)) == "USR-403"


@pytest.mark.parametrize("role", [Role.WRITER, Role.REVIEWER, Role.PUBLISHER])
def test_no_other_role_gives_roles(town: Town, role: Role) -> None:
    actor = town.add("other", 2, Grant(role=role, office_id=2))
    town.add("yan", 2)
    assert code_of(lambda: give(town, actor, "yan", office_id=2)) == "USR-404"
    assert code_of(lambda: create(town, actor)) == "PER-403"


def test_a_role_is_given_once_and_levels_are_reviewers(town: Town, west: Actor) -> None:
    town.add("yan", 2)
    give(town, west, "yan", Role.REVIEWER, Level.FIRST, office_id=2)
    give(town, west, "yan", Role.REVIEWER, Level.FINAL, office_id=2)
    assert code_of(lambda: give(town, west, "yan", Role.REVIEWER, Level.FIRST, office_id=2)) == "USR-105"
    assert code_of(lambda: give(town, west, "yan", Role.WRITER, Level.FIRST, office_id=2)) == "USR-104"


def test_another_offices_people_are_not_there(town: Town, west: Actor) -> None:
    town.add("east", 3)
    assert code_of(lambda: give(town, west, "east", office_id=2)) == "USR-404"
    who: dict[str, Any] = {"actor": west, "user_id": town.people["east"], "now": town.now}
    for verb in (
        administering.give_password,
        administering.reset_factor,
        administering.end_sign_ins,
        administering.unlock,
    ):
        assert code_of(lambda verb=verb: verb(town.services, **who)) == "USR-404"
    assert code_of(lambda: administering.set_active(town.services, active=False, **who)) == "USR-404"


def test_whoever_may_act_elsewhere_is_not_helped_into_by_a_lesser_administrator(town: Town, west: Actor) -> None:
    town.add("both", 2, Grant(role=Role.PUBLISHER, office_id=2), Grant(role=Role.PUBLISHER, office_id=3))
    who: dict[str, Any] = {"actor": west, "user_id": town.people["both"], "now": town.now}
    assert code_of(lambda: administering.give_password(town.services, **who)) == "USR-407"
    assert code_of(lambda: administering.reset_factor(town.services, **who)) == "USR-407"
    mail = {"name": "both", "email": "mine@x.example", "office_id": 2}
    assert code_of(lambda: administering.change(town.services, **mail, **who)) == "USR-407"
    # Ending is always possible: it opens nothing.
    administering.end_sign_ins(town.services, **who)
    administering.set_active(town.services, active=False, **who)
    assert code_of(lambda: administering.set_active(town.services, active=True, **who)) == "USR-407"


def test_the_last_administrator_of_a_place_stays(town: Town, west: Actor, city: Actor) -> None:
    with town.services.db.reading() as session:
        of_city, of_west = (
            session.scalars(select(Grant.id).where(Grant.user_id == actor.user_id)).one() for actor in (city, west)
        )
    machine = Actor("cli:root")
    assert (
        code_of(lambda: administering.take(town.services, actor=machine, grant_id=of_city, now=town.now)) == "USR-409"
    )
    off: dict[str, Any] = {"actor": machine, "active": False, "now": town.now}
    assert code_of(lambda: administering.set_active(town.services, user_id=city.user_id or 0, **off)) == "USR-409"
    # The city's administrator is still above the western office.
    administering.take(town.services, actor=city, grant_id=of_west, now=town.now)
    assert kinds(town) == ["grant.taken"]


def test_a_deactivated_person_is_out_and_stays_in_the_records(town: Town, west: Actor) -> None:
    yan = town.add("yan", 2, Grant(role=Role.WRITER, office_id=2))
    with town.services.db.writing() as session:
        sign_ins.begin(session, town.user(session, "yan"), way=Way.PASSWORD, now=town.now, hours=8)
    who: dict[str, Any] = {"actor": west, "user_id": yan.user_id or 0, "now": town.now}
    administering.set_active(town.services, active=False, **who)
    administering.set_active(town.services, active=False, **who)
    with town.services.db.reading() as session:
        assert session.scalars(select(SignIn.ended_why)).one() == "deactivated"
        assert not town.user(session, "yan").active
    administering.set_active(town.services, active=True, **who)
    assert kinds(town) == ["user.deactivated", "user.activated"]
    assert (
        code_of(
            lambda: administering.set_active(
                town.services, active=False, actor=west, user_id=west.user_id or 0, now=town.now
            )
        )
        == "USR-405"
    )


def test_moving_to_another_office_needs_both(town: Town, west: Actor, city: Actor) -> None:
    yan = town.add("yan", 2)
    values = {"user_id": yan.user_id or 0, "name": "言清和", "email": "", "office_id": 3, "now": town.now}
    assert code_of(lambda: administering.change(town.services, actor=west, **values)) == "PER-403"
    administering.change(town.services, actor=city, **values)
    with town.services.db.reading() as session:
        assert town.user(session, "yan").office_id == 3
        assert session.scalars(select(Event)).one().after == {"name": "言清和", "office_id": 3}
    administering.change(town.services, actor=city, **values)
    assert kinds(town) == ["user.changed"]


def test_nobody_gives_themselves_a_password_or_forgets_their_own_factor(town: Town, west: Actor) -> None:
    me: dict[str, Any] = {"actor": west, "user_id": west.user_id or 0, "now": town.now}
    assert code_of(lambda: administering.give_password(town.services, **me)) == "USR-408"
    assert code_of(lambda: administering.reset_factor(town.services, **me)) == "USR-403"


def test_places_to_choose_are_those_one_may_give(town: Town, west: Actor, city: Actor) -> None:
    with town.services.db.reading() as session:
        office = town.user(session, "west").office
        assert [key for key, _, _ in places.choices(session, west, office, "区")] == ["office:2"]
        offered = [key for key, _, _ in places.choices(session, city, office, "东湖")]
        assert set(offered) == {"office:2", f"area:{WEST}", f"area:{CITY}", "office:3", f"area:{EAST}"}


@pytest.mark.parametrize("text", ["", "office", "office:", "office:x", "town:1", "area:-1"])
def test_a_place_that_can_not_be_read_is_refused(text: str) -> None:
    assert code_of(lambda: Place.read(text)) == "USR-108"
    assert str(Place.read("area:7")) == "area:7"
