"""Accounts by area: the tree as a flat list of branches with their depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models import Account, Area


@dataclass(frozen=True)
class Branch:
    """One area that has accounts, its way from the top, and they."""

    area: Area
    way: Sequence[str]
    accounts: Sequence[Account]


def branches(session: Session, accounts: Sequence[Account]) -> list[Branch]:
    """The areas of the accounts, a higher one before those below it."""
    areas: dict[int, Area] = {}
    missing = {a.area_id for a in accounts}
    while missing:
        found = session.scalars(select(Area).where(Area.id.in_(missing))).all()
        areas.update({a.id: a for a in found})
        missing = {a.parent_id for a in found if a.parent_id is not None} - areas.keys()
    of_area: dict[int, list[Account]] = {}
    for account in accounts:
        of_area.setdefault(account.area_id, []).append(account)
    made = [(_way(areas, id_), Branch(areas[id_], _names(areas, id_), mine)) for id_, mine in of_area.items()]
    return [branch for _, branch in sorted(made, key=lambda pair: pair[0])]


def _way(areas: dict[int, Area], id_: int) -> tuple[int, ...]:
    parent = areas[id_].parent_id
    return (*(_way(areas, parent) if parent is not None else ()), id_)


def _names(areas: dict[int, Area], id_: int) -> list[str]:
    return [areas[i].name for i in _way(areas, id_)]
