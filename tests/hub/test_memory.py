"""The memory that workers share about platforms, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.base import Retryable
from channels.far import Token
from hub.memory import DatabaseMemory
from hub.models import FarToken
from hub.services import Services
from tests.fakes import NOW, Plain, later, make_services

DAY = date(2026, 5, 4)


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[Services]:
    services = make_services(tmp_path / "var", Plain(), database_url=database_url)
    yield services
    services.db.close()


@pytest.fixture
def memory(house: Services) -> DatabaseMemory:
    return DatabaseMemory(house.db, house.box, lambda: NOW)


def test_a_token_is_fetched_once_and_kept_sealed(memory: DatabaseMemory, house: Services) -> None:
    assert memory.token("x:1", lambda _: Token("secret-token", later(hours=2))) == "secret-token"
    assert memory.token("x:1", lambda _: pytest.fail("there is one")) == "secret-token"
    with house.db.reading() as session:
        assert "secret-token" not in session.scalars(select(FarToken.sealed)).one()


def test_a_token_that_was_refused_or_nears_its_end_is_fetched_anew(memory: DatabaseMemory) -> None:
    memory.token("x:1", lambda _: Token("one", later(hours=2)))
    asked: list[str] = []
    assert memory.token("x:1", lambda r: (asked.append(r), Token("two", later(hours=2)))[1], refused="one") == "two"
    assert asked == ["one"]
    memory.clock = lambda: later(minutes=116)
    assert memory.token("x:1", lambda _: Token("three", later(hours=4))) == "three"


def test_many_workers_fetch_it_once(house: Services) -> None:
    fetched: list[str] = []
    got: list[str] = []

    def fetch(_refused: str) -> Token:
        fetched.append("x")
        threading.Event().wait(0.3)
        return Token("t", datetime.now(NOW.tzinfo) + timedelta(hours=2))

    def work() -> None:
        got.append(DatabaseMemory(house.db, house.box).token("x:1", fetch))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fetched) == 1
    assert got == ["t"] * 6


def test_a_fetch_that_fails_or_dies_bars_nobody(memory: DatabaseMemory, house: Services) -> None:
    def fails(_refused: str) -> Token:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        memory.token("x:1", fails)
    assert memory.token("x:1", lambda _: Token("t", later(hours=2))) == "t"
    with house.db.writing() as session:
        row = session.get_one(FarToken, "x:1")
        row.sealed, row.fetching_until = "", later(seconds=20)
    memory.clock = lambda: later(seconds=21)
    assert memory.token("x:1", lambda _: Token("u", later(hours=2))) == "u"


def test_a_token_sealed_with_a_key_that_is_gone_is_no_token(memory: DatabaseMemory, house: Services) -> None:
    memory.token("x:1", lambda _: Token("t", later(hours=2)))
    house.box.path.unlink()
    assert memory.token("x:1", lambda _: Token("u", later(hours=2))) == "u"


def test_calls_are_counted_by_account_day_and_group(memory: DatabaseMemory) -> None:
    assert [memory.count("x:1", "submit", DAY, 100) for _ in range(3)] == [1, 2, 3]
    memory.exhaust("x:1", "publish_delete", DAY, 10)
    assert memory.used("x:1", DAY) == {"submit": 3, "publish_delete": 10}
    assert memory.used("x:1", DAY + timedelta(days=1)) == {}
    assert memory.used("x:2", DAY) == {}


def test_what_was_uploaded_is_known_by_account(memory: DatabaseMemory) -> None:
    memory.keep("x:1", "a" * 64, "http://one")
    memory.keep("x:1", "a" * 64, "http://two")
    assert memory.kept("x:1", "a" * 64) == "http://two"
    assert memory.kept("x:2", "a" * 64) == ""


def test_steps_are_written_by_whoever_has_the_newest(memory: DatabaseMemory) -> None:
    first = memory.steps("k")
    second = memory.note(first, drafting="begun", draft="")
    assert second.said == {"drafting": "begun"}
    assert memory.note(second, drafting="", draft="D1")["draft"] == "D1"
    assert memory.steps("k").said == {"draft": "D1"}
    for overtaken in (first, second):
        with pytest.raises(Retryable):
            memory.note(overtaken, drafting="again")


def test_counts_of_days_gone_by_are_forgotten(memory: DatabaseMemory) -> None:
    for back in (0, 1, 40):
        memory.count("x:1", "submit", DAY - timedelta(days=back), 100)
    assert memory.forget_calls(DAY - timedelta(days=30)) == 1
    assert memory.used("x:1", DAY) == {"submit": 1}
