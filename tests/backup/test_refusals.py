"""What is not a whole backup, or must not be overwritten, is refused with its sentence, and nothing is changed."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from hub.backup import backup, restore, verify
from hub.backup.manifest import MANIFEST
from hub.db import Database
from hub.domain.refusals import Refusal
from hub.models import Heartbeat
from hub.services import Services
from tests.backup.house import after_restore, blob_of, files_below, house, rows_of
from tests.fakes import NOW, write


@pytest.fixture
def refused(target: Services) -> Callable[[Path], Refusal]:
    """The refusal of restoring the file; fails when anything in the target has changed."""

    def refusing(file: Path) -> Refusal:
        before = files_below(target.config.data)
        with pytest.raises(Refusal) as caught:
            restore(target, file, now=NOW)
        assert files_below(target.config.data) == before
        return caught.value

    return refusing


def remade(file: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A copy of the backup with other members: sound as an archive, whatever `change` made of them (None: left out)."""
    other = file.with_name("remade.tar.gz")
    with tarfile.open(file) as source, tarfile.open(other, "w:gz") as copy:
        for info in source:
            found = source.extractfile(info)
            data = change(info.name, found.read() if found else b"")
            if data is not None:
                info.size = len(data)
                copy.addfile(info, io.BytesIO(data))
    return other


def test_an_altered_table_is_named(backed_up: Path, refused: Callable[[Path], Refusal]) -> None:
    def change(name: str, data: bytes) -> bytes:
        return data.replace(b'"user:1"', b'"user:2"') if name == "tables/moves.jsonl" else data

    refusal = refused(remade(backed_up, change))
    assert refusal.code == "BAK-103"
    assert "tables/moves.jsonl" in refusal.words.zh
    assert "tables/moves.jsonl" in refusal.words.en


def test_a_member_that_is_gone_is_named(backed_up: Path, refused: Callable[[Path], Refusal]) -> None:
    refusal = refused(remade(backed_up, lambda name, data: None if name == "tables/seals.jsonl" else data))
    assert (refusal.code, "tables/seals.jsonl" in refusal.words.zh) == ("BAK-103", True)


def test_a_member_that_no_backup_has_is_named(backed_up: Path, refused: Callable[[Path], Refusal]) -> None:
    other = backed_up.with_name("other.tar")
    other.write_bytes(gzip.decompress(backed_up.read_bytes()))
    with tarfile.open(other, "a") as archive:
        archive.addfile(tarfile.TarInfo("../outside"))
    other.write_bytes(gzip.compress(other.read_bytes(), mtime=0))
    refusal = refused(other)
    assert (refusal.code, "../outside" in refusal.words.zh) == ("BAK-103", True)


@pytest.mark.parametrize("place", range(15, 100, 7))
def test_a_byte_changed_anywhere_is_noticed(backed_up: Path, place: int) -> None:
    data = bytearray(backed_up.read_bytes())
    data[len(data) * place // 100] ^= 0x10
    backed_up.write_bytes(data)
    with pytest.raises(Refusal) as caught:
        verify(backed_up)
    assert caught.value.code in ("BAK-102", "BAK-103")
    assert any(part in caught.value.words.zh for part in ("tables/", "artefacts/", MANIFEST))


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.99])
def test_a_file_that_is_cut_off_says_where(backed_up: Path, refused: Callable[[Path], Refusal], kept: float) -> None:
    data = backed_up.read_bytes()
    backed_up.write_bytes(data[: int(len(data) * kept)])
    refusal = refused(backed_up)
    assert refusal.code == "BAK-102"
    assert any(part in refusal.words.zh for part in ("tables/", "artefacts/", MANIFEST))


def test_a_backup_without_its_last_bytes_is_cut_off(backed_up: Path, refused: Callable[[Path], Refusal]) -> None:
    backed_up.write_bytes(backed_up.read_bytes()[:-3])
    assert refused(backed_up).code == "BAK-102"


@pytest.mark.parametrize(
    "content", [b"", b"hello", gzip.compress(b"hello" * 1000, mtime=0), b"SQLite format 3\0" + bytes(4096)]
)
def test_some_other_file_is_no_backup(tmp_path: Path, refused: Callable[[Path], Refusal], content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)
    assert refused(tmp_path / "other").code == "BAK-101"


