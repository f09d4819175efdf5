"""`yigao backup` and `yigao restore` as their users run them."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.cli import main
from hub.services import Services
from tests.backup.house import after_restore, files_below, house, rows_of


@dataclass
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


Yigao = Callable[..., Ran]


@pytest.fixture
def yigao(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Yigao:
    """Run the command in English, in this process (test_documented runs it in one of its own)."""
    monkeypatch.setenv("YIGAO_LANGUAGE", "en")

    def run(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as ended:
            main([str(a) for a in arguments])
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


def test_a_backup_is_one_file_for_its_owner_and_comes_back(yigao: Yigao, original: Services, tmp_path: Path) -> None:
    made = yigao("backup", tmp_path / "b.tar.gz", "--data", original.config.data, "--json")
    assert made.code == 0, made
    said = json.loads(made.out)
    assert said["tables"]["moves"] == len(rows_of(original)["moves"])
    assert stat.S_IMODE((tmp_path / "b.tar.gz").stat().st_mode) == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.tar.gz", "original"]

    back = yigao("restore", tmp_path / "b.tar.gz", "--data", tmp_path / "new")
    assert back.code == 0, back
    assert f"{sum(said['tables'].values())} rows" in back.out
    assert "Publication is on hold (恢复备份" in back.out
    assert "yigao hold lift 2" in back.out
    new = house(tmp_path / "new", office=False)
    assert after_restore(rows_of(new))["moves"] == after_restore(rows_of(original))["moves"]
    assert files_below(new.config.site_folder) != {}
    new.db.close()


def test_nothing_is_restored_beside_a_running_instance(yigao: Yigao, backed_up: Path, target: Services) -> None:
    run = target.config.data / "run"
    run.mkdir()
    handle = os.open(run / "run.lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        ran = yigao("restore", backed_up, "--data", target.config.data)
    finally:
        os.close(handle)
    assert (ran.code, "SYS-202 An instance already runs" in ran.err) == (2, True), ran
    assert list(files_below(target.config.data)) == ["run/run.lock"]


def test_wrong_use_is_2_and_a_bad_file_is_1(yigao: Yigao, original: Services, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"hello")
    data = ("--data", original.config.data)
    there = yigao("backup", tmp_path / "b", *data)
    assert (there.code, "SYS-301" in there.err) == (2, True), there
    full = yigao("restore", tmp_path / "b", *data)
    assert (full.code, "BAK-101" in full.err) == (1, True), full
    assert yigao("restore", tmp_path / "absent", *data).code == 2
    assert yigao("backup").code == 2


def test_a_backup_that_lacks_an_artefact_is_1_and_says_which(yigao: Yigao, original: Services, tmp_path: Path) -> None:
    blob = next(original.config.artefact_folder.glob("*/*"))
    blob.write_bytes(b"rotten")
    ran = yigao("backup", tmp_path / "b", "--data", original.config.data)
    assert (ran.code, f"BAK-106 damaged: {blob.parent.name}{blob.name}" in ran.err) == (1, True), ran
    assert (tmp_path / "b").is_file()
