"""Who may do what, where: the one place that reads grants. Every verb asks here, inside its own transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import CTE, Integer, Select, bindparam, or_, select
from sqlalchemy.orm import Session, aliased

from channels.words import Words
from hub.db import Database
from hub.domain.areas import LEVELS
from hub.domain.refusals import Refusal
from hub.domain.roles import RIGHTS, Level, Right, Role, roles_with
from hub.models import Area, Grant, Office, User
from hub.workflow import Actor


def require(session: Session, actor: Actor, right: Right, *office_ids: int) -> None:
    """Raise Refusal (PER-403) unless the actor has the right for each of the offices. An actor without a user is the
    machine's own operator, who may do everything.
    """
    if actor.user_id is None:
        return
    wanted = set(office_ids)
    if len(wanted) == 1:
        allowed = right in rights_at(session, actor.user_id, next(iter(wanted)))
    else:
        allowed = wanted <= set(session.scalars(offices(actor.user_id, right)))
    if not allowed:
        raise Refusal("PER-403", *_REFUSED[right])


def require_before(db: Database, actor: Actor, right: Right, *office_ids: int) -> None:
    """As `require`, for a verb that looks at what it was sent before its transaction begins: whoever may not do it
    learns nothing of what is wrong with it.
    """
    with db.reading() as session:
        require(session, actor, right, *office_ids)


def may(session: Session, actor: Actor, right: Right, office_id: int) -> bool:
    """Whether `require` would let the actor pass."""
    return actor.user_id is None or right in rights_at(session, actor.user_id, office_id)


def rights_at(session: Session, user_id: int, office_id: int) -> frozenset[Right]:
    """All that the user may do for the office; nothing for one who is not active."""
    return rights_of(grants_at(session, user_id, office_id))


def rights_of(grants: Iterable[Grant]) -> frozenset[Right]:
    """What these grants allow together."""
    return frozenset(right for grant in grants for right in RIGHTS[Role(grant.role)])


def levels_of(grants: Iterable[Grant]) -> frozenset[Level]:
    """Which of the three reviews these grants allow to sign."""
    named = [grant.level for grant in grants if grant.role == Role.REVIEWER]
    return frozenset(Level) if "" in named else frozenset(Level(level) for level in named)


def grants_at(session: Session, user_id: int, office_id: int) -> Sequence[Grant]:
    """The active user's grants that hold for the office: for itself, or for an area that it lies in."""
    return session.scalars(_grants(), {"its_user": user_id, "its_office": office_id}).all()


# Every request asks it, and building a statement takes longer than running it for one row.
@cache
def _grants() -> Select[Grant]:
    office = bindparam("its_office", type_=Integer)
    above = areas_above(office)
    return (
        select(Grant)
        .join(User, User.id == Grant.user_id)
        .where(User.id == bindparam("its_user", type_=Integer), User.active)
        .where(or_(Grant.office_id == office, Grant.area_id.in_(select(above.c.id))))
    )


@lru_cache(maxsize=1024)
def offices(user_id: int, right: Right) -> Select[int]:
    """The ids of the offices for which the user has the right; for `.where(X.office_id.in_(offices(…)))`."""
    mine = (
        select(Grant.office_id, Grant.area_id)
        .join(User, User.id == Grant.user_id)
        .where(User.id == user_id, User.active, Grant.role.in_(roles_with(right)))
    )
    return offices_of(mine)


def everywhere(session: Session, user_id: int, right: Right) -> bool:
    """Whether the user has the right for every office there is. Asked from the top of the tree downwards, as far as
    nothing is granted, for an office: a few rows tell, where asking each of a city's offices takes thousands.
    """
    return session.scalar(_outside(right), {"its_user": user_id}) is None


@cache
def _outside(right: Right) -> Select[int]:
    """An area with an office for which the user lacks the right, the first that is found."""
    mine = (
        select(Grant.area_id)
        .join(User, User.id == Grant.user_id)
        .where(User.id == bindparam("its_user", type_=Integer), User.active, Grant.role.in_(roles_with(right)))
        .where(Grant.area_id.is_not(None))
    )
    lower = aliased(Area)
    bare = select(Area.id).where(Area.parent_id.is_(None), Area.id.not_in(mine)).cte("bare", recursive=True)
    bare = bare.union_all(select(lower.id).join(bare, lower.parent_id == bare.c.id).where(lower.id.not_in(mine)))
    # No join: the tree is followed only until one is found.
    return select(bare.c.id).where(select(Office.id).where(Office.area_id == bare.c.id).exists()).limit(1)


def offices_of(grants: Any, name: str = "") -> Select[int]:
    """The ids of the offices for which these grants hold, selected as their office and their area. `name` tells two of
    these apart that stand in one query.
    """
    mine = grants.cte(f"mine{name}")
    # The office's area and those that it lies in, asked upwards: reading the tree downwards costs twice as much, and as
    # much for one office as for all.
    own, *above = [aliased(Area) for _ in LEVELS]
    query = select(Office.id).join(own, own.id == Office.area_id)
    inner = own
    for outer in above:
        query = query.outerjoin(outer, outer.id == inner.parent_id)
        inner = outer
    places = select(mine.c.area_id).where(mine.c.area_id.is_not(None))
    held = [area.id.in_(places) for area in (own, *above)]
    return query.where(or_(Office.id.in_(select(mine.c.office_id).where(mine.c.office_id.is_not(None))), *held))


def areas_above(office_id: Any) -> CTE:
    """The office's area and those that it lies in."""
    above = (
        select(Area.id, Area.parent_id)
        .join(Office, Office.area_id == Area.id)
        .where(Office.id == office_id)
        .cte("above", recursive=True)
    )
    return above.union(select(Area.id, Area.parent_id).join(above, Area.id == above.c.parent_id))


_ASK = Words("需要的话，请管理员为您添加角色。", "An administrator can give you the role.")


def _refused(zh: str, en: str) -> tuple[Words, Words]:
    return Words(f"您没有在这个单位{zh}的权限。", f"You may not {en} for this office."), _ASK


_REFUSED: dict[Right, tuple[Words, Words]] = {
    Right.READ: _refused("查看内容", "look at anything"),
    Right.WRITE: _refused("写稿", "write"),
    Right.REVIEW: _refused("审核", "review"),
    Right.PUBLISH: _refused("发布", "publish"),
    Right.MANAGE: _refused("管理账号和栏目", "manage accounts and columns"),
    Right.PEOPLE: _refused("管理用户", "manage users"),
    Right.AUDIT: _refused("查看操作日志", "read the audit log"),
}
