"""The second factor: the telephone's code once, codes on paper once each, wanted by the office, sealed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyotp
import pytest

from hub.domain.refusals import Refusal
from hub.domain.roles import Role
from hub.models import Grant, Office, User
from hub.people import administering, second_factor
from hub.secretbox import KEYS_FILE
from hub.workflow import Actor
from tests.people.conftest import Town, administers

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(at: datetime) -> str:
    return pyotp.TOTP(SEED).at(at)


def on(town: Town, actor: Actor) -> list[str]:
    return second_factor.turn_on(town.services, actor=actor, seed=SEED, code=code(town.now), keep=None, now=town.now)


def later(town: Town, **units: float) -> datetime:
    town.now += timedelta(**units)
    return town.now


def test_it_is_on_only_after_a_code_was_typed(town: Town) -> None:
    actor = town.add("yan")
    with pytest.raises(Refusal, match="SIG-301"):
        second_factor.turn_on(town.services, actor=actor, seed=SEED, code="000000", keep=None, now=town.now)
    assert len(set(on(town, actor))) == second_factor.CODES
    with town.services.db.reading() as session:
        assert SEED not in town.user(session, "yan").totp


def test_a_code_works_once_and_not_after_a_later_one(town: Town) -> None:
    actor = town.add("yan")
    on(town, actor)
    user = actor.user_id or 0
    assert not second_factor.passes(town.services, user, code(town.now), town.now), "the code of the setting up again"
    before = code(town.now)
    now = later(town, seconds=30)
    assert second_factor.passes(town.services, user, f" {code(now)[:3]} {code(now)[3:]} ", now)
    assert not second_factor.passes(town.services, user, code(now), now)
    assert not second_factor.passes(town.services, user, before, now)


@pytest.mark.parametrize(("seconds", "passes"), [(-90, False), (-30, True), (0, True), (30, True), (90, False)])
def test_a_telephone_may_be_half_a_minute_off(town: Town, seconds: int, passes: bool) -> None:
    actor = town.add("yan")
    on(town, actor)
    now = later(town, minutes=10)
    assert (
        second_factor.passes(town.services, actor.user_id or 0, code(now + timedelta(seconds=seconds)), now) is passes
    )


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６７", "' or 1=1"])
def test_what_is_no_code_is_none(town: Town, typed: str) -> None:
    actor = town.add("yan")
    on(town, actor)
    assert not second_factor.passes(town.services, actor.user_id or 0, typed, later(town, minutes=1))


def test_a_code_on_paper_works_once_however_it_is_typed(town: Town) -> None:
    actor = town.add("yan")
    codes = on(town, actor)
    user = actor.user_id or 0
    assert second_factor.recovers(town.services, user, codes[0].lower().replace("-", " "), town.now)
    assert not second_factor.recovers(town.services, user, codes[0], town.now)
    assert not second_factor.recovers(town.services, user, "", town.now)
    with town.services.db.reading() as session:
        assert second_factor.codes_left(session, user) == second_factor.CODES - 1


def test_new_codes_replace_the_old_ones(town: Town) -> None:
    actor = town.add("yan")
    old = on(town, actor)
    now = later(town, minutes=1)
    fresh = second_factor.new_codes(town.services, actor=actor, code=code(now), now=now)
    assert not second_factor.recovers(town.services, actor.user_id or 0, old[0], now)
    assert second_factor.recovers(town.services, actor.user_id or 0, fresh[0], now)


def test_codes_are_their_owners_alone(town: Town) -> None:
    codes = on(town, town.add("yan"))
    other = town.add("wen")
    assert not second_factor.recovers(town.services, other.user_id or 0, codes[0], town.now)
    assert not second_factor.passes(town.services, other.user_id or 0, code(town.now), town.now)


def test_it_is_turned_off_with_a_code_and_not_where_the_office_wants_it(town: Town) -> None:
    actor = town.add("yan", 2, administers(office=2))
    on(town, actor)
    now = later(town, minutes=1)
    with pytest.raises(Refusal, match="SIG-301"):
        second_factor.turn_off(town.services, actor=actor, code="000000", now=now)
    administering.ask_second_factor(
        town.services, actor=actor, office_id=2, roles=frozenset({Role.ADMINISTRATOR}), now=now
    )
    with pytest.raises(Refusal, match="SIG-302"):
        second_factor.turn_off(town.services, actor=actor, code=code(now), now=now)
    administering.ask_second_factor(town.services, actor=actor, office_id=2, roles=frozenset(), now=now)
    second_factor.turn_off(town.services, actor=actor, code=code(now), now=now)
    with town.services.db.reading() as session:
        assert town.user(session, "yan").totp == ""


def test_the_office_wants_it_of_the_roles_that_it_names(town: Town) -> None:
    town.add("writer", 2, Grant(role=Role.WRITER, office_id=2))
    town.add("publisher", 2, Grant(role=Role.PUBLISHER, area_id=3))
    with town.services.db.writing() as session:
        session.get_one(Office, 2).second_factor_roles = "publisher,administrator"
    with town.services.db.reading() as session:
        assert not second_factor.is_wanted(session, town.user(session, "writer"))
        assert second_factor.is_wanted(session, town.user(session, "publisher"))


def test_a_seed_can_be_sealed_anew_and_a_lost_key_is_said(town: Town) -> None:
    actor = town.add("yan")
    on(town, actor)
    town.services.box.rotate()
    with town.services.db.writing() as session:
        assert second_factor.reseal(session, town.services) == 1
        assert second_factor.reseal(session, town.services) == 0
    town.services.box.forget()
    now = later(town, minutes=1)
    assert second_factor.passes(town.services, actor.user_id or 0, code(now), now)
    (town.services.config.data / KEYS_FILE).unlink()
    with pytest.raises(Refusal, match="SIG-303"):
        second_factor.passes(town.services, actor.user_id or 0, code(now), later(town, minutes=1))


def test_the_qr_code_says_whose_and_what_for(town: Town) -> None:
    address = pyotp.parse_uri(second_factor.address(SEED, "yan"))
    assert (address.name, address.issuer, address.secret) == ("yan", second_factor.ISSUER, SEED)
    assert second_factor.picture(SEED, "yan").startswith(b"<?xml")
    assert isinstance(town.add("x"), Actor)
    assert User
