"""A machine's clock that can be set: every process of a run reads the offset from the run's file `clock`.

libfaketime breaks `time.sleep` on some machines, so the wall clock is replaced where the product and its scheduler read
it; the steady clock stays as it is, as on a real machine.
"""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from tests.faults.points import replace, resolve

# Who reads the wall clock as `datetime.now(...)`.
READERS = ("hub.clock", "hub.db", "apscheduler.schedulers.base", "apscheduler.triggers.interval")


class Setting:
    """The wall clock as it is set: seconds ahead of the real one, and the machine's time zone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_at = self._seen = 0.0
        self._ahead = 0.0

    def ahead(self) -> float:
        """How far the wall clock is ahead, in seconds."""
        now = time.monotonic()
        if now - self._read_at > 0.02:
            self._read_at = now
            self._look()
        return self._ahead

    def _look(self) -> None:
        try:
            stamp = self.path.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if stamp != self._seen:
            self._seen = stamp
            said = json.loads(self.path.read_text())
            self._ahead = said["ahead"]
            os.environ["TZ"] = said["zone"]
            time.tzset()


def set_clock(folder: Path, ahead: float, zone: str) -> None:
    """Set the clock of all processes of the run, and note when."""
    part = folder / "clock.part"
    part.write_text(json.dumps({"ahead": ahead, "zone": zone}))
    part.rename(folder / "clock")
    with (folder / "clocks.jsonl").open("a") as out:
        out.write(json.dumps({"at": time.time(), "ahead": ahead, "zone": zone}) + "\n")


def install(folder: Path) -> Setting:
    """Have this process read the run's clock."""
    setting = Setting(folder / "clock")

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            moment = datetime.now(UTC) + timedelta(seconds=setting.ahead())
            return moment.astimezone(tz) if tz is not None else moment.astimezone().replace(tzinfo=None)

    for reader in READERS:
        owner, _, _ = resolve(f"{reader}:datetime")
        owner.datetime = Shifted
    replace("hub.db:Database.now", lambda original: lambda self: _now(original, self, setting))
    _watch(setting)
    return setting


def _now(original: Any, database: Any, setting: Setting) -> datetime:
    """SQLite's time is the machine's, which is shifted already; PostgreSQL's server stands on the same machine."""
    moment: datetime = original(database)
    return moment if database.engine.dialect.name == "sqlite" else moment + timedelta(seconds=setting.ahead())


def _watch(setting: Setting) -> None:
    owner, name, original = resolve("hub.clock:Watch")
    setattr(owner, name, lambda wall=None: original(wall=wall or (lambda: time.time() + setting.ahead())))
