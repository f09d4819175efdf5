"""No screen asks the database more often because there is more to show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from hub.services import Services
from tests.console.conftest import Visitor
from tests.fakes import NOW
from tests.publishing.helpers import scheduled


@contextmanager
def counting(services: Services) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    event.listen(services.db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(services.db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", ["", "deliveries", "accounts", "interpretations/1/publish", "deliveries/1"])
def test_the_number_of_queries_does_not_grow_with_the_rows(house: Services, editor: Visitor, path: str) -> None:
    scheduled(house, account=1, now=NOW)
    with counting(house) as few:
        editor.get(path)
    for account in (1, 2, 3) * 4:
        scheduled(house, account=account, now=NOW)
    with counting(house) as many:
        editor.get(path)
    assert len(many) == len(few)
    assert len(few) < 12
