"""Where a view stands: the installation's services, the time, and the editor who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

from flask import current_app, request
from flask_login import UserMixin, current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from hub.domain.roles import Level, Right
from hub.models import User
from hub.permissions import grants_at, levels_of, require, rights_of
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
    rights: frozenset[Right]
    levels: frozenset[Level]

    def may(self, right: Right) -> bool:
        """Whether they have the right for their own office; templates name it by its code."""
        return right in self.rights

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
        grants = grants_at(session, user.id, user.office_id)
    return Editor(
        user.id,
        user.login,
        user.name,
        user.office_id,
        user.office.name,
        ZoneInfo(user.office.zone),
        user.language,
        seal(user.password_hash),
        rights_of(grants),
        levels_of(grants),
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


def guard(right: Right, office_id: int | None = None) -> None:
    """For a screen: raise Refusal (PER-403, a page with a sentence) unless the editor has the right for the office;
    None: for their own. Verbs ask for themselves.
    """
    if office_id is None or office_id == editor().office_id:
        office_id = editor().office_id
        if editor().may(right):
            return
    with services().db.reading() as session:
        require(session, actor(), right, office_id)


def guarding(get: Right, post: Right) -> Callable[[], None]:
    """For a blueprint's `before_request`: the right that looking needs, and the one that doing needs."""
    return lambda: guard(get if request.method in ("GET", "HEAD") else post)


def release_now() -> None:
    """What was just asked for goes out without waiting for the clock's next beat."""
    released = release_due(services(), now())
    hint = cast(Callable[[int], None], current_app.extensions["yigao-hint"])
    # A retry is queued already and not counted as released.
    hint(max(released, 1))
