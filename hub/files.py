"""Files that others read while we write them: whole or not at all, and locks between processes."""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PART = ".part-"


class BusyError(Exception):
    """Somebody else has held the lock for longer than we may wait."""


@contextmanager
def lock(path: Path, *, wait: float, shared: bool = False) -> Iterator[None]:
    """Hold the lock file for the block, after waiting up to `wait` seconds (0: try once). Raises BusyError. The system
    frees it when the process ends, however it ends; a child does not inherit it. Any number may hold it `shared`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(handle, path, time.monotonic() + wait, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _take(handle: int, path: Path, end: float, kind: int) -> None:
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise BusyError(path) from None
            time.sleep(0.02)
        else:
            return


def below(root: Path, relative: str) -> Path:
    """The path below `root`. Raises ValueError for one that would leave it."""
    parts = relative.split("/")
    if relative.startswith("/") or ".." in parts or "\\" in relative or "\x00" in relative:
        raise ValueError(f"not below the folder: {relative!r}")
    return root.joinpath(*(p for p in parts if p and p != "."))


def write_changed(path: Path, data: bytes) -> bool:
    """Write `data` under one rename, durably, unless it is there already; returns whether it wrote.

    The new modification time is later than the old one by a whole second or more: servers make ETags and Last-Modified
    of whole seconds, and a second change within one second must not be answered with "not modified".
    """
    try:
        if path.read_bytes() == data:
            return False
        earliest = int(path.stat().st_mtime) + 1
    except FileNotFoundError:
        earliest = 0
        path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=PART, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fchmod(out.fileno(), 0o644)
            stamp = max(int(time.time()), earliest)
            os.utime(out.fileno(), (stamp, stamp))
            os.fsync(out.fileno())
        Path(name).rename(path)
    finally:
        Path(name).unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def make_private(path: Path, data: bytes) -> None:
    """Make the file, readable by its owner alone, unless it is there. Several processes may start at once: the first to
    link the whole file wins, and all read the same.
    """
    own = _private(path, data)
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    finally:
        own.unlink()


def replace_private(path: Path, data: bytes) -> None:
    """Put other bytes in the file's place in one step, durably, readable by its owner alone."""
    _private(path, data).rename(path)
    sync_folder(path.parent)


def _private(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    handle = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    return own


def sync_folder(folder: Path) -> None:
    """Make the renames in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
