"""`yigao user`: the machine's operator helps who is locked out."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from channels.words import Words
from hub.cli import DONE
from hub.cli.options import DATA, JSON
from hub.cli.output import Output
from hub.config import load
from hub.domain.refusals import Refusal
from hub.domain.roles import Level, Role
from hub.migrations import upgrade
from hub.models import Grant, User
from hub.people import administering
from hub.people.places import Place
from hub.services import Services
from hub.workflow import Actor

LOGIN = click.argument("login")


@click.group("user")
def command() -> None:
    """用户：查看、一次性密码、第二重验证、角色。 Users, for the machine's operator."""


@command.command("list")
@DATA
@JSON
def list_(data: Path | None, machine: bool) -> int:
    """列出所有用户和角色。 All users and their roles."""
    services, output = _open(data, machine)
    with services.db.reading() as session:
        users = session.scalars(select(User).options(joinedload(User.office)).order_by(User.id)).all()
        rows = [_row(session, user) for user in users]
    for row in rows:
        gone = "" if row["active"] else "（已停用 inactive）"
        output.say(Words(*[f"{row['login']}  {row['name']}  {row['office']}  {', '.join(row['roles'])} {gone}"] * 2))
    output.document({"users": rows})
    return DONE


@command.command("password")
@LOGIN
@DATA
@JSON
def password(login: str, data: Path | None, machine: bool) -> int:
    """给一次性密码，只显示一次。 Give a password for one use; it is printed once."""
    services, output = _open(data, machine)
    fresh = administering.give_password(services, user_id=_id(services, login), **_how())
    output.say(Words(f"{login} 的一次性密码：{fresh}（3 天内有效）", f"For {login}, good for 3 days: {fresh}"))
    output.document({"login": login, "password": fresh})
    return DONE


@command.command("factor")
@LOGIN
@DATA
@JSON
def factor(login: str, data: Path | None, machine: bool) -> int:
    """重置第二重验证（手机丢失）。 Forget a lost telephone."""
    services, output = _open(data, machine)
    administering.reset_factor(services, user_id=_id(services, login), **_how())
    output.say(Words(f"{login} 的第二重验证已重置。", f"The second factor of {login} was reset."))
    output.document({"login": login})
    return DONE


@command.command("give")
@LOGIN
@click.argument("role", type=click.Choice([r.value for r in Role]))
@click.option("--level", type=click.Choice([v.value for v in Level]), default=None, help="审次 for reviewers")
@click.option("--office", type=int, default=None, help="单位编号 for this office (default: the user's own)")
@click.option("--area", type=int, default=None, help="区域编号，含以下各单位 for this area and all below it")
@DATA
@JSON
def give(
    login: str, role: str, level: str | None, office: int | None, area: int | None, data: Path | None, machine: bool
) -> int:
    """添加角色。 Give a role."""
    services, output = _open(data, machine)
    id_ = _id(services, login)
    with services.db.reading() as session:
        own = session.get_one(User, id_).office_id
    place = Place(area_id=area) if area is not None else Place(office_id=office or own)
    wanted: dict[str, Any] = {"role": Role(role), "level": Level(level) if level else None, "place": place}
    administering.give(services, user_id=id_, **wanted, **_how())
    output.say(Words(f"已为 {login} 添加角色 {role}。", f"{login} is {role} now."))
    output.document({"login": login, "role": role, "place": str(place)})
    return DONE


def _open(data: Path | None, machine: bool) -> tuple[Services, Output]:
    services = Services(load(data=data))
    upgrade(services.db.engine)
    return services, Output.from_environment(machine=machine)


def _how() -> dict[str, Any]:
    return {"actor": Actor(f"cli:{getpass.getuser()}"), "now": datetime.now(UTC)}


def _id(services: Services, login: str) -> int:
    with services.db.reading() as session:
        found = session.scalar(select(User.id).where(User.login == login))
    if found is None:
        raise Refusal("USR-404", Words(f"没有用户“{login}”。", f"There is no user {login!r}."))
    return found


def _row(session: Session, user: User) -> dict[str, Any]:
    grants = session.scalars(
        select(Grant).where(Grant.user_id == user.id).options(joinedload(Grant.office), joinedload(Grant.area))
    ).all()
    roles = [
        f"{g.role}{':' + g.level if g.level else ''}@{g.area.name if g.area else g.office.name if g.office else ''}"
        for g in grants
    ]
    return {
        "login": user.login,
        "name": user.name,
        "office": user.office.name,
        "active": user.active,
        "second_factor": bool(user.totp),
        "roles": roles,
    }
