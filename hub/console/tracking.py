"""What the deliveries screen reads: by interpretation, or one interpretation's account by account. A release to a whole
city is 16,500 rows of one interpretation: they are counted by the database, never loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select, true
from sqlalchemy.orm import Session, contains_eager
from sqlalchemy.sql.elements import True_

from hub.console.reading import FILTERS, PRESSING, Chip, newest_there, shown
from hub.domain.roles import Right
from hub.domain.states import RETRYABLE, State
from hub.models import Account, Area, Delivery, Interpretation, Office, Revision
from hub.permissions import everywhere, offices

PIECES = 20
ROWS = 50
# Of one interpretation: what waits for a person stands in the list, some more can be unfolded, the rest has its page.
PRESSED = 3
UNFOLDED = 6
# With so few accounts in question their deliveries are looked up; with more, interpretations are gone through.
FEW_ACCOUNTS = 300
FEW_OFFICES = 50


@dataclass(frozen=True)
class Wanted:
    """What the screen is asked to show."""

    show: str = "all"
    channel: str = ""
    area_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str = ""
    piece_id: int | None = None
    # The keyset: what stood last on the page before.
    after: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the group of states is asked for."""
        return replace(self, show="all", after="", piece_id=None) != Wanted()


@dataclass
class Piece:
    """One interpretation with its deliveries, counted."""

    id: int
    title: str
    version: int
    updated_at: datetime
    chips: list[Chip] = field(default_factory=list)
    pressing: list[Delivery] = field(default_factory=list)
    others: list[Delivery] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many accounts have it or are to have it."""
        return sum(chip.accounts for chip in self.chips)

    @property
    def failed(self) -> int:
        """How many may be sent again."""
        return sum(chip.states.get(state, 0) for chip in self.chips for state in RETRYABLE)

    @property
    def published(self) -> bool:
        """Whether the public sees it somewhere."""
        return any(State.PUBLISHED in chip.states for chip in self.chips)

    @property
    def left(self) -> int:
        """How many are neither shown nor folded away."""
        return self.total - len(self.pressing) - len(self.others)


@dataclass(frozen=True)
class Scope:
    """Whose deliveries a person sees: those to the accounts of the offices they have a grant for."""

    where: ColumnElement[bool]
    # A query for the ids of these offices.
    offices: Select[int]

    @classmethod
    def of(cls, session: Session, user_id: int) -> Scope:
        """The scope of a user. For somebody who sees every office there is no condition at all."""
        seen = offices(user_id, Right.READ)
        mine = session.scalars(seen.limit(FEW_OFFICES + 1)).all()
        if len(mine) <= FEW_OFFICES:
            return cls(Account.office_id.in_(mine), seen)
        if everywhere(session, user_id, Right.READ):
            return cls(true(), select(Office.id))
        return cls(Account.office_id.in_(seen), seen)


def conditions(wanted: Wanted, scope: Scope) -> list[ColumnElement[bool]]:
    """What a delivery (joined with its account) must be to be shown, its state apart."""
    found = [*_of_account(wanted, scope)]
    if wanted.piece_id is not None:
        found.append(Delivery.interpretation_id == wanted.piece_id)
    if wanted.since is not None:
        found.append(Delivery.due_at >= wanted.since)
    if wanted.until is not None:
        found.append(Delivery.due_at < wanted.until)
    return found


def _of_account(wanted: Wanted, scope: Scope) -> list[ColumnElement[bool]]:
    found = [scope.where]
    if wanted.channel:
        found.append(Account.channel == wanted.channel)
    if wanted.area_id is not None:
        below = select(Area.id).where(Area.id == wanted.area_id).cte("below", recursive=True)
        below = below.union_all(select(Area.id).join(below, Area.parent_id == below.c.id))
        found.append(Account.area_id.in_(select(below.c.id)))
    return found


def pieces(session: Session, wanted: Wanted, scope: Scope) -> tuple[list[Piece], str]:
    """One page of interpretations that have such deliveries, the one changed last first, and the keyset of the next
    page ("" when there is none). In a number of queries that does not grow.
    """
    query = select(Interpretation.id, Interpretation.title, Interpretation.version, Interpretation.updated_at)
    query = query.where(_having(session, wanted, scope)).where(*_later(wanted.after))
    if wanted.search:
        pattern = "%" + wanted.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(Interpretation.title.ilike(pattern, escape="\\"))
    order = Interpretation.updated_at.desc(), Interpretation.id.desc()
    rows = session.execute(query.order_by(*order).limit(PIECES + 1)).all()
    found = [Piece(*row) for row in rows[:PIECES]]
    _count(session, found, wanted, scope)
    _unfold(session, found, wanted, scope)
    last = found[-1] if len(rows) > PIECES else None
    return found, f"{last.updated_at.isoformat()}~{last.id}" if last else ""


def _having(session: Session, wanted: Wanted, scope: Scope) -> ColumnElement[bool]:
    such = [shown(wanted.show), *conditions(wanted, scope)]
    accounts = select(Account.id).where(*_of_account(wanted, scope)).limit(FEW_ACCOUNTS + 1)
    few = session.scalar(select(func.count()).select_from(accounts.subquery())) or 0
    if few <= FEW_ACCOUNTS or wanted.show in ("problems", "moving"):
        ids = select(Delivery.interpretation_id).join(Account, Account.id == Delivery.account_id).where(*such)
        return Interpretation.id.in_(ids)
    return exists().where(Delivery.interpretation_id == Interpretation.id, Account.id == Delivery.account_id, *such)


def _later(after: str) -> list[ColumnElement[bool]]:
    instant, _, id_ = after.partition("~")
    try:
        at, last = datetime.fromisoformat(instant), int(id_)
    except ValueError:
        return []
    if at.tzinfo is None:
        return []
    same = (Interpretation.updated_at == at) & (Interpretation.id < last)
    return [or_(Interpretation.updated_at < at, same)]


def _count(session: Session, found: Sequence[Piece], wanted: Wanted, scope: Scope) -> None:
    """The chips: how many accounts of each channel, and the most pressing of their states."""
    by_id = {piece.id: piece for piece in found}
    query = select(Delivery.interpretation_id, Delivery.channel, Delivery.state, func.count())
    if wanted.channel or wanted.area_id is not None or not isinstance(scope.where, True_):
        # Else an index alone answers, and of a release to a whole city no account has to be looked up.
        query = query.join(Account, Account.id == Delivery.account_id)
    rows = session.execute(
        query.where(Delivery.interpretation_id.in_(by_id), newest_there(), *conditions(wanted, scope))
        .group_by(Delivery.interpretation_id, Delivery.channel, Delivery.state)
        .order_by(func.min(Delivery.id))
    )
    for piece_id, channel, state, count in rows:
        chips = by_id[piece_id].chips
        known = next((chip for chip in chips if chip.channel == channel), None)
        if known is None:
            chips.append(Chip(channel, State(state), count, {State(state): count}))
        else:
            known.accounts += count
            known.states[State(state)] = count
            known.state = min(known.state, State(state), key=PRESSING.index)


def _unfold(session: Session, found: Sequence[Piece], wanted: Wanted, scope: Scope) -> None:
    """The first deliveries of each: what waits for a person, then the others."""
    by_id = {piece.id: piece for piece in found}
    pressing = case((shown("problems"), 0), else_=1)
    place = func.row_number().over(
        partition_by=(Delivery.interpretation_id, pressing), order_by=(Delivery.due_at.desc(), Delivery.id.desc())
    )
    numbered = (
        select(Delivery.id.label("id"), pressing.label("rank"), place.label("place"))
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.interpretation_id.in_(by_id), newest_there(), shown(wanted.show), *conditions(wanted, scope))
        .subquery()
    )
    most = case((numbered.c.rank == 0, PRESSED), else_=UNFOLDED)
    rows = session.execute(
        _with_names(select(Delivery, numbered.c.rank))
        .join(numbered, numbered.c.id == Delivery.id)
        .where(numbered.c.place <= most)
        .order_by(numbered.c.rank, numbered.c.place)
    )
    for delivery, rank in rows:
        piece = by_id[delivery.interpretation_id]
        (piece.others if rank else piece.pressing).append(delivery)


def _with_names(query: Any) -> Any:
    return (
        query.join(Delivery.account)
        .join(Delivery.interpretation)
        .join(Delivery.revision)
        .options(
            contains_eager(Delivery.account),
            contains_eager(Delivery.interpretation),
            contains_eager(Delivery.revision).load_only(Revision.number),
        )
    )


def of_one(session: Session, wanted: Wanted, scope: Scope) -> tuple[list[Delivery], str]:
    """One page of an interpretation's deliveries, the newest first, and the keyset of the next page."""
    query = _with_names(select(Delivery)).where(shown(wanted.show), *conditions(wanted, scope))
    if wanted.after.isdigit():
        query = query.where(Delivery.id < int(wanted.after))
    rows = session.scalars(query.order_by(Delivery.id.desc()).limit(ROWS + 1)).all()
    return list(rows[:ROWS]), str(rows[ROWS - 1].id) if len(rows) > ROWS else ""


