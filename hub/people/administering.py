"""The verbs of an administrator over people: make, change, deactivate, give and take roles, help who is locked out.

Three rules guard them. Nobody gives what reaches beyond their own places; nobody changes their own roles; and whoever
may act elsewhere too is helped only by who administers all of that, or a new password would be a way up.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.text.cleaning import clean
from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.roles import Level, Right, Role
from hub.models import Area, Grant, Office, User
from hub.people import second_factor
from hub.people.passwords import ONE_TIME, hashed, one_time
from hub.people.places import Place, covers, is_administered
from hub.people.sign_ins import Ended, end_all
from hub.permissions import may, require, require_before
from hub.services import Services
from hub.trail import note
from hub.workflow import Actor

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,59}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def create(
    services: Services, *, actor: Actor, login: str, name: str, email: str, office_id: int, now: datetime
) -> tuple[int, str]:
    """A new user of the office, without any role; returns the id and a password for one use. Raises Refusal."""
    require_before(services.db, actor, Right.PEOPLE, office_id)
    login, name, email = _checked(login, name, email)
    password = one_time()
    fresh = hashed(password)
    with services.db.writing() as session:
        require(session, actor, Right.PEOPLE, office_id)
        _require_free(session, login, email)
        user = User(
            login=login,
            name=name,
            email=email,
            office_id=office_id,
            password_hash=fresh,
            one_time_until=now + ONE_TIME,
            created_at=now,
        )
        session.add(user)
        session.flush()
        note(session, actor=actor, kind="user.created", subject=user, now=now, after=_profile(user))
        return user.id, password


def change(
    services: Services, *, actor: Actor, user_id: int, name: str, email: str, office_id: int, now: datetime
) -> None:
    """Another name, address or office. Roles stay where they were given. Raises Refusal."""
    with services.db.writing() as session:
        user = find_user(session, actor, user_id)
        _, name, email = _checked(user.login, name, email)
        before = _profile(user)
        if office_id != user.office_id:
            require(session, actor, Right.PEOPLE, user.office_id, office_id)
            user.office_id = office_id
        if email != user.email:
            # An outside sign-in service may know people by their address: changing it is a way in.
            _require_above(session, actor, user)
            _require_free(session, "", email, user.id)
        user.name, user.email = name, email
        session.flush()
        if before != _profile(user):
            note(session, actor=actor, kind="user.changed", subject=user, now=now, before=before, after=_profile(user))


def set_active(services: Services, *, actor: Actor, user_id: int, active: bool, now: datetime) -> None:
    """Deactivate a user, who is out at once, or let them back in. Nobody is deleted: their name stands in the trail."""
    with services.db.writing() as session:
        user = find_user(session, actor, user_id)
        if user.active == active:
            return
        if active:
            _require_above(session, actor, user)
        elif user.id == actor.user_id:
            raise Refusal("USR-405", Words("不能停用自己。", "You can't deactivate yourself."), _ASK)
        else:
            for grant in _grants(session, user.id):
                _require_another(session, grant)
            end_all(session, user.id, Ended.DEACTIVATED, now)
        user.active = active
        note(
            session,
            actor=actor,
            kind="user.activated" if active else "user.deactivated",
            subject=user,
            now=now,
            before={"active": not active},
            after={"active": active},
        )


def give(
    services: Services, *, actor: Actor, user_id: int, role: Role, level: Level | None, place: Place, now: datetime
) -> int:
    """Give the user a role for an office, or an area and all below it; returns the grant's id. Raises Refusal."""
    with services.db.writing() as session:
        user = find_user(session, actor, user_id)
        if level is not None and role is not Role.REVIEWER:
            raise Refusal("USR-104", Words("只有审核人分审次。", "Only reviewers have levels."))
        _require_not_oneself(actor, user)
        _require_covered(session, actor, place)
        held = [g for g in _grants(session, user.id) if g.role == role and Place.of(g) == place]
        if any(g.level in ("", level or "") for g in held):
            raise Refusal("USR-105", Words("此人已有这个角色。", "This person has that role already."))
        grant = Grant(user_id=user.id, role=role, level=level or "", office_id=place.office_id, area_id=place.area_id)
        session.add(grant)
        session.flush()
        after = _granted(session, grant)
        note(session, actor=actor, kind="grant.given", subject=user, now=now, before={}, after=after)
        return grant.id


