"""The fault harness itself, in short: a few seeds on both databases, the named faults, and builds that are broken on
purpose, which it must fail. `make faults` is the long one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.run import ROOT

# A slow machine may take its time; nothing here is a measure of speed.
pytestmark = [pytest.mark.processes, pytest.mark.timeout(900)]


def faults(folder: Path, *arguments: str) -> tuple[int, str]:
    """`python -m tests.faults` with these arguments: its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--folder", str(folder / "runs"), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=850,
        check=False,
    )
    return done.returncode, done.stderr + done.stdout


def found(said: str) -> dict[str, int]:
    """The figures of the last line."""
    last = said.strip().splitlines()[-1]
    return {name: int(value) for name, _, value in (part.partition("=") for part in last.split())}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_is_lost_doubled_or_illegal(tmp_path: Path, database: str) -> None:
    code, said = faults(tmp_path, "--runs", "2", "--seed", "42", "--lanes", "1", "--databases", database)
    assert found(said) == {"runs": 2, "lost": 0, "doubled": 0, "illegal": 0}, said
    assert code == 0
    reached = next(line for line in said.splitlines() if line.startswith("points reached"))
    for point in ("claim", "intent", "receipt", "commit"):
        assert f"horse {point}.before" in reached
        assert f"horse {point}.after" in reached
    assert "clock enqueue.after" in reached


def test_a_build_without_compare_and_set_is_found_out(tmp_path: Path) -> None:
    how = ("--runs", "4", "--seed", "5", "--lanes", "1", "--databases", "sqlite", "--first-find")
    code, said = faults(tmp_path, *how, "--broken", "no-compare")
    assert code == 1
    assert found(said)["illegal"] > 0, said


def test_a_build_that_repeats_without_looking_is_found_out(tmp_path: Path) -> None:
    how = ("--runs", "6", "--seed", "6", "--lanes", "1", "--databases", "sqlite", "--first-find")
    code, said = faults(tmp_path, *how, "--broken", "no-look")
    assert code == 1
    assert found(said)["doubled"] > 0, said


def test_redis_emptied_again_and_again_loses_nothing(tmp_path: Path) -> None:
    code, said = faults(tmp_path, "--scenario", "emptied", "--size", "60", "--databases", "sqlite")
    assert code == 0, said


def test_a_delivery_that_holds_the_interpreter_is_killed_alone(tmp_path: Path) -> None:
    code, said = faults(tmp_path, "--scenario", "stuck-send", "--size", "6", "--databases", "sqlite")
    assert code == 0, said
