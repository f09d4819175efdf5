"""Passwords: hashed with Argon2id, set by their owner or, for one use, by an administrator."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update

from channels.words import Words
from hub.domain.passwords import LONGEST, folded, require_fit
from hub.domain.refusals import Refusal
from hub.models import User
from hub.people.sign_ins import Ended, end_all
from hub.services import Services
from hub.trail import note
from hub.workflow import Actor

HASHER = PasswordHasher()
# What an administrator tells a person must be used soon.
ONE_TIME = timedelta(days=3)
# Without characters that look like others: it is read out over the telephone.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def hashed(password: str) -> str:
    """The hash to store."""
    return HASHER.hash(folded(password))


def is_right(password_hash: str, password: str) -> bool:
    """Whether the password is the one; nobody types more than the longest there may be."""
    try:
        return HASHER.verify(password_hash, folded(password[: LONGEST * 4]))
    except (VerificationError, InvalidHashError):
        return False


def trace(password_hash: str) -> str:
    """What a ticket carries of the password's hash, so that a new password ends it."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]


@cache
def _nobodys_hash() -> str:
    return HASHER.hash(secrets.token_hex(16))


def authenticate(services: Services, login: str, password: str, now: datetime) -> int | None:
    """The id of the active user with this login and password, else None; it takes as long either way. A hash made with
    weaker parameters than today's is replaced. An administrator's password that was not used in time is none.
    """
    with services.db.reading() as session:
        user = session.scalars(select(User).where(User.login == login, User.active)).first()
    known = user.password_hash if user else _nobodys_hash()
    if not is_right(known, password) or user is None:
        return None
    if user.one_time_until is not None and user.one_time_until < now:
        return None
    if HASHER.check_needs_rehash(known):
        with services.db.writing() as session:
            same = User.id == user.id, User.password_hash == known
            session.execute(update(User).where(*same).values(password_hash=hashed(password)))
    return user.id


def change(
    services: Services, *, actor: Actor, old: str, new: str, again: str, keep: int | None, now: datetime
) -> None:
    """Set one's own password; every sign-in of the person ends but the one with the id `keep`. Raises Refusal.

    Hashing takes a while and is done outside the transaction.
    """
    with services.db.reading() as session:
        user = session.get_one(User, actor.user_id)
        about = (user.login, user.name, user.office.name)
    if not is_right(user.password_hash, old):
        raise Refusal("SIG-207", Words("当前密码不正确。", "The present password is not right."))
    if new != again:
        raise Refusal("SIG-208", Words("两次输入的新密码不一致。", "The two new passwords differ."))
    if folded(new) == folded(old):
        raise Refusal("SIG-209", Words("新密码与当前密码相同。", "The new password is the present one."))
    require_fit(new, about)
    fresh = hashed(new)
    with services.db.writing() as session:
        user = session.get_one(User, actor.user_id)
        user.password_hash, user.one_time_until = fresh, None
        end_all(session, user.id, Ended.PASSWORD, now, keep=keep)
        note(session, actor=actor, kind="user.password-changed", subject=user, now=now)


def one_time() -> str:
    """Sixteen letters and digits in four groups: 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