def take(services: Services, *, actor: Actor, grant_id: int, now: datetime) -> None:
    """Take a role away. Raises Refusal for one's own, and for the last administrator of a place."""
    with services.db.writing() as session:
        grant = session.get(Grant, grant_id)
        if grant is None:
            raise Refusal("USR-404", Words("这个角色已经收回。", "That role was taken away already."))
        user = find_user(session, actor, grant.user_id)
        _require_not_oneself(actor, user)
        _require_covered(session, actor, Place.of(grant))
        _require_another(session, grant)
        before = _granted(session, grant)
        session.delete(grant)
        note(session, actor=actor, kind="grant.taken", subject=user, now=now, before=before, after={})


def give_password(services: Services, *, actor: Actor, user_id: int, now: datetime) -> str:
    """A password for one use, for somebody who has forgotten theirs; their sign-ins end. Raises Refusal."""
    password = one_time()
    fresh = hashed(password)
    with services.db.writing() as session:
        user = find_user(session, actor, user_id)
        if user.id == actor.user_id:
            raise Refusal(
                "USR-408", Words("自己的密码请在“我的账号”里改。", "Change your own password under My account.")
            )
        _require_above(session, actor, user)
        user.password_hash, user.one_time_until = fresh, now + ONE_TIME
        user.unlocks += 1
        end_all(session, user.id, Ended.PASSWORD, now)
        note(session, actor=actor, kind="user.password-given", subject=user, now=now)
    return password


def reset_factor(services: Services, *, actor: Actor, user_id: int, now: datetime) -> None:
    """Forget the user's telephone, which is lost; their sign-ins end. Raises Refusal."""
    with services.db.writing() as session:
        user = find_user(session, actor, user_id)
        _require_not_oneself(actor, user)
        _require_above(session, actor, user)
        second_factor.remove(session, user)
        end_all(session, user.id, Ended.FACTOR, now)
        note(session, actor=actor, kind="user.factor-reset", subject=user, now=now)


def end_sign_ins(services: Services, *, actor: Actor, user_id: int, now: datetime) -> int:
    """Sign the user out everywhere; returns of how many browsers."""
    with services.db.writing() as session:
        user = find_user(session, actor, user_id)
        count = end_all(session, user.id, Ended.ADMINISTRATOR, now)
        note(session, actor=actor, kind="user.signed-out", subject=user, now=now, after={"sign_ins": count})
        return count


def unlock(services: Services, *, actor: Actor, user_id: int, now: datetime) -> None:
    """Let somebody try again who has typed a wrong password too often."""
    with services.db.writing() as session:
        user = find_user(session, actor, user_id)
        user.unlocks += 1
        note(session, actor=actor, kind="user.unlocked", subject=user, now=now)


def ask_second_factor(
    services: Services, *, actor: Actor, office_id: int, roles: frozenset[Role], now: datetime
) -> None:
    """Which roles of the office must sign in with a second factor; who has none sets it up at the next click."""
    with services.db.writing() as session:
        require(session, actor, Right.PEOPLE, office_id)
        office = session.get_one(Office, office_id)
        before = {"second_factor_roles": office.second_factor_roles}
        office.second_factor_roles = ",".join(role for role in Role if role in roles)
        after = {"second_factor_roles": office.second_factor_roles}
        if before != after:
            note(session, actor=actor, kind="office.changed", subject=office, now=now, before=before, after=after)


