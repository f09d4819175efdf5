"""Where a view stands: the installation's services, the time, and the editor who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

from flask import current_app
from flask_login import UserMixin, current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from hub.models import User
from hub.publishing.releasing import release_due
from hub.security import seal
from hub.services import Services
from hub.workflow import Actor

PREFIX = "/console"


@dataclass(frozen=True)
class Editor(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """The person who is signed in, as screens need them."""

    id: int
    login: str
    name: str
    office_id: int
    office: str
    zone: ZoneInfo
    language: str
    seal: str

    def get_id(self) -> str:
        """What the session remembers: the user and a trace of the password, so that a new one ends old sessions."""
        return f"{self.id}:{self.seal}"


def find_editor(remembered: str) -> Editor | None:
    """The editor a session remembers, unless they are gone or their password is another by now."""
    id_, _, trace = remembered.partition(":")
    if not id_.isdigit():
        return None
    editor = load_editor(int(id_))
    return editor if editor and editor.seal == trace else None


def load_editor(user_id: int) -> Editor | None:
    """The active user with this id."""
    with services().db.reading() as session:
        user = session.scalars(
            select(User).where(User.id == user_id, User.active).options(joinedload(User.office))
        ).first()
    if user is None:
        return None
    return Editor(
        user.id,
        user.login,
        user.name,
        user.office_id,
        user.office.name,
        ZoneInfo(user.office.zone),
        user.language,
        seal(user.password_hash),
    )


def services() -> Services:
    """The installation's services."""
    return cast(Services, current_app.extensions["yigao"])


def now() -> datetime:
    """The instant by which due times are judged, UTC."""
    return services().db.now().astimezone(UTC)


def editor() -> Editor:
    """Who is signed in; only for views behind the guard."""
    return cast(Editor, current_user)


def actor() -> Actor:
    """The editor as the trail names them."""
    return Actor(f"user:{editor().id}", editor().id)


def release_now() -> None:
    """What was just asked for goes out without waiting for the clock's next beat."""
    released = release_due(services(), now())
    hint = cast(Callable[[int], None], current_app.extensions["yigao-hint"])
    # A retry is queued already and not counted as released.
    hint(max(released, 1))
