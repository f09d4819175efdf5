"""Who may come in: the key that signs sessions, and passwords."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select

from hub.files import make_private
from hub.models import User
from hub.services import Services

KEY_FILE = "secret.key"


def secret_key(folder: Path) -> bytes:
    """The key that signs this installation's sessions; made at the first start, readable by its owner alone."""
    path = folder / KEY_FILE
    if not path.exists():
        make_private(path, secrets.token_bytes(32))
    return path.read_bytes()


@cache
def _nobodys_hash() -> str:
    return PasswordHasher().hash(secrets.token_hex(16))


def authenticate(services: Services, login: str, password: str) -> int | None:
    """The id of the active user with this login and password, else None; it takes as long either way."""
    with services.db.reading() as session:
        user = session.scalars(select(User).where(User.login == login, User.active)).first()
    known = user.password_hash if user else _nobodys_hash()
    try:
        PasswordHasher().verify(known, password)
    except (VerificationError, InvalidHashError):
        return None
    return user.id if user else None


def seal(password_hash: str) -> str:
    """What a session carries of the password's hash, so that a new password ends the old sessions."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]
