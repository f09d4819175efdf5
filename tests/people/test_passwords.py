"""Passwords: long enough and hard to guess, with a sentence for each rule; changed, given once, hashed anew."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.passwords import require_fit
from hub.domain.refusals import Refusal
from hub.models import SignIn, User
from hub.people import administering, passwords, sign_ins
from hub.people.sign_ins import Way
from hub.workflow import Actor
from tests.people.conftest import PASSWORD, Town

ABOUT = ("yan.qinghe", "言清和", "锦溪区人民政府办公室")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "SIG-201"),
        ("短密码", "SIG-201"),
        ("Ab1!Ab1!x", "SIG-201"),
        ("字" * 201, "SIG-202"),
        ("yan.qinghe-2026", "SIG-203"),
        ("ehgniq.nay and more", "SIG-203"),
        ("我叫言清和，住在河边", "SIG-203"),
        ("锦溪区人民政府办公室加油", "SIG-203"),
        ("Password123!", "SIG-204"),
        ("P@ssw0rd2026", "SIG-204"),
        ("Admin@123456", "SIG-204"),
        ("woaini1314520", "SIG-204"),
        ("zhengwugongkai2026", "SIG-204"),
        ("Qq123456789", "SIG-204"),
        ("我爱中国1234567", "SIG-204"),
        ("13800138000", "SIG-205"),
        ("1990010112", "SIG-205"),
        ("１３８００１３８０００", "SIG-205"),
        ("1q2w3e4r5t6y", "SIG-204"),
        ("1qaz2wsx3edc", "SIG-204"),
        ("poiuytrewq987", "SIG-206"),
        ("hjklhjklhjkl", "SIG-206"),
        ("abcdabcdabcd", "SIG-206"),
        ("aaaaaaaaaaab", "SIG-206"),
        ("甲乙丙丁戊己庚辛壬癸", "SIG-206"),
    ],
)
def test_what_is_guessed_first_is_refused_with_a_sentence(password: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        require_fit(password, ABOUT)
    assert refusal.value.code == code
    assert refusal.value.words.zh
    assert refusal.value.words.en


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "correct horse battery staple",
        "渡口的风吹过三月的稿纸",
        "vk3m-x8qp-zz4t-hw6n",
        "Tr0ub4dor&3xyz",
        "大河向东流 天上的星星",
    ],
)
def test_words_without_a_pattern_are_good_without_capitals_and_signs(password: str) -> None:
    require_fit(password, ABOUT)


@given(st.text(min_size=10, max_size=200))
def test_any_text_is_answered(password: str) -> None:
    with suppress(Refusal):
        require_fit(password, ABOUT)


def test_a_given_password_passes_the_rules() -> None:
    for _ in range(20):
        require_fit(passwords.one_time(), ABOUT)


def test_full_width_digits_of_an_input_method_are_the_plain_ones(town: Town) -> None:
    town.add("yan")
    assert passwords.is_right(passwords.hashed("ａｂｃ１２３ 渡口"), "abc123 渡口")


def signed_in(town: Town, user_id: int) -> int:
    with town.services.db.writing() as session:
        user = session.get_one(User, user_id)
        sign_ins.begin(session, user, way=Way.PASSWORD, now=town.now, hours=8)
        session.flush()
        return session.query(SignIn.id).order_by(SignIn.id.desc()).first()[0]


def change(
    town: Town, actor: Actor, *, old: str = PASSWORD, new: str = "晚风吹过渡口的三盏灯", again: str = "", keep: int = 0
) -> None:
    passwords.change(town.services, actor=actor, old=old, new=new, again=again or new, keep=keep or None, now=town.now)


def test_a_change_ends_every_other_sign_in(town: Town) -> None:
    actor = town.add("yan")
    mine, other = (signed_in(town, actor.user_id or 0) for _ in range(2))
    change(town, actor, keep=mine)
    with town.services.db.reading() as session:
        assert session.get_one(SignIn, mine).ended_at is None
        assert session.get_one(SignIn, other).ended_why == "password"
    assert passwords.authenticate(town.services, "yan", "晚风吹过渡口的三盏灯", town.now) == actor.user_id
    assert passwords.authenticate(town.services, "yan", PASSWORD, town.now) is None


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"old": "falsch"}, "SIG-207"),
        ({"again": "别的密码别的密码别的"}, "SIG-208"),
        ({"new": PASSWORD}, "SIG-209"),
        ({"new": "短"}, "SIG-201"),
    ],
)
def test_a_change_that_can_not_be_is_refused(town: Town, how: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        change(town, town.add("yan"), **how)  # type: ignore[arg-type]
    assert refusal.value.code == code


def test_a_password_for_one_use_runs_out(town: Town) -> None:
    actor = town.add("yan")
    given_ = administering.give_password(
        town.services, actor=Actor("cli:root"), user_id=actor.user_id or 0, now=town.now
    )
    assert passwords.authenticate(town.services, "yan", given_, town.now) == actor.user_id
    assert passwords.authenticate(town.services, "yan", given_, town.now + timedelta(days=4)) is None
    with town.services.db.reading() as session:
        assert town.user(session, "yan").one_time_until == town.now + passwords.ONE_TIME
    change(town, actor, old=given_)
    with town.services.db.reading() as session:
        assert town.user(session, "yan").one_time_until is None


def test_a_hash_made_with_weaker_parameters_is_replaced_at_the_next_sign_in(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = town.add("yan")
    stronger = PasswordHasher(time_cost=2, memory_cost=64)
    monkeypatch.setattr(passwords, "HASHER", stronger)
    assert passwords.authenticate(town.services, "yan", "falsch", town.now) is None
    assert passwords.authenticate(town.services, "yan", PASSWORD, town.now) == actor.user_id
    with town.services.db.reading() as session:
        assert not stronger.check_needs_rehash(town.user(session, "yan").password_hash)
    assert passwords.authenticate(town.services, "yan", PASSWORD, town.now) == actor.user_id


def test_nobody_who_is_not_active_comes_in(town: Town) -> None:
    town.add("yan")
    with town.services.db.writing() as session:
        town.user(session, "yan").active = False
    assert passwords.authenticate(town.services, "yan", PASSWORD, town.now) is None
