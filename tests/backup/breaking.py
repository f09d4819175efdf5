"""Runs a backup or a restore in a process of its own that kills itself at a named moment."""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from hub.backup import backup, restore
from hub.backup.progress import Step
from tests.backup.house import house


def main(kind: str, folder: str, file: str, now: str, step: str, nth: int, url: str, replace: str) -> None:
    """Do it; at the `nth` word about `step` the process is gone."""
    said = 0

    def tell(at: Step, _done: int, _total: int) -> None:
        nonlocal said
        said += at == step
        if said == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    services = house(Path(folder), url, office=False)
    act = backup if kind == "backup" else restore
    act(services, Path(file), now=datetime.fromisoformat(now), replace=bool(replace), progress=tell)


if __name__ == "__main__":
    main(*sys.argv[1:6], int(sys.argv[6]), *sys.argv[7:9])