def test_some_other_archive_is_no_backup(tmp_path: Path, refused: Callable[[Path], Refusal]) -> None:
    with tarfile.open(tmp_path / "other.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("holiday.jpg"))
    assert refused(tmp_path / "other.tar.gz").code == "BAK-101"


@pytest.mark.parametrize("field", [{"revision": "9999"}, {"format": 2}])
def test_a_backup_of_a_newer_product_asks_for_an_upgrade(
    backed_up: Path, refused: Callable[[Path], Refusal], field: dict[str, object]
) -> None:
    def change(name: str, data: bytes) -> bytes:
        return json.dumps({**json.loads(data), **field}).encode() if name == MANIFEST else data

    refusal = refused(remade(backed_up, change))
    assert (refusal.code, refusal.suggestion.en) == ("BAK-104", "Upgrade Yigao first.")


def test_a_database_with_work_in_it_is_left_alone(backed_up: Path, tmp_path: Path) -> None:
    full = house(tmp_path / "full")
    write(full, "已有稿件")
    before = rows_of(full)
    with pytest.raises(Refusal) as caught:
        restore(full, backed_up, now=NOW)
    assert caught.value.code == "SYS-303"
    assert rows_of(full) == before
    assert [p.name for p in full.config.data.iterdir() if "restoring" in p.name or "replaced" in p.name] == []
    full.db.close()


def test_an_office_that_has_written_nothing_may_be_restored_over_and_is_kept(backed_up: Path, tmp_path: Path) -> None:
    new = house(tmp_path / "new")
    done = restore(new, backed_up, now=NOW)
    assert (new.config.data / done.former).is_file()
    new.db.close()


@pytest.mark.usefixtures("socket_enabled")
def test_a_database_in_use_on_another_machine_is_left_alone(
    backed_up: Path, tmp_path: Path, empty_postgresql: str
) -> None:
    new = house(tmp_path / "new", empty_postgresql)
    with new.db.writing() as session:
        session.add(Heartbeat(name="clock:elsewhere", at=NOW - timedelta(seconds=8)))
    with pytest.raises(Refusal) as caught:
        restore(new, backed_up, now=NOW, replace=True)
    assert (caught.value.code, "clock:elsewhere" in caught.value.words.zh) == ("SYS-304", True)
    restore(new, backed_up, now=NOW + timedelta(minutes=1))
    new.db.close()


def test_rows_that_the_database_does_not_take_change_nothing(
    backed_up: Path, target: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(name: str, data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        return b"".join(lines[:1] + lines) if name == "tables/offices.jsonl" else data

    other = remade(backed_up, change)
    made = verify(backed_up)
    monkeypatch.setattr("hub.backup.restoring.verify", lambda *_: made)
    with pytest.raises(Refusal) as caught:
        restore(target, other, now=NOW)
    assert (caught.value.code, "offices" in caught.value.words.zh) == ("BAK-105", True)
    assert not (target.config.data / "yigao.db").exists()
    assert not [p for p in target.config.data.iterdir() if "restoring" in p.name]


def test_an_existing_file_is_not_overwritten_unless_asked(original: Services, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"precious")
    with pytest.raises(Refusal) as caught:
        backup(original, tmp_path / "b", now=NOW)
    assert caught.value.code == "SYS-301"
    assert (tmp_path / "b").read_bytes() == b"precious"
    backup(original, tmp_path / "b", now=NOW, replace=True)
    verify(tmp_path / "b")


def test_a_folder_without_data_is_not_made_into_one(target: Services, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(Refusal) as caught:
            backup(target, tmp_path / "b", now=NOW)
        assert caught.value.code == "SYS-302"
    assert files_below(target.config.data) == {}
    Database(target.config.database).engine.connect().close()  # a database without tables
    with pytest.raises(Refusal) as caught:
        backup(target, tmp_path / "b", now=NOW)
    assert caught.value.code == "SYS-302"
    assert not (tmp_path / "b").exists()


def test_a_backup_says_which_artefacts_are_damaged_or_missing(original: Services, tmp_path: Path) -> None:
    damaged = blob_of(original)
    damaged.write_bytes(b"something else")
    missing = next(p for p in original.config.artefact_folder.glob("*/*") if b'"files"' in p.read_bytes())
    shutil.move(missing, tmp_path / "away")
    made = backup(original, tmp_path / "b", now=NOW)
    assert made.manifest.damaged == [damaged.parent.name + damaged.name]
    assert made.manifest.missing == [missing.parent.name + missing.name]
    assert not made.whole
    verify(tmp_path / "b")


def test_rows_come_back_even_when_an_artefact_does_not(original: Services, target: Services, tmp_path: Path) -> None:
    blob_of(original).unlink()
    made = backup(original, tmp_path / "b", now=NOW)
    assert len(made.manifest.missing) == 1
    done = restore(target, made.file, now=NOW)
    assert done.sites is None
    assert after_restore(rows_of(target)) == after_restore(rows_of(original))
