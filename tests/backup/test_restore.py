"""What a backup gives back, from each database into each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from hub.backup import backup, restore
from hub.backup.rows import NOT_KEPT
from hub.models import Base
from hub.outlets import Folder
from hub.rebuilding import rebuild
from hub.services import Services
from tests.backup.house import ODD_JSON, after_restore, files_below, fill, house, rows_of
from tests.fakes import NOW, write


def test_the_original_has_a_row_in_every_table(original: Services) -> None:
    assert [name for name, rows in rows_of(original).items() if not rows] == []


def test_every_row_comes_back_as_it_was(original: Services, backed_up: Path, target: Services) -> None:
    restore(target, backed_up, now=NOW)
    assert after_restore(rows_of(target)) == after_restore(rows_of(original))


def test_the_trail_and_its_seals_come_back_byte_for_byte(original: Services, backed_up: Path, target: Services) -> None:
    restore(target, backed_up, now=NOW)
    before, after = rows_of(original), rows_of(target)
    assert after["moves"][: len(before["moves"])] == before["moves"]
    assert after["seals"] == before["seals"]
    assert ODD_JSON in {row[-1] for row in after["moves"]}


def test_the_site_is_rebuilt_to_the_same_bytes(original: Services, backed_up: Path, target: Services) -> None:
    rebuild(original)
    done = restore(target, backed_up, now=NOW)
    assert files_below(target.config.site_folder) == files_below(original.config.site_folder) != {}
    main = target.config.site_folder / "main"
    assert done.sites == {main: len(list(Folder(main).paths()))}


def test_every_artefact_comes_back(original: Services, backed_up: Path, target: Services) -> None:
    restore(target, backed_up, now=NOW)
    assert files_below(target.config.artefact_folder) == files_below(original.config.artefact_folder) != {}


def test_signs_of_life_and_the_key_of_sessions_stay_where_they_are(original: Services, tmp_path: Path) -> None:
    (original.config.data / "secret.key").write_bytes(b"sessions are signed with this")
    made = backup(original, tmp_path / "b", now=NOW)
    assert {"alembic_version", "far_tokens", "heartbeats"} == NOT_KEPT
    assert not [name for name in made.manifest.members if "secret" in name or "heartbeats" in name]


def test_settings_come_back_under_another_name(original: Services, target: Services, tmp_path: Path) -> None:
    (original.config.data / "yigao.toml").write_text('public_url = "https://x.example"\n')
    file = backup(original, tmp_path / "b", now=NOW).file
    done = restore(target, file, now=NOW)
    assert not (target.config.data / "yigao.toml").exists()
    assert done.config == target.config.data / "yigao.toml.restored"
    assert done.config.read_text() == 'public_url = "https://x.example"\n'


@pytest.mark.usefixtures("socket_enabled")
def test_from_sqlite_into_postgresql(
    original: Services, backed_up: Path, tmp_path: Path, empty_postgresql: str
) -> None:
    target = house(tmp_path / "pg", empty_postgresql, office=False)
    rebuild(original)
    restore(target, backed_up, now=NOW)
    assert after_restore(rows_of(target)) == after_restore(rows_of(original))
    assert files_below(target.config.site_folder) == files_below(original.config.site_folder)
    write(target, "新的一篇")  # numbered after those that were loaded
    with target.db.reading() as session:
        assert session.execute(text("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'yigao%'")).scalar() == 0
    target.db.close()


@pytest.mark.usefixtures("socket_enabled")
def test_from_postgresql_into_sqlite(target: Services, tmp_path: Path, empty_postgresql: str) -> None:
    original = house(tmp_path / "pg", empty_postgresql)
    fill(original)
    file = backup(original, tmp_path / "b", now=NOW).file
    restore(target, file, now=NOW)
    assert after_restore(rows_of(target)) == after_restore(rows_of(original))
    original.db.close()


@pytest.mark.usefixtures("socket_enabled")
def test_the_trail_is_append_only_again_on_postgresql(backed_up: Path, tmp_path: Path, empty_postgresql: str) -> None:
    target = house(tmp_path / "pg", empty_postgresql, office=False)
    restore(target, backed_up, now=NOW)
    restore(target, backed_up, now=NOW, replace=True)
    with pytest.raises(Exception, match="append-only"), target.db.writing() as session:
        session.execute(text("DELETE FROM moves"))
    target.db.close()


@pytest.mark.usefixtures("socket_enabled")
def test_what_was_in_postgresql_is_kept_in_a_schema_with_a_date(
    original: Services, backed_up: Path, tmp_path: Path, empty_postgresql: str
) -> None:
    target = house(tmp_path / "pg", empty_postgresql)
    write(target, "恢复之前写的")
    done = restore(target, backed_up, now=NOW, replace=True)
    assert done.former == "yigao_replaced_20260504t010000z"
    with target.db.reading() as session:
        session.execute(text("SELECT set_config('search_path', :former, true)"), {"former": done.former})
        titles = session.execute(text("SELECT title FROM interpretations")).scalars().all()
    assert titles == ["恢复之前写的"]
    assert after_restore(rows_of(target)) == after_restore(rows_of(original))
    target.db.close()


def test_what_was_there_is_kept_under_a_name_with_a_date(backed_up: Path, tmp_path: Path) -> None:
    target = house(tmp_path / "full")
    write(target, "恢复之前写的")
    done = restore(target, backed_up, now=NOW, replace=True)
    assert done.former == "yigao-replaced-20260504t010000z.db"
    target.db.close()
    shutil.move(target.config.data / done.former, target.config.data / "yigao.db")
    kept = house(tmp_path / "full", office=False)
    assert [row[2] for row in rows_of(kept)["interpretations"]] == ["恢复之前写的"]
    kept.db.close()


def test_a_database_that_cannot_be_read_any_more_is_replaced_and_kept(backed_up: Path, target: Services) -> None:
    (target.config.data / "yigao.db").write_bytes(b"SQLite format 3\0" + b"ruined" * 1000)
    done = restore(target, backed_up, now=NOW, replace=True)
    assert (target.config.data / done.former).read_bytes().endswith(b"ruined")
    assert rows_of(target)["moves"]


def test_a_backup_of_the_first_schema_is_loaded_and_brought_up_to_date(tmp_path: Path, target: Services) -> None:
    from alembic import command

    from hub.migrations import settings

    old = house(tmp_path / "old", office=False)
    command.upgrade(settings(old.db.engine), "0001")
    with old.db.writing() as session:
        session.execute(text("INSERT INTO areas (name, level) VALUES ('锦溪区', 'district')"))
        session.execute(text("INSERT INTO offices (name, area_id, zone, tolerance_minutes) VALUES ('办', 1, 'x', 30)"))
        session.execute(
            text(
                "INSERT INTO interpretations (office_id, title, form, version, created_at, updated_at) "
                "VALUES (1, '旧稿', 'text', 0, '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
            )
        )
    file = backup(old, tmp_path / "b", now=NOW).file
    old.db.close()
    restore(target, file, now=NOW)
    rows = rows_of(target)
    assert [row[2] for row in rows["interpretations"]] == ["旧稿"]
    assert len(rows["holds"]) == 1
    assert set(rows) == set(Base.metadata.tables)
