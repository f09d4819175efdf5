"""What the editor sees of the registries: the records of the offices they may read, and of their own site."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import True_

from hub.console.here import editor
from hub.domain.roles import Right
from hub.models import Office, Site
from hub.permissions import everywhere, offices


def site_of_office(session: Session, office_id: int) -> int | None:
    """The id of the office's site, else of the installation's first one."""
    own = session.scalar(select(Office.site_id).where(Office.id == office_id))
    return own or session.scalar(select(func.min(Site.id)))


def visible(session: Session, column: ColumnElement[Any] | Any, right: Right = Right.READ) -> ColumnElement[bool]:
    """The condition that a record's office is one for which the editor has the right."""
    if everywhere(session, editor().id, right):
        return true()
    return cast(ColumnElement[bool], column.in_(offices(editor().id, right)))


def shared(session: Session, column: ColumnElement[Any] | Any) -> ColumnElement[bool]:
    """As `visible`, with the records of the offices that share the editor's site: a policy is everybody's."""
    mine = visible(session, column)
    site_id = session.scalar(select(Office.site_id).where(Office.id == editor().office_id))
    if site_id is None or isinstance(mine, True_):
        return mine
    return or_(mine, column.in_(select(Office.id).where(Office.site_id == site_id)))
