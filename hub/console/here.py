"""Where a view stands: the installation's services, the time, and the editor who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import cast
from zoneinfo import ZoneInfo

from flask import current_app, g, request
from flask_login import UserMixin, current_user
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from hub.domain.roles import Level, Right
from hub.models import SignIn, User
from hub.people.passwords import trace
from hub.people.sign_ins import Way, over, token_hash, touch
from hub.permissions import grants_at, levels_of, require, rights_of
from hub.publishing.releasing import release_due
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
    sign_in_id: int
    token: str
    # Whether the password is an administrator's, and whether the office asks for a second factor that is not set up.
    must_change: bool
    must_enrol: bool

    def may(self, right: Right) -> bool:
        """Whether they have the right for their own office; templates name it by its code."""
        return right in self.rights

    def get_id(self) -> str:
        """What the cookie remembers: the token of the sign-in."""
        return self.token


def find_editor(token: str) -> Editor | None:
    """The editor whose sign-in has this token, unless it is over; why it is, is then noted for the sign-in page."""
    # By the machine's own clock: a round to the database's for every request would buy nothing.
    at = datetime.now(UTC)
    with services().db.reading() as session:
        sign_in = session.scalars(_sign_in(), {"its_hash": token_hash(token)}).first()
        if sign_in is None or not sign_in.user.active:
            return None
        if why := over(sign_in, at, timedelta(minutes=services().config.idle_minutes)):
            g.ended = why
            return None
        found = _editor(session, sign_in.user, sign_in, token)
    # What a page asks by itself must not keep a person signed in who has left.
    if "X-Background" not in request.headers:
        touch(services(), sign_in, at)
    return found


# Every request asks it: built once.
@cache
def _sign_in() -> Select[SignIn]:
    mine = SignIn.token_hash == bindparam("its_hash", type_=SignIn.token_hash.type)
    return select(SignIn).where(mine).options(joinedload(SignIn.user).joinedload(User.office))


def load_editor(user_id: int) -> Editor | None:
    """The active user with this id, as somebody who acts without being signed in, by a ticket of their own."""
    with services().db.reading() as session:
        user = session.scalars(
            select(User).where(User.id == user_id, User.active).options(joinedload(User.office))
        ).first()
        return _editor(session, user) if user else None


def _editor(session: Session, user: User, sign_in: SignIn | None = None, token: str = "") -> Editor:
    grants = grants_at(session, user.id, user.office_id)
    asked = set(user.office.second_factor_roles.split(","))
    lacking = not user.totp and any(grant.role in asked for grant in grants)
    return Editor(
        user.id,
        user.login,
        user.name,
        user.office_id,
        user.office.name,
        ZoneInfo(user.office.zone),
        user.language,
        trace(user.password_hash),
        rights_of(grants),
        levels_of(grants),
        sign_in.id if sign_in else 0,
        token,
        user.one_time_until is not None,
        # Whoever comes in by an outside service has their second factor there.
        lacking and (sign_in is None or sign_in.way != Way.OIDC),
    )


def services() -> Services:
    """The installation's services."""
    return cast(Services, current_app.extensions["yigao"])


def now() -> datetime:
    """The instant by which due times are judged, UTC."""
    return services().db.now().astimezone(UTC)


def editor() -> Editor:
    """Who is signed in; only for views behind the guard."""
    return cast(Editor, current_user._get_current_object())


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
