"""What the editor sees of the registries: the records of the offices they may read, and of their own site."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from hub.console.here import editor
from hub.domain.roles import Right
from hub.models import Office, Site
from hub.permissions import offices


def site_of_office(session: Session, office_id: int) -> int | None:
    """The id of the office's site, else of the installation's first one."""
    own = session.scalar(select(Office.site_id).where(Office.id == office_id))
    return own or session.scalar(select(func.min(Site.id)))


def visible(column: ColumnElement[Any] | Any, right: Right = Right.READ) -> ColumnElement[bool]:
    """The condition that a record's office is one for which the editor has the right."""
    mine: ColumnElement[bool] = column.in_(offices(editor().id, right))
    return mine


def shared(session: Session, column: ColumnElement[Any] | Any) -> ColumnElement[bool]:
    """As `visible`, with the records of the offices that share the editor's site: a policy is everybody's."""
    site_id = session.scalar(select(Office.site_id).where(Office.id == editor().office_id))
    if site_id is None:
        return visible(column)
    return or_(visible(column), column.in_(select(Office.id).where(Office.site_id == site_id)))
