"""PostgreSQL as we open it: a limit on every wait, UTC, and a server that goes away and comes back."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from hub.config import Config, SettingsError, load
from hub.db import Database, is_away, is_clash
from tests import postgres


@pytest.fixture
def url(postgresql: str) -> str:
    return Config(database_url=postgresql).database


@pytest.fixture
def db(url: str) -> Iterator[Database]:
    opened = Database(url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def mortal() -> Iterator[postgres.Server]:
    """A server that may be stopped."""
    with postgres.own_server() as server:
        yield server


def _shown(db: Database, *names: str) -> list[str]:
    with db.writing() as session:
        return [str(session.execute(text(f"SHOW {name}")).scalar_one()) for name in names]


def test_every_wait_has_a_limit_and_times_are_utc(db: Database) -> None:
    limits = _shown(db, "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    assert limits == ["30s", "10s", "30s"]
    # The server's own zone is another one.
    assert _shown(db, "timezone", "transaction_isolation") == ["UTC", "read committed"]
    assert _shown(db, "application_name")[0].startswith("yigao ")


def test_what_the_operator_puts_into_the_address_wins(url: str) -> None:
    db = Database(f"{url}&options=-c%20lock_timeout%3D3s&application_name=desk")
    assert _shown(db, "lock_timeout", "statement_timeout", "application_name") == ["3s", "30s", "desk"]
    db.close()


def test_a_caller_may_have_less_patience(url: str) -> None:
    db = Database(url, patience=1.5)
    assert _shown(db, "lock_timeout", "statement_timeout") == ["1500ms", "1500ms"]
    db.close()


def test_a_reader_has_one_view_and_can_not_write(db: Database) -> None:
    with db.writing() as session:
        session.execute(text("CREATE TABLE counter AS SELECT 0 AS n"))
    with db.reading() as reader:
        assert reader.execute(text("SELECT n FROM counter")).scalar_one() == 0
        with db.writing() as writer:
            writer.execute(text("UPDATE counter SET n = 7"))
        assert reader.execute(text("SELECT n FROM counter")).scalar_one() == 0
        with pytest.raises(DBAPIError, match="read-only"):
            reader.execute(text("UPDATE counter SET n = 8"))


@pytest.mark.parametrize("statement", ["SELECT pg_sleep(20)", "LOCK TABLE offices"])
def test_what_takes_too_long_counts_as_away(url: str, statement: str) -> None:
    holder, db = Database(url), Database(url, patience=0.2)
    with holder.writing() as session:
        session.execute(text("LOCK TABLE offices"))
        with pytest.raises(SQLAlchemyError) as error, db.writing() as other:
            other.execute(text(statement))
    assert is_away(error.value)
    assert not is_clash(error.value)
    holder.close()
    db.close()


def test_a_process_that_was_frozen_inside_a_transaction_loses_it(url: str) -> None:
    db = Database(url, patience=0.2)

    def freezes() -> None:
        with db.writing() as session:
            session.execute(text("UPDATE heartbeats SET at = now()"))
            session.execute(text("SELECT 1"))
            threading.Event().wait(1.5)
            session.execute(text("SELECT 1"))

    with pytest.raises(SQLAlchemyError) as error:
        freezes()
    assert is_away(error.value)
    db.close()


def test_a_deadlock_ends_one_of_the_two_and_is_told_from_an_outage(db: Database) -> None:
    with db.writing() as session:
        session.execute(text("CREATE TABLE pairs AS SELECT 1 AS n UNION SELECT 2"))
    both, errors = threading.Barrier(2), []

    def crosswise(first: int, second: int) -> None:
        try:
            with db.writing() as session:
                session.execute(text("SELECT n FROM pairs WHERE n = :n FOR UPDATE"), {"n": first})
                both.wait()
                session.execute(text("SELECT n FROM pairs WHERE n = :n FOR UPDATE"), {"n": second})
        except SQLAlchemyError as error:
            errors.append(error)

    threads = [threading.Thread(target=crosswise, args=order) for order in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [error] = errors
    assert is_clash(error)
    assert not is_away(error)


def test_a_wrong_statement_is_neither_away_nor_a_clash(db: Database) -> None:
    with pytest.raises(SQLAlchemyError) as error, db.reading() as session:
        session.execute(text("SELECT nothing"))
    assert not is_away(error.value)
    assert not is_clash(error.value)


def test_a_restarted_server_is_not_noticed_by_the_next_call(mortal: postgres.Server) -> None:
    with mortal.database() as address:
        db = Database(Config(database_url=address).database)
        assert _shown(db, "timezone") == ["UTC"]
        mortal.restart()
        assert _shown(db, "timezone") == ["UTC"]
        assert db.now().tzinfo is not None
        db.close()


def test_without_its_driver_the_start_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match=r"SYS-104.*yigao\[postgresql\]"):
        load(database_url="postgresql://yigao:secret@db/yigao")


def test_another_database_is_refused_without_showing_its_password() -> None:
    with pytest.raises(SettingsError, match="SYS-103") as error:
        load(database_url="mysql://yigao:secret@db/yigao")
    assert "secret" not in str(error.value)
