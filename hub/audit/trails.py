"""Each delivery's trail by itself: legal by the table of states, without gaps, and ending where the delivery is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.audit.findings import Break, Found
from hub.domain.states import State, legal
from hub.models import Delivery, Move, Seal

STRIDE = 1000
# What a delivery's first move may lead to.
FIRST = frozenset({State.DRAFT, State.SCHEDULED})


def check_trails(session: Session, found: Found, step: Callable[[], None]) -> int:
    """Add to `found` what is wrong with single trails, in the order of the deliveries; returns how many there are.
    `step` is called once a move.
    """
    count, last = 0, None
    for row in _moves(session):
        begins = last is None or last.delivery_id != row.delivery_id
        if begins:
            _check_end(last, found)
            count += 1
        if not (_begins(row) if begins else _follows(last, row)):
            found.add(
                Break("AUD-211", row.position, row.id, row.delivery_id, found=_step(None if begins else last, row))
            )
        last = row
        step()
    _check_end(last, found)
    return count + _without_moves(session, found)


def _moves(session: Session) -> Iterable[Any]:
    moved = (
        select(Move.id, Move.delivery_id, Move.source, Move.target, Move.version, Seal.position)
        .add_columns(Delivery.state, Delivery.version.label("is_version"))
        .outerjoin(Delivery, Delivery.id == Move.delivery_id)
        .outerjoin(Seal, Seal.move_id == Move.id)
        # A delivery's moves are made one after the other, so their ids have the order of its versions.
        .order_by(Move.delivery_id, Move.id)
    )
    return session.execute(moved, execution_options={"yield_per": STRIDE})


def _begins(row: Any) -> bool:
    return row.source is None and row.version == 1 and row.target in FIRST


def _follows(before: Any, row: Any) -> bool:
    known = row.source in set(State) and row.target in set(State)
    return bool(
        known
        and row.source == before.target
        and row.version == before.version + 1
        and legal(State(row.source), State(row.target))
    )


def _step(before: Any, row: Any) -> str:
    came = f"{before.target} v{before.version} · " if before else ""
    return f"{came}{row.source or '–'} → {row.target} v{row.version}"


def _check_end(last: Any, found: Found) -> None:
    """Whether the delivery is where its last move left it."""
    if last is None:
        return
    if last.state is None:
        found.add(Break("AUD-214", last.position, last.id, last.delivery_id))
    elif (last.state, last.is_version) != (last.target, last.version):
        found.add(Break("AUD-212", last.position, last.id, last.delivery_id, found=f"{last.state} v{last.is_version}"))


def _without_moves(session: Session, found: Found) -> int:
    """Deliveries that nothing was ever recorded of; a draft that was never moved may be so."""
    rows = session.execute(
        select(Delivery.id, Delivery.state, Delivery.version)
        .where(~select(Move.id).where(Move.delivery_id == Delivery.id).exists())
        .order_by(Delivery.id),
        execution_options={"yield_per": STRIDE},
    )
    count = 0
    for row in rows:
        count += 1
        if (row.state, row.version) != (State.DRAFT, 0):
            found.add(Break("AUD-213", None, None, row.id, found=f"{row.state} v{row.version}"))
    return count
