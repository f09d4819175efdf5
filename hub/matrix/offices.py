"""The verbs over the tree itself: areas and offices are added and changed, never deleted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain.areas import LEVELS
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.matrix.access import MistakesError, one_line
from hub.matrix.tree import sees_area, ways_to
from hub.models import Area, Office, Site
from hub.permissions import require
from hub.services import Services
from hub.site import want_everywhere
from hub.trail import note
from hub.workflow import Actor

LONGEST_NAME = 100
MOST_TOLERANCE = 24 * 60


@dataclass(frozen=True)
class OfficeDescription:
    """What an office is: its name and place, the site its pages stand on, its zone, and how late is too late."""

    name: str
    area_id: int
    site_id: int | None
    zone: str = "Asia/Shanghai"
    tolerance_minutes: int = 30


def add_area(services: Services, *, actor: Actor, parent_id: int, name: str, now: datetime) -> int:
    """A new area below another, of the next level; returns its id. Raises MistakesError or Refusal."""
    with services.db.writing() as session:
        require_area(session, actor, parent_id)
        parent = session.get_one(Area, parent_id)
        below = LEVELS.index(parent.level) + 1
        if below == len(LEVELS):
            raise Refusal("ACC-401", Words("村（社区）之下不能再分。", "There is nothing below a village."))
        area = Area(name=_area_name(session, parent_id, name), level=LEVELS[below], parent_id=parent_id)
        session.add(area)
        session.flush()
        after = {"name": area.name, "level": area.level, "parent_id": parent_id}
        note(session, actor=actor, kind="area.added", subject=area, after=after, now=now)
        want_everywhere(session)
        return area.id


def rename_area(services: Services, *, actor: Actor, area_id: int, name: str, now: datetime) -> None:
    """Give an area another name. Raises MistakesError or Refusal."""
    with services.db.writing() as session:
        require_area(session, actor, area_id)
        area = session.get_one(Area, area_id)
        before = area.name
        area.name = _area_name(session, area.parent_id, name, area_id)
        if area.name != before:
            was, is_ = {"name": before}, {"name": area.name}
            note(session, actor=actor, kind="area.renamed", subject=area, before=was, after=is_, now=now)
            want_everywhere(session)


def add_office(services: Services, *, actor: Actor, description: OfficeDescription, now: datetime) -> int:
    """A new office in an area; returns its id. Raises MistakesError or Refusal."""
    with services.db.writing() as session:
        require_area(session, actor, description.area_id)
        office = Office(**_checked(session, description))
        session.add(office)
        session.flush()
        note(session, actor=actor, kind="office.added", subject=office, after=_described(office), now=now)
        return office.id


def change_office(
    services: Services, *, actor: Actor, office_id: int, description: OfficeDescription, now: datetime
) -> None:
    """Change what an office is. Moving it elsewhere needs the right there too. Raises MistakesError or Refusal."""
    with services.db.writing() as session:
        office = session.get(Office, office_id)
        if office is None:
            raise Refusal("ACC-405", Words("没有这个单位。", "There is no such office."))
        require(session, actor, Right.PEOPLE, office_id)
        if description.area_id != office.area_id:
            require_area(session, actor, description.area_id)
        before = _described(office)
        for name, value in _checked(session, description).items():
            setattr(office, name, value)
        after = _described(office)
        if after != before:
            note(session, actor=actor, kind="office.changed", subject=office, before=before, after=after, now=now)
            want_everywhere(session)


def require_area(session: Session, actor: Actor, area_id: int) -> None:
    """Raise Refusal unless the area is there and the actor administers all of it. The machine's operator may."""
    if session.get(Area, area_id) is None:
        raise Refusal("ACC-407", Words("没有这个区域。", "There is no such area."))
    if actor.user_id is not None and not sees_area(session, actor.user_id, area_id, Right.PEOPLE):
        raise Refusal(
            "PER-403",
            Words("您没有管理这个区域的权限。", "You may not administer this area."),
            Words(
                "请这个区域的管理员操作，或请其为您添加角色。",
                "Ask its administrator to do it, or to give you the role.",
            ),
        )


def way_of(session: Session, area_id: int) -> str:
    """The area with all above it, as people write it."""
    return " › ".join(area.name for area in ways_to(session, [area_id])[area_id])


def _described(office: Office) -> dict[str, Any]:
    return {field.name: getattr(office, field.name) for field in fields(OfficeDescription)}


def _checked(session: Session, description: OfficeDescription) -> dict[str, Any]:
    values = {field.name: getattr(description, field.name) for field in fields(OfficeDescription)}
    values["name"] = one_line(description.name)
    wrong: dict[str, Words] = {}
    if not values["name"]:
        wrong["name"] = Words("请填写单位名称。", "Give the office a name.")
    elif len(values["name"]) > LONGEST_NAME:
        wrong["name"] = Words(f"名称超过{LONGEST_NAME}字。", f"The name is over {LONGEST_NAME} characters.")
    if session.get(Area, description.area_id) is None:
        wrong["area_id"] = Words("请选择区域。", "Choose an area.")
    if description.site_id is not None and session.get(Site, description.site_id) is None:
        wrong["site_id"] = Words("没有这个网站。", "There is no such site.")
    try:
        ZoneInfo(description.zone)
    except (ValueError, OSError, LookupError):
        wrong["zone"] = Words(f"没有时区“{description.zone}”。", f"There is no time zone {description.zone!r}.")
    if not 0 <= description.tolerance_minutes <= MOST_TOLERANCE:
        wrong["tolerance_minutes"] = Words(f"请填 0 到 {MOST_TOLERANCE}。", f"Between 0 and {MOST_TOLERANCE}.")
    if wrong:
        raise MistakesError(wrong)
    return values


def _area_name(session: Session, parent_id: int | None, name: str, but: int = 0) -> str:
    text = one_line(name)
    wrong: Words | None = None
    if not text:
        wrong = Words("请填写区域名称。", "Give the area a name.")
    elif len(text) > LONGEST_NAME:
        wrong = Words(f"名称超过{LONGEST_NAME}字。", f"The name is over {LONGEST_NAME} characters.")
    elif session.scalar(select(Area.id).where(Area.parent_id == parent_id, Area.name == text, Area.id != but)):
        wrong = Words("这里已有同名的区域。", "There is an area of this name here already.")
    if wrong:
        raise MistakesError({"name": wrong})
    return text
