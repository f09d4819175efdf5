"""SIGKILL in the middle: no half a backup, and a restore that can be called again."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.backup import backup, restore, verify
from hub.backup.progress import Step
from hub.services import Services
from tests.backup.house import after_restore, files_below, house, rows_of
from tests.fakes import NOW, write

ROOT = Path(__file__).parents[2]


def killed(kind: str, services: Services, file: Path, step: Step, nth: int, replace: str = "") -> None:
    """Run it until it is killed at the `nth` word about `step`; fails when it isn't."""
    config = services.config
    arguments = [kind, str(config.data), str(file), NOW.isoformat(), step, str(nth), config.database_url, replace]
    done = subprocess.run(
        [sys.executable, "-m", "tests.backup.breaking", *arguments],
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def test_a_killed_backup_leaves_no_file_and_the_next_one_is_whole(original: Services, tmp_path: Path) -> None:
    killed("backup", original, tmp_path / "b", Step.PACK, 3)
    assert not (tmp_path / "b").exists()
    backup(original, tmp_path / "b", now=NOW)
    verify(tmp_path / "b")
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_killed_backup_leaves_the_former_one_as_it_was(original: Services, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"the former backup")
    killed("backup", original, tmp_path / "b", Step.PACK, 1, replace="yes")
    assert (tmp_path / "b").read_bytes() == b"the former backup"


@pytest.mark.parametrize(("step", "nth"), [(Step.LOAD, 40), (Step.SITE, 1)])
def test_a_killed_restore_can_be_called_again(
    original: Services, backed_up: Path, target: Services, step: Step, nth: int
) -> None:
    killed("restore", target, backed_up, step, nth)
    done = restore(target, backed_up, now=NOW)
    assert done.again == (step is Step.SITE)
    assert after_restore(rows_of(target)) == after_restore(rows_of(original))
    assert [p for p in target.config.data.iterdir() if "restoring" in p.name] == []
    assert files_below(target.config.site_folder) != {}


def test_a_killed_restore_leaves_what_was_there(backed_up: Path, tmp_path: Path) -> None:
    full = house(tmp_path / "full")
    write(full, "已有稿件")
    before = rows_of(full)
    full.db.close()
    killed("restore", house(tmp_path / "full", office=False), backed_up, Step.VERIFY, 9)
    assert rows_of(full) == before
    full.db.close()


@pytest.mark.usefixtures("socket_enabled")
def test_a_killed_restore_into_postgresql_can_be_called_again(
    original: Services, backed_up: Path, tmp_path: Path, empty_postgresql: str
) -> None:
    target = house(tmp_path / "pg", empty_postgresql, office=False)
    killed("restore", target, backed_up, Step.LOAD, 30)
    restore(target, backed_up, now=NOW)
    assert after_restore(rows_of(target)) == after_restore(rows_of(original))
    target.db.close()
