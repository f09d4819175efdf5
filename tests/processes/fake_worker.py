"""A real worker, or a real clock, over fake channels: `fake_worker.py worker|clock DATA`.

The sender's far end is the file DATA/arrived: a line for whatever arrives. DATA/slow holds the seconds that a render
takes; DATA/rendering is written when one begins.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import worker
from channels.base import Artefact, Receipt
from hub import clock, logs
from hub.services import Services
from tests.fakes import Plain, make_services


@dataclass
class FileSender(Plain):
    """Sends by appending a line, which is atomic; finds by reading."""

    key: str = "sender"
    data: Path = Path()

    def send(self, artefact: Artefact, settings: Any, key: str) -> Receipt:
        with (self.data / "arrived").open("a") as out:
            out.write(key + "\n")
        pause(self.data, "after_send")
        return Receipt(platform_id=key)

    def find(self, key: str, artefact: Artefact, settings: Any) -> Receipt | None:
        return Receipt(platform_id=key) if key in arrived(self.data) else None


def arrived(data: Path) -> list[str]:
    """The keys of all sends that arrived, in order."""
    path = data / "arrived"
    return path.read_text().split() if path.exists() else []


def pause(data: Path, where: str) -> None:
    """Sleep as long as the file DATA/<where> says, after noting who sleeps."""
    try:
        seconds = float((data / where).read_text())
    except FileNotFoundError:
        return
    (data / f"{where}.now").write_text(json.dumps({"horse": os.getpid(), "worker": os.getppid()}))
    time.sleep(seconds)


def services_of(data: Path, *, create: bool, redis_url: str = "", database_url: str = "") -> Services:
    """Services with the file sender: account 1; on SQLite unless another database is named."""
    channel = FileSender(data=data, rendering=lambda: pause(data, "slow"))
    urls = {"redis_url": redis_url, "database_url": database_url}
    return make_services(data, channel, create=create, lease_seconds=3, tick_seconds=0.2, **urls)


if __name__ == "__main__":
    logs.to_stderr()
    kind, folder = sys.argv[1], Path(sys.argv[2])
    urls = {"redis_url": os.environ["REDIS_URL"], "database_url": os.environ.get("DATABASE_URL", "")}
    opened = services_of(folder, create=False, **urls)
    sys.exit({"worker": worker.run, "clock": clock.run}[kind](opened))
