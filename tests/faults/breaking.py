"""Builds that are broken on purpose: what the harness must be able to see."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, Update, event, or_, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import BinaryExpression

from tests.faults.far import Far
from tests.faults.points import replace

# What a change of a delivery compares with what it saw.
COMPARED = {"state", "version", "token"}


def no_compare() -> None:
    """State changes without compare-and-set: every condition of an UPDATE on what the row was seen to be holds anyway,
    and what is free to be claimed was read a moment ago.
    """
    event.listen(Engine, "before_execute", _relaxed, retval=True)
    replace("hub.publishing.claiming:_still", lambda _: lambda delivery, _claim: delivery)
    replace("hub.publishing.claiming:_next", _stale)


def no_look() -> None:
    """An unknown outcome is repeated without a look: the far end is never asked."""
    Far.find = lambda _self, _key, _artefact, _settings: None  # type: ignore[method-assign]


BUILDS: dict[str, Callable[[], None]] = {"no-compare": no_compare, "no-look": no_look}


def _relaxed(_connection: Any, statement: Any, many: Any, params: Any, _options: Any) -> tuple[Any, Any, Any]:
    if isinstance(statement, Update) and statement.table.name == "deliveries":
        statement = statement._clone()
        # Or true: its parameters stay in use.
        statement._where_criteria = tuple(
            or_(one, text("1 = 1")) if _compares(one) else one for one in statement._where_criteria
        )
    return statement, many, params


def _compares(criterion: Any) -> bool:
    return isinstance(criterion, BinaryExpression) and getattr(criterion.left, "name", "") in COMPARED


def _stale(original: Callable[..., Any]) -> Callable[..., Any]:
    def pick(session: Any, *arguments: Any, **named: Any) -> list[Any]:
        reader = session.get_bind().engine.execution_options(reading=True)
        with Session(reader) as other:
            seen = list(original(other, *arguments, **named))
        time.sleep(0.05)
        return seen

    return pick