def find_user(session: Session, actor: Actor, user_id: int) -> User:
    """The user, of an office whose people the actor administers. Raises Refusal."""
    user = session.get(User, user_id)
    if user is None or not may(session, actor, Right.PEOPLE, user.office_id):
        raise Refusal("USR-404", Words("没有这个用户，或不归您管理。", "There is no such user, or not one of yours."))
    return user


def _grants(session: Session, user_id: int) -> list[Grant]:
    return list(session.scalars(select(Grant).where(Grant.user_id == user_id).order_by(Grant.id)))


def _require_not_oneself(actor: Actor, user: User) -> None:
    if actor.user_id == user.id:
        raise Refusal(
            "USR-403", Words("不能更改自己的角色和验证。", "Nobody changes their own roles and factors."), _ASK
        )


def _require_covered(session: Session, actor: Actor, place: Place) -> None:
    if not covers(session, actor, place):
        raise Refusal(
            "USR-406",
            Words("这个单位或区域超出您的管理范围。", "That office or area is beyond what you administer."),
            Words("请上级管理员添加。", "An administrator above can do it."),
        )


def _require_above(session: Session, actor: Actor, user: User) -> None:
    for grant in _grants(session, user.id):
        if not covers(session, actor, Place.of(grant)):
            raise Refusal(
                "USR-407",
                Words("此人在您的管理范围之外还有角色。", "This person has roles beyond what you administer."),
                Words("请由管理那里的管理员处理。", "An administrator of those places can do it."),
            )


def _require_another(session: Session, grant: Grant) -> None:
    """An administrator of the place is left when this grant is gone."""
    if grant.role == Role.ADMINISTRATOR and not is_administered(session, Place.of(grant), without=grant.user_id):
        raise Refusal(
            "USR-409",
            Words("这是那里最后一位管理员。", "This is the last administrator there."),
            Words("请先让另一个人担任管理员。", "Make somebody else an administrator first."),
        )


def _checked(login: str, name: str, email: str) -> tuple[str, str, str]:
    login, name, email = login.strip().lower(), " ".join(clean(name).split()), email.strip().lower()
    if not LOGIN.fullmatch(login):
        raise Refusal(
            "USR-101",
            Words(
                "用户名须为 2 至 60 个小写字母、数字或 . _ @ -。",
                "A login is 2 to 60 small letters, digits or . _ @ -.",
            ),
            Words("例如 yan.qinghe。", "For example yan.qinghe."),
        )
    if not 1 <= len(name) <= 60:
        raise Refusal("USR-102", Words("请填写姓名，不超过 60 字。", "Give a name of up to 60 characters."))
    if email and not (EMAIL.fullmatch(email) and len(email) <= 200):
        raise Refusal("USR-103", Words("邮箱写法有误。", "That is no e-mail address."))
    return login, name, email


def _require_free(session: Session, login: str, email: str, but: int = 0) -> None:
    if login and session.scalar(select(User.id).where(func.lower(User.login) == login)):
        raise Refusal(
            "USR-106",
            Words(f"用户名“{login}”已有人用。", f"The login {login!r} is taken."),
            Words("停用的用户也占用其用户名。", "A deactivated user keeps theirs."),
        )
    if email and session.scalar(select(User.id).where(User.email == email, User.id != but)):
        raise Refusal("USR-107", Words("这个邮箱已属于另一个用户。", "Another user has this address."))


def _profile(user: User) -> dict[str, object]:
    return {"login": user.login, "name": user.name, "email": user.email, "office_id": user.office_id}


def _granted(session: Session, grant: Grant) -> dict[str, object]:
    where = session.get(Area, grant.area_id) if grant.area_id else session.get(Office, grant.office_id)
    kind = "area" if grant.area_id else "office"
    return {"role": grant.role, "level": grant.level, kind: where.name if where else ""}


_ASK = Words("请另一位管理员处理。", "Another administrator can do it.")
