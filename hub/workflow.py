"""`start_all`, `move`, `move_all`, `move_each`: the only writers of a delivery's state, each with its Move rows in one
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Select, bindparam, insert, select, update
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain.states import State, legal
from hub.domain.troubles import Trouble
from hub.models import Account, Delivery, Move, Revision

_ROWS: Any = Delivery.__table__

# Ids in one statement: databases limit its parameters.
BATCH = 500


@dataclass(frozen=True)
class Actor:
    """Who moves a delivery: `name` goes into the trail ("user:3", "clock", "worker:…", "cli:…")."""

    name: str
    user_id: int | None = None


class ConflictError(Exception):
    """Somebody else moved the delivery first; shown as 409 with what changed."""

    def __init__(self, delivery_id: int, expected: State, found: State | None) -> None:
        super().__init__(f"delivery {delivery_id}: expected {expected}, found {found}")
        self.delivery_id = delivery_id
        self.expected = expected
        self.found = found
        self.words = Words(
            "DLV-409 这项发布任务刚刚被改动过，请刷新后再试。",
            "DLV-409 This delivery has just been changed; reload and try again.",
        )


class IllegalMoveError(Exception):
    """A move that the table of states does not have: a programming error, never an editor's."""


def start_all(
    session: Session, rows: Sequence[dict[str, Any]], *, actor: Actor, now: datetime, reason: str = ""
) -> list[int]:
    """Store new deliveries, given as their columns, as scheduled, each with its first Move row; returns their ids in
    the order of `rows`.
    """
    if not rows:
        return []
    fresh = {"state": State.SCHEDULED, "version": 1, "attempt": 0}
    ids = session.scalars(
        insert(Delivery).returning(Delivery.id, sort_by_parameter_order=True), [{**row, **fresh} for row in rows]
    ).all()
    for first in range(0, len(ids), BATCH):
        some = ids[first : first + BATCH]
        _record_all(session, some, None, State.SCHEDULED, actor=actor, now=now, reason=reason)
    return list(ids)


