"""What the migrations build is what the models say, on both databases, also from the first tables with rows in them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, select, text

from hub.config import Config
from hub.db import Database
from hub.migrations import settings, upgrade
from hub.models import Base, Delivery, Projection, SiteChange
from tests import postgres

ROOT = Path(__file__).parents[2]
# Everything that makes a table what it is, as the server itself writes it down.
SCHEMA = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
"""
FIRST_ROWS = """
INSERT INTO areas (id, name, level) VALUES (1, '锦溪区', 'district');
INSERT INTO offices (id, name, area_id, zone, tolerance_minutes) VALUES (1, '办公室', 1, 'Asia/Shanghai', 30);
INSERT INTO accounts (id, office_id, area_id, channel, name, settings, active) VALUES (1, 1, 1, 'x', '号', '{}', true);
INSERT INTO interpretations (id, office_id, title, form, version, created_at, updated_at)
VALUES (1, 1, '解读', 'text', 1, '2026-05-04 01:00:00', '2026-05-04 01:00:00');
INSERT INTO revisions (id, interpretation_id, number, content, content_hash, draft_hash, created_at)
VALUES (1, 1, 1, '{}', 'h', 'h', '2026-05-04 01:00:00');
INSERT INTO deliveries (id, interpretation_id, revision_id, account_id, channel, state, version, due_at,
tolerance_minutes, attempt, key, platform_id, url, proof, created_at)
VALUES (1, 1, 1, 1, 'x', 'published', 4, '2026-05-04 01:00:00', 30, 1, 'k', 'p1', '', '', '2026-05-04 01:00:00');
INSERT INTO moves (id, delivery_id, at, target, version, attempt, actor, revision_hash, reason)
VALUES (1, 1, '2026-05-04 01:00:00', 'scheduled', 1, 0, 'user:1', 'h', '')
"""
FIRST_SITE = """
INSERT INTO sites (id, key, name, domain, id_code, base_url, tag_date, language, contact)
VALUES (1, 'main', '锦溪', 'x.example', '0000000000', 'https://x.example/', '2026-01-01', 'zh-CN', '')
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
    else:
        with postgres.server().database(tables=False) as address:
            yield Config(database_url=address).database


@pytest.fixture
def engine(empty: str) -> Iterator[Engine]:
    db = Database(empty)
    yield db.engine
    db.close()


def _differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata)
        return list(found)


def test_the_migrations_build_what_the_models_say(engine: Engine) -> None:
    upgrade(engine)
    assert _differences(engine) == []


def test_on_postgresql_to_the_last_constraint_and_trigger(postgresql: str) -> None:
    with postgres.server().database(tables=False) as address:
        built, made = (Database(Config(database_url=url).database) for url in (address, postgresql))
        upgrade(built.engine)
        with built.reading() as migrated, made.reading() as modelled:
            found, expected = (set(map(tuple, s.execute(text(SCHEMA)))) for s in (migrated, modelled))
        built.close()
        made.close()
    assert {row for row in found if row[0] != "alembic_version"} == expected


def test_rows_of_the_first_tables_come_along(engine: Engine, empty: str) -> None:
    command.upgrade(settings(engine), "0001")
    with engine.begin() as connection:
        for statement in FIRST_ROWS.strip().split(";\n"):
            connection.execute(text(statement.replace("true", "1") if "sqlite" in empty else statement))
    upgrade(engine)
    db = Database(empty)
    with db.reading() as session:
        [delivery] = session.scalars(select(Delivery))
        assert (delivery.platform_id, [move.target for move in delivery.moves]) == ("p1", ["scheduled"])
    db.close()
    assert _differences(engine) == []


def test_a_site_with_pieces_from_before_is_behind_by_one_change(engine: Engine, empty: str) -> None:
    command.upgrade(settings(engine), "0001")
    with engine.begin() as connection:
        for statement in FIRST_ROWS.strip().split(";\n"):
            connection.execute(text(statement.replace("true", "1") if "sqlite" in empty else statement))
        connection.execute(text(FIRST_SITE))
        connection.execute(text("""UPDATE deliveries SET item = '{"identity": "i1"}'"""))
    upgrade(engine)
    db = Database(empty)
    with db.reading() as session:
        [row] = session.scalars(select(Projection))
        [change] = session.scalars(select(SiteChange))
    db.close()
    assert row.built < row.wanted == change.number


def test_two_machines_that_start_at_once_migrate_once() -> None:
    with postgres.server().database(tables=False) as address:
        url = Config(database_url=address).database
        program = f"from hub.db import make_engine; from hub.migrations import upgrade; upgrade(make_engine({url!r}))"
        started = [subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) for _ in range(2)]
        assert [process.wait() for process in started] == [0, 0]
        db = Database(url)
        assert _differences(db.engine) == []
        db.close()
