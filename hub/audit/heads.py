"""The newest link of the chain, noted outside the database: whoever cuts off the chain's end has to know of the note.

A line an hour in `audit/heads.jsonl` of the data folder: {"at", "hash", "position"}. Lines are only ever added.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from hub.config import Config
from hub.models import Seal
from hub.services import Services

EVERY = timedelta(hours=1)
# More than a line is long.
_TAIL = 1024


@dataclass(frozen=True)
class Head:
    """A link: its position, its hash, and the instant at which it was noted, None when nobody knows."""

    position: int
    hash: str
    at: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """As plain data for JSON, the instant in UTC."""
        return {"position": self.position, "hash": self.hash, "at": self.at and self.at.astimezone(UTC).isoformat()}


def heads_file(config: Config) -> Path:
    """Where the heads of this installation are noted."""
    return config.data / "audit" / "heads.jsonl"


def newest(services: Services, now: datetime) -> Head | None:
    """The chain's last link, None while there is none."""
    with services.db.reading() as session:
        row = session.execute(select(Seal.position, Seal.hash).order_by(Seal.position.desc()).limit(1)).first()
    return Head(row.position, row.hash, now) if row else None


def note_head(services: Services, now: datetime) -> bool:
    """Append the newest head, durably, unless the last note says the same; returns whether it was written."""
    head, path = newest(services, now), heads_file(services.config)
    if head is None:
        return False
    last, torn = _last(path)
    if last is not None and (last.position, last.hash) == (head.position, head.hash):
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = json.dumps(head.as_dict(), sort_keys=True) + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        # One write: two clocks may append at once. What a power cut left unfinished stays a line of its own.
        os.write(handle, (("\n" if torn else "") + line).encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    return True


def is_due(services: Services, now: datetime) -> bool:
    """Whether the last note is an hour old; a note from the future was made by a clock that has been set since."""
    last, _ = _last(heads_file(services.config))
    return last is None or last.at is None or not timedelta(0) <= now - last.at < EVERY


def set_aside(config: Config, now: datetime) -> Path | None:
    """Keep the notes under a dated name and begin anew: for whoever puts an older chain in place, as a restore does.
    Returns where they are kept, None when there were none.
    """
    path = heads_file(config)
    kept = path.with_name(f"heads-{now.astimezone(UTC):%Y%m%dt%H%M%Sz}.jsonl")
    try:
        path.rename(kept)
    except FileNotFoundError:
        return None
    return kept


def noted(path: Path) -> Iterator[Head | None]:
    """Every note in its order, None for a line that can't be read. Without a file there are none."""
    try:
        lines = path.open("rb")
    except FileNotFoundError:
        return
    with lines:
        for line in lines:
            if line.strip():
                yield _read(line)


def _last(path: Path) -> tuple[Head | None, bool]:
    """The last note, and whether the file ends in the middle of a line."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            tail = file.read()
    except FileNotFoundError:
        return None, False
    lines = tail.splitlines()
    return (_read(lines[-1]) if lines else None), bool(tail) and not tail.endswith(b"\n")


def _read(line: bytes) -> Head | None:
    try:
        data = json.loads(line)
        at = datetime.fromisoformat(data["at"])
        if at.tzinfo is None:
            return None
        return Head(int(data["position"]), str(data["hash"]), at)
    except (ValueError, KeyError, TypeError):
        return None
