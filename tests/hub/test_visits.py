"""Visits by short addresses are counted by code, channel and day; nobody waits for it, and an outage loses little."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

import hub.visits
from hub.models import Visit
from hub.services import Services
from hub.visits import KEPT, Tally, Visits, visits
from tests.fakes import Plain, make_services

TODAY = date(2026, 11, 27)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = make_services(tmp_path / "var", Plain())
    yield made
    made.db.close()


def told(services: Services, *codes: str) -> Visits:
    with services.db.reading() as session:
        return visits(session, list(codes), TODAY)


def count(services: Services, *seen: tuple[str, str, int]) -> None:
    """Visits of each code through a channel, so many days ago."""
    tally = Tally(services)
    for code, channel, days in seen:
        tally.note(code, channel, TODAY - timedelta(days=days))
    tally.flush()


def test_visits_are_told_by_channel_and_lately(services: Services) -> None:
    count(services, ("226r", "cards", 0), ("226r", "cards", 40), ("226r", "", 1), ("23pm", "cards", 0))
    count(services, ("226r", "cards", 0))
    assert told(services, "226r") == Visits(4, 3, (("cards", 3), ("", 1)))
    assert told(services, "226r", "23pm") == Visits(5, 4, (("cards", 4), ("", 1)))
    assert told(services, "none") == Visits(0, 0, ())


def test_one_row_a_day_is_kept_and_nothing_of_whom(services: Services) -> None:
    count(services, *[("226r", "cards", 0)] * 50)
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Visit)) == 1
    assert {c.name for c in Visit.__table__.columns} == {"code", "day", "channel", "count"}


def test_what_is_older_than_two_years_goes(services: Services) -> None:
    count(services, ("226r", "", KEPT.days + 1))
    assert told(services, "226r").ever == 1
    count(services, ("23pm", "", 0))
    assert told(services, "226r").ever == 0


def test_while_the_database_is_away_counts_are_kept(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    tally = Tally(services)
    tally.note("226r", "", TODAY)
    with monkeypatch.context() as patched:
        patched.setattr(hub.visits, "_write", away)
        tally.flush()
    tally.note("226r", "", TODAY)
    tally.flush()
    assert told(services, "226r").ever == 2


def away(*_: object) -> None:
    raise OperationalError("INSERT", {}, Exception("away"))


def test_no_more_is_remembered_than_so_much(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub.visits, "MOST", 2)
    count(services, ("a", "", 0), ("b", "", 0), ("c", "", 0), ("a", "", 0))
    assert (told(services, "a").ever, told(services, "c").ever) == (2, 0)


def test_counts_are_written_by_themselves(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub.visits, "FLUSH_SECONDS", 0.01)
    tally = Tally(services)
    tally.note("226r", "", TODAY)
    later = tally._later
    assert later is not None
    later.join(10)
    assert told(services, "226r").ever == 1
