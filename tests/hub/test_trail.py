"""The trail of administration: what is kept of a change, and that it stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from hub.domain.states import State
from hub.models import Account, Event, Office
from hub.services import Services
from hub.trail import differences, event_of, note, note_all
from hub.workflow import Actor
from tests.fakes import EDITOR, NOW, Plain, make_services


@pytest.fixture(params=["sqlite", "postgresql"])
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    url = request.getfixturevalue("postgresql") if request.param == "postgresql" else ""
    made = make_services(tmp_path / "var", Plain(), database_url=url)
    yield made
    made.db.close()


def _events(services: Services) -> list[Event]:
    with services.db.reading() as session:
        return list(session.scalars(select(Event).order_by(Event.id)))


def test_a_change_keeps_who_when_what_and_only_what_differs(services: Services) -> None:
    with services.db.writing() as session:
        account = session.get_one(Account, 1)
        before, after = {"name": "旧名", "active": True}, {"name": "新名", "active": True}
        values = {"before": before, "after": after, "reason": "更名"}
        note(session, actor=EDITOR, kind="account.renamed", subject=account, now=NOW, **values)
    [event] = _events(services)
    assert (event.at, event.actor, event.user_id, event.kind) == (NOW, "user:1", 1, "account.renamed")
    assert (event.subject, event.subject_id, event.office_id) == ("accounts", 1, 1)
    assert (event.before, event.after, event.reason) == ({"name": "旧名"}, {"name": "新名"}, "更名")


def test_an_offices_own_change_is_its_matter_and_what_has_no_row_is_named(services: Services) -> None:
    with services.db.writing() as session:
        note(
            session, actor=EDITOR, kind="office.added", subject=session.get_one(Office, 1), after={"name": "a"}, now=NOW
        )
        note(session, actor=Actor("cli:root"), kind="words.loaded", subject="words", now=NOW)
    added, loaded = _events(services)
    assert (added.office_id, added.before, added.after) == (1, None, {"name": "a"})
    assert (loaded.subject, loaded.subject_id, loaded.office_id, loaded.user_id) == ("words", None, None, None)


def test_many_at_once(services: Services) -> None:
    with services.db.writing() as session:
        account = session.get_one(Account, 1)
        note_all(session, (event_of(EDITOR, "account.checked", account, NOW) for _ in range(1200)))
    assert len(_events(services)) == 1200


def test_values_become_plain_data() -> None:
    made = differences(None, {"opened": date(2026, 5, 4), "at": NOW, "state": State.HELD, "all": ({"a": (1,)},)})
    assert made == (
        None,
        {"opened": "2026-05-04", "at": "2026-05-04T01:00:00+00:00", "state": "held", "all": [{"a": [1]}]},
    )


@pytest.mark.parametrize("statement", ["UPDATE events SET reason = ''", "DELETE FROM events"])
def test_nobody_changes_what_was(services: Services, statement: str) -> None:
    with services.db.writing() as session:
        note(session, actor=EDITOR, kind="account.checked", subject="accounts", now=NOW)
    with pytest.raises(DBAPIError, match="append-only"), services.db.writing() as session:
        session.execute(text(statement))