def move(
    session: Session,
    delivery: Delivery,
    target: State,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    said: Trouble | None = None,
    token: str | None = None,
    **values: Any,
) -> None:
    """Move `delivery` to `target` by compare-and-set, with its Move row in the same transaction.

    `values` are further columns of the row; `said` is what the channel or the program said of this attempt, kept with
    the Move row. With `token` the row must still carry that claim. Raises
    IllegalMoveError for a move that isn't in the table, ConflictError when the row is no longer as it was seen.
    """
    source = State(delivery.state)
    where = [Delivery.id == delivery.id, Delivery.state == source, Delivery.version == delivery.version]
    if token is not None:
        where.append(Delivery.token == token)
    changed = session.execute(
        update(Delivery)
        .where(*where)
        .values(state=target, version=delivery.version + 1, **_released(source, target, values))
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        session.expire(delivery)
        found = session.get(Delivery, delivery.id, populate_existing=True)
        raise ConflictError(delivery.id, source, State(found.state) if found else None)
    session.refresh(delivery)
    if target is State.PUBLISHED and source is not State.WITHDRAWING:
        published(session, [delivery.id], now)
    session.add(record(session, delivery, source, actor=actor, now=now, reason=reason, said=said))


def move_all(
    session: Session,
    picked: Select[int] | Sequence[int],
    source: State,
    target: State,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    said: Trouble | None = None,
    tries: int = 0,
    **values: Any,
) -> Sequence[int]:
    """Move every delivery that `picked` (ids, or a query for them) names and that is in `source` to `target`, in one
    statement, with the Move rows in the same transaction. `tries` is added to the attempts. Returns the ids moved, in
    ascending order. The bulk form of `move`, for the clock, the claim and the sweep: of any number at work at once,
    each row is moved by exactly one.
    """
    ids = picked if isinstance(picked, Sequence) else session.scalars(picked).all()
    moved: list[int] = []
    for first in range(0, len(ids), BATCH):
        some = session.scalars(
            _update_all(source, target, tuple(sorted(values))),
            {"its_ids": ids[first : first + BATCH], "tries": tries, **{f"new_{k}": v for k, v in values.items()}},
        ).all()
        _record_all(session, some, source, target, actor=actor, now=now, reason=reason, said=said)
        if target is State.PUBLISHED and source is not State.WITHDRAWING:
            published(session, some, now)
        moved += some
    return sorted(moved)


# Building a statement takes longer than running it: these are built once a process.
@cache
def _update_all(source: State, target: State, names: tuple[str, ...]) -> Any:
    given = {name: bindparam(f"new_{name}", type_=_ROWS.c[name].type) for name in names}
    return (
        update(_ROWS)
        .where(_ROWS.c.id.in_(bindparam("its_ids", expanding=True)), _ROWS.c.state == source.value)
        .values(
            state=target.value,
            version=_ROWS.c.version + 1,
            **{"attempt": _ROWS.c.attempt + bindparam("tries"), **_released(source, target, given)},
        )
        .returning(_ROWS.c.id)
    )


def _record_all(
    session: Session,
    ids: Sequence[int],
    source: State | None,
    target: State,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    said: Trouble | None = None,
) -> None:
    """The Move rows for the states these deliveries are in now."""
    if not ids:
        return
    values: dict[str, Any] = {"source": source.value if source else None, "target": target.value, "actor": actor.name}
    values |= {"at": now, "user_id": actor.user_id, "reason": reason, "said": said}
    session.execute(_record_statement(), {"its_ids": ids, **{f"its_{k}": v for k, v in values.items()}})


@cache
def _record_statement() -> Any:
    trail: Any = Move.__table__
    given = ("at", "source", "target", "actor", "user_id", "reason", "said")
    columns = {
        "delivery_id": _ROWS.c.id,
        "version": _ROWS.c.version,
        "attempt": _ROWS.c.attempt,
        "revision_hash": Revision.content_hash,
        **{name: bindparam(f"its_{name}", type_=trail.c[name].type) for name in given},
    }
    rows = (
        select(*columns.values())
        .join_from(_ROWS, Revision, Revision.id == _ROWS.c.revision_id)
        .where(_ROWS.c.id.in_(bindparam("its_ids", expanding=True)))
        .order_by(_ROWS.c.id)
    )
    return insert(trail).from_select(list(columns), rows)


@dataclass(frozen=True)
class Step:
    """One move of many: the row as it was seen, where it goes, and its further columns."""

    delivery_id: int
    version: int
    token: str
    attempt: int
    revision_hash: str
    target: State
    values: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    said: Trouble | None = None


def move_each(session: Session, steps: Sequence[Step], source: State, *, actor: Actor, now: datetime) -> bool:
    """Move each delivery from `source` to its own target, by compare-and-set on state, version and token, with the Move
    rows in the same transaction. Returns False, and the caller rolls back, when any of them was no longer as it was
    seen. The form for a worker that ends several deliveries at once.
    """
    for (target, names), alike in groupby(sorted(steps, key=_kind), key=_kind):
        same = list(alike)
        done = session.connection().execute(
            _update_each(source, State(target), names),
            [
                {"its_id": s.delivery_id, "its_version": s.version, "its_token": s.token}
                | {f"new_{name}": s.values[name] for name in names}
                for s in same
            ],
        )
        if done.rowcount != len(same):
            return False
    published(session, [s.delivery_id for s in steps if s.target is State.PUBLISHED], now)
    session.execute(insert(Move), [_row_of(s, source, actor, now) for s in steps])
    return True


def published(session: Session, delivery_ids: Sequence[int], now: datetime) -> None:
    """Note on their accounts that these deliveries went out: what tells which accounts fall silent."""
    if delivery_ids:
        session.connection().execute(_NOTE_PUBLISHED, {"its_ids": delivery_ids, "now": now})


_ACCOUNTS: Any = Account.__table__
_NOTE_PUBLISHED = (
    update(_ACCOUNTS)
    .where(_ACCOUNTS.c.id.in_(select(_ROWS.c.account_id).where(_ROWS.c.id.in_(bindparam("its_ids", expanding=True)))))
    .values(last_published_at=bindparam("now", type_=_ACCOUNTS.c.last_published_at.type))
)


def _kind(step: Step) -> tuple[str, tuple[str, ...]]:
    return step.target.value, tuple(sorted(step.values))


@cache
def _update_each(source: State, target: State, names: tuple[str, ...]) -> Any:
    given = {name: bindparam(f"new_{name}", type_=_ROWS.c[name].type) for name in names}
    return (
        update(_ROWS)
        .where(
            _ROWS.c.id == bindparam("its_id"),
            _ROWS.c.state == source.value,
            _ROWS.c.version == bindparam("its_version"),
            _ROWS.c.token == bindparam("its_token"),
        )
        .values(state=target.value, version=_ROWS.c.version + 1, **_released(source, target, given))
    )


def _row_of(step: Step, source: State, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "delivery_id": step.delivery_id,
        "at": now,
        "source": source.value,
        "target": step.target.value,
        "version": step.version + 1,
        "attempt": step.attempt,
        "actor": actor.name,
        "user_id": actor.user_id,
        "revision_hash": step.revision_hash,
        "reason": step.reason,
        "said": step.said,
    }


def _released(source: State, target: State, values: dict[str, Any]) -> dict[str, Any]:
    """The further columns of a legal move; whatever leaves `working` gives up its claim."""
    if not legal(source, target):
        raise IllegalMoveError(f"{source} -> {target}")
    return values if target is State.WORKING else {"token": None, "lease_until": None, **values}


def record(
    session: Session,
    delivery: Delivery,
    source: State | None,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    said: Trouble | None = None,
) -> Move:
    """The Move row for the state `delivery` is in now. `source` is None for a delivery's first row."""
    return Move(
        delivery_id=delivery.id,
        at=now,
        source=source.value if source else None,
        target=State(delivery.state).value,
        version=delivery.version,
        attempt=delivery.attempt,
        actor=actor.name,
        user_id=actor.user_id,
        # The hash alone: loading the revision would read the whole text at every move.
        revision_hash=session.scalars(select(Revision.content_hash).where(Revision.id == delivery.revision_id)).one(),
        reason=reason,
        said=said,
    )
