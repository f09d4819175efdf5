"""SQLite opened for several processes: no lost update, no reader that waits, nothing naive."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

import hub.db
from hub.config import Config
from hub.db import Database, upsert
from hub.models import Area, Base, Heartbeat
from tests.fakes import NOW, later

ROUNDS = 40


@pytest.fixture
def url(tmp_path: Path, database_url: str) -> str:
    """A database with all tables, and one with a number in it: SQLite, then PostgreSQL."""
    address = Config(data=tmp_path, database_url=database_url).database
    db = Database(address)
    if not database_url:
        Base.metadata.create_all(db.engine)
    with db.writing() as session:
        session.execute(text("CREATE TABLE counter (n INTEGER)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))
    db.close()
    return address


def _count(address: str) -> None:
    db = Database(address)
    for _ in range(ROUNDS):
        with db.writing() as session:
            seen = session.execute(text("SELECT n FROM counter")).scalar_one()
            session.execute(text("UPDATE counter SET n = :n"), {"n": seen + 1})


@pytest.mark.parametrize("database_url", [""])
def test_three_processes_lose_no_update_on_sqlite_and_meet_no_error(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    counters = [context.Process(target=_count, args=(url,)) for _ in range(3)]
    for counter in counters:
        counter.start()
    for counter in counters:
        counter.join()
    assert [c.exitcode for c in counters] == [0, 0, 0]
    db = Database(url)
    with db.reading() as session:
        assert session.execute(text("SELECT n FROM counter")).scalar_one() == 3 * ROUNDS
    db.close()


def test_the_settings_that_several_processes_need_of_sqlite(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'test.db'}")
    with db.reading() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    db.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_a_reader_is_not_held_up_by_a_writer(url: str) -> None:
    db = Database(url)
    with db.writing() as writer:
        writer.execute(text("UPDATE counter SET n = 7"))
        with db.reading() as reader:
            assert reader.execute(text("SELECT n FROM counter")).scalar_one() == 0
    db.close()


def test_what_raises_is_rolled_back(url: str) -> None:
    db = Database(url)

    def breaks() -> None:
        with db.writing() as session:
            session.execute(text("UPDATE counter SET n = 9"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaks()
    with db.reading() as session:
        assert session.execute(text("SELECT n FROM counter")).scalar_one() == 0
    db.close()


def test_rows_stay_readable_after_either_kind_of_transaction(url: str) -> None:
    db = Database(url)
    with db.writing() as session:
        written = Heartbeat(name="clock", at=NOW)
        session.add(written)
    with db.reading() as session:
        read = session.get_one(Heartbeat, "clock")
    db.close()
    assert (written.at, read.at) == (NOW, NOW)


def test_upsert_inserts_then_updates(url: str) -> None:
    db = Database(url)
    for at in (NOW, later(hours=1)):
        with db.writing() as session:
            row = upsert(session, Heartbeat).values(name="clock", at=at)
            session.execute(row.on_conflict_do_update(index_elements=["name"], set_={"at": at}))
    with db.reading() as session:
        assert session.get_one(Heartbeat, "clock").at == later(hours=1)
    db.close()


@pytest.mark.parametrize("database_url", [""])
def test_sqlite_surveys_what_has_grown_and_takes_the_better_index(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub.db, "SURVEYED_FROM", 500)
    question = "EXPLAIN QUERY PLAN SELECT name FROM areas WHERE level = 'town' AND parent_id = 1"
    db = Database(url)
    with db.writing() as session:
        session.execute(text("CREATE INDEX ix_areas_level ON areas (level)"))
        session.add(Area(name="市", level="city"))
        session.flush()
        session.add_all([Area(name=f"镇{n}", level="town", parent_id=1 if n < 3 else None) for n in range(400)])
    assert not db.survey(Area)
    with db.writing() as session:
        session.add_all([Area(name=f"村{n}", level="town") for n in range(400)])
    with db.reading() as session:
        assert "ix_areas_level" in str(session.execute(text(question)).all())
    assert db.survey(Area)
    db.close()
    with Database(url).reading() as session:
        assert "ix_areas_parent_id" in str(session.execute(text(question)).all())
        assert session.scalar(text("SELECT count(*) FROM areas")) == 801


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_surveys_by_itself(url: str) -> None:
    db = Database(url)
    assert not db.survey(Area)
    db.close()


def test_now_is_aware_and_utc(url: str) -> None:
    db = Database(url)
    assert db.now().tzinfo is UTC
    db.close()


def test_an_error_does_not_carry_what_was_to_be_written(url: str) -> None:
    db = Database(url)
    with pytest.raises(SQLAlchemyError) as error, db.writing() as session:
        session.execute(text("INSERT INTO nowhere VALUES (:secret)"), {"secret": "张三 13800000000"})
    assert "138" not in str(error.value)
    db.close()


def test_a_naive_time_is_refused(url: str) -> None:
    db = Database(url)
    with pytest.raises(Exception, match="naive"), db.writing() as session:
        session.add(Heartbeat(name="x", at=datetime(2026, 1, 1)))  # noqa: DTZ001 (that is the point)
    db.close()


def test_a_missing_folder_is_an_error_not_a_new_database(tmp_path: Path) -> None:
    with pytest.raises(OperationalError), Database(f"sqlite:///{tmp_path / 'none' / 'x.db'}").reading() as session:
        session.execute(text("SELECT 1"))
