"""Builds that are broken on purpose: what the harness must be able to see."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, insert, select, update

from hub.models import Delivery, Move, Revision
from tests.faults.far import Far
from tests.faults.points import replace


def no_compare() -> None:
    """State changes without compare-and-set, and claims without a fence: what was read a moment ago is overwritten."""
    replace("hub.workflow:move_all", lambda _: _move_all)
    replace("hub.workflow:move", lambda _: _move)
    replace("hub.workflow:move_each", lambda _: _move_each)
    replace("hub.publishing.claiming:_still", lambda _: lambda delivery, _claim: delivery)
    replace("hub.publishing.claiming:_extend", lambda _: _extend)


def no_look() -> None:
    """An unknown outcome is repeated without a look: the far end is never asked."""
    Far.find = lambda _self, _key, _artefact, _settings: None  # type: ignore[method-assign]


BUILDS: dict[str, Callable[[], None]] = {"no-compare": no_compare, "no-look": no_look}


def _move_all(
    session: Any, picked: Any, source: Any, target: Any, *, actor: Any, now: Any, reason: str = "", **values: Any
) -> list[int]:
    if isinstance(picked, Select):
        # Seen by a reader of its own: by the time of the writing others may have seen the same.
        with session.get_bind().engine.execution_options(reading=True).connect() as reader:
            picked = list(reader.scalars(picked))
            reader.rollback()
        time.sleep(0.03)
    values.pop("said", None)
    clean = {} if str(target) == "working" else {"token": None, "lease_until": None}
    seen = dict(session.execute(select(Delivery.id, Delivery.version).where(Delivery.id.in_(picked))).all())
    for row, version in seen.items():
        where = update(Delivery).where(Delivery.id == row).execution_options(synchronize_session=False)
        session.execute(where.values(state=target, version=version + 1, **clean, **values))
        _record(session, row, source, target, version + 1, actor, now, reason)
    return sorted(seen)


def _move(
    session: Any,
    delivery: Any,
    target: Any,
    *,
    actor: Any,
    now: Any,
    reason: str = "",
    token: Any = None,
    **values: Any,
) -> None:
    source, version = delivery.state, delivery.version
    values.pop("said", None)
    clean = {} if str(target) == "working" else {"token": None, "lease_until": None}
    where = update(Delivery).where(Delivery.id == delivery.id).execution_options(synchronize_session=False)
    session.execute(where.values(state=target, version=version + 1, **{**clean, **values}))
    session.refresh(delivery)
    _record(session, delivery.id, source, target, version + 1, actor, now, reason)


def _move_each(session: Any, steps: Any, source: Any, *, actor: Any, now: Any) -> bool:
    for step in steps:
        row = session.get(Delivery, step.delivery_id)
        _move(session, row, step.target, actor=actor, now=now, reason=step.reason, **step.values)
    return True


def _extend(services: Any, claims: Any, now: Any) -> list[Any]:
    going = [claim for some in claims.values() for claim in some]
    with services.db.writing() as session:
        for artefact, some in claims.items():
            values = {} if artefact is None else {"intent_at": now, "artefact": artefact}
            ids = [claim.delivery_id for claim in some]
            if values:
                session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(**values))
    return going


def _record(session: Any, row: int, source: Any, target: Any, version: int, actor: Any, now: Any, reason: str) -> None:
    digest = select(Revision.content_hash).join(Delivery, Delivery.revision_id == Revision.id).where(Delivery.id == row)
    session.execute(
        insert(Move).values(
            delivery_id=row,
            at=now,
            source=str(source),
            target=str(target),
            version=version,
            attempt=0,
            actor=actor.name,
            user_id=actor.user_id,
            revision_hash=session.scalar(digest),
            reason=reason,
        )
    )
