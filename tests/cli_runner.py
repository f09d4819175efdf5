"""Runs the command line as a user does: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def yigao(*arguments: object, cwd: Path | None = None, timeout: float = 60, **environment: str) -> Ran:
    """Run `yigao` with these arguments and wait."""
    done = subprocess.run(
        [sys.executable, "-c", "from hub.cli import main; main()", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), **environment},
    )
    return Ran(done)


class Ran:
    """What a run left behind: exit code, output, error output."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def __repr__(self) -> str:
        return f"exit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"
