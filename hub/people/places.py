"""Where a role holds: one office, or an area with everything below it; and who administers such a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import CTE, ColumnElement, or_, select
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.roles import Right, Role
from hub.models import Area, Grant, Office, User
from hub.permissions import offices
from hub.workflow import Actor


@dataclass(frozen=True)
class Place:
    """An office or an area; exactly one of the two is set."""

    office_id: int | None = None
    area_id: int | None = None

    @classmethod
    def of(cls, grant: Grant) -> Place:
        """Where the grant holds."""
        return cls(grant.office_id, grant.area_id)

    @classmethod
    def read(cls, text: str) -> Place:
        """From a form's "office:3" or "area:7". Raises Refusal."""
        kind, _, number = text.partition(":")
        if kind not in ("office", "area") or not number.isdecimal():
            raise Refusal("USR-108", Words("请选择单位或区域。", "Choose an office or an area."))
        return cls(office_id=int(number)) if kind == "office" else cls(area_id=int(number))

    def __str__(self) -> str:
        return f"office:{self.office_id}" if self.office_id is not None else f"area:{self.area_id}"


def covers(session: Session, actor: Actor, place: Place) -> bool:
    """Whether the actor administers the whole place. The machine's operator administers everything there is."""
    exists = session.get(Office, place.office_id) if place.office_id else session.get(Area, place.area_id)
    if exists is None:
        return False
    return actor.user_id is None or actor.user_id in _administrators(session, place)


def is_administered(session: Session, place: Place, *, without: int) -> bool:
    """Whether somebody other than the user `without` administers the whole place."""
    return bool(_administrators(session, place) - {without})


def choices(session: Session, actor: Actor, office: Office, wanted: str = "") -> Sequence[tuple[str, str, str]]:
    """Places that the actor may give a role for, as (value, name, kind): the office, the areas that it lies in, and
    what `wanted` finds by name; at most ten of each.
    """
    found: list[tuple[Place, str, str]] = [(Place(office_id=office.id), office.name, "office")]
    above = _upwards(office.area_id)
    areas = session.execute(select(Area.id, Area.name).join(above, above.c.id == Area.id)).all()
    found += [(Place(area_id=area.id), area.name, "area") for area in areas]
    if wanted.strip():
        like = Office.name.contains(wanted.strip(), autoescape=True)
        mine = [] if actor.user_id is None else [Office.id.in_(offices(actor.user_id, Right.PEOPLE))]
        rows = session.execute(select(Office.id, Office.name).where(like, *mine).order_by(Office.id).limit(10))
        found += [(Place(office_id=row.id), row.name, "office") for row in rows]
        named = Area.name.contains(wanted.strip(), autoescape=True)
        rows = session.execute(select(Area.id, Area.name).where(named).order_by(Area.id).limit(10))
        found += [(Place(area_id=row.id), row.name, "area") for row in rows]
    unique = {str(place): (place, name, kind) for place, name, kind in found}
    return [(key, name, kind) for key, (place, name, kind) in unique.items() if covers(session, actor, place)]


def _administrators(session: Session, place: Place) -> set[int]:
    """The active users with an administrator's grant for the place, or for an area that it lies in."""
    start = place.area_id
    if place.office_id is not None:
        start = session.scalar(select(Office.area_id).where(Office.id == place.office_id))
    above = _upwards(start)
    here: ColumnElement[bool] = Grant.area_id.in_(select(above.c.id))
    if place.office_id is not None:
        here = or_(here, Grant.office_id == place.office_id)
    query = select(Grant.user_id).join(User, User.id == Grant.user_id)
    return set(session.scalars(query.where(User.active, Grant.role == Role.ADMINISTRATOR, here)))


def _upwards(area_id: int | None) -> CTE:
    """The area and those that it lies in."""
    above = select(Area.id, Area.parent_id).where(Area.id == area_id).cte("upwards", recursive=True)
    return above.union(select(Area.id, Area.parent_id).join(above, Area.id == above.c.parent_id))