def numbers(session: Session, wanted: Wanted, scope: Scope) -> dict[str, int]:
    """How many deliveries the groups of states hold: of one interpretation all groups, of all only those that some day
    are empty again, for the others grow without end.
    """
    kinds = [kind for kind in FILTERS if wanted.piece_id is not None or kind in ("problems", "moving")]
    found = {}
    for kind in kinds:
        query = select(func.count()).select_from(Delivery).join(Account, Account.id == Delivery.account_id)
        found[kind] = session.scalar(query.where(shown(kind), *conditions(wanted, scope))) or 0
    return found


def ids(session: Session, wanted: Wanted, scope: Scope) -> Sequence[int]:
    """Every delivery that is shown, on whatever page: for what is done to all of them at once."""
    query = select(Delivery.id).join(Account, Account.id == Delivery.account_id)
    return session.scalars(query.where(shown(wanted.show), *conditions(wanted, scope)).order_by(Delivery.id)).all()


def visible(session: Session, wanted_ids: Sequence[int], scope: Scope) -> Sequence[int]:
    """Of these deliveries, those within the scope."""
    query = select(Delivery.id).join(Account, Account.id == Delivery.account_id).where(scope.where)
    return session.scalars(query.where(Delivery.id.in_(wanted_ids)).order_by(Delivery.id)).all()


def subtree(session: Session, area_id: int | None, mine: int) -> tuple[list[Area], list[Area]]:
    """For the picker: the way from the top to the area (or to the office's own), and the areas right below it."""
    way: list[Area] = []
    step = session.get(Area, area_id if area_id is not None else mine)
    while step is not None:
        way.insert(0, step)
        step = session.get(Area, step.parent_id) if step.parent_id else None
    below = select(Area).where(Area.parent_id == way[-1].id).order_by(Area.id) if way else None
    return way, list(session.scalars(below)) if below is not None else []
