"""A folder that web servers read while it is written."""

from __future__ import annotations

import ctypes
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hub.files import PART, below, sync_folder
from hub.outlets.kinds import kind_of
from hub.outlets.packing import BROTLI, GZIP, is_packed, twins
from hub.outlets.singly import Singly

# A part left by a process that was killed is nobody's after this.
_ABANDONED_SECONDS = 86_400
# So many files are flushed one by one; more are cheaper with one flush of the file system (6 ms against 1 ms a file).
_FEW = 8


class Folder(Singly):
    """`hub.outlets.Outlet` in the folder `root`, which is made when the first file is.

    A file's modification time moves on by a whole second or more with every change: servers make ETag and
    Last-Modified of whole seconds, and a second change within one must not be answered with "not modified".
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        """As in `hub.outlets.Writing`."""
        try:
            return below(self.root, path).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def paths(self, folder: str = "") -> Iterator[str]:
        """As in `hub.outlets.Outlet`."""
        for where, folders, names in os.walk(below(self.root, folder)):
            folders[:] = [name for name in folders if not name.startswith(PART)]
            start = Path(where).relative_to(self.root)
            known = set(names)
            for name in names:
                twin = name.endswith((GZIP, BROTLI)) and name[:-3] in known
                if not twin and not name.startswith(PART):
                    yield (start / name).as_posix()

    def mend(self) -> None:
        """Nothing follows this folder."""

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """As in `hub.outlets.Outlet`."""
        batch = Batch(self)
        try:
            yield batch
            batch.settle()
        finally:
            batch.forget()


@dataclass
class _Change:
    """What will stand in the place of a file and its twins: by ending, the part to be renamed; nothing removes it."""

    target: Path
    parts: dict[str, Path]


class Batch:
    """`hub.outlets.Writing`, held back until `settle`."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._changes: dict[str, _Change] = {}
        self._part: Path | None = None
        self._count = 0

    def write(self, path: str, data: bytes, media_type: str, packed: bytes | None = None) -> bool:
        """As in `hub.outlets.Writing`."""
        target, kind = below(self._folder.root, path), kind_of(path, media_type)
        if path not in self._changes and _stands(target, data, whole=is_packed(kind, len(data))):
            return False
        stamp = _later(target)
        files = [("", data), *twins(kind, data, packed)]
        change = _Change(target, {ending: self._parted(content, stamp) for ending, content in files})
        # Written twice, it stands where the second one does in the order.
        self._changes.pop(path, None)
        self._changes[path] = change
        return True

    def remove(self, path: str) -> bool:
        """As in `hub.outlets.Writing`."""
        there = self.read(path) is not None
        self._changes.pop(path, None)
        self._changes[path] = _Change(below(self._folder.root, path), {})
        return there

    def read(self, path: str) -> bytes | None:
        """As in `hub.outlets.Writing`."""
        change = self._changes.get(path)
        if change is None:
            return self._folder.read(path)
        return change.parts[""].read_bytes() if change.parts else None

    def settle(self) -> None:
        """Make all of it durable under names of our own, then give each file its name, then make the names durable."""
        parts = [part for change in self._changes.values() for part in change.parts.values()]
        if not self._changes:
            return
        self._flush(parts, _sync_file)
        for change in self._changes.values():
            self._put(change)
        folders = {folder for change in self._changes.values() for folder in self._way(change.target)}
        self._flush(sorted(folders, reverse=True), sync_folder)
        self._changes.clear()

    def forget(self) -> None:
        """Drop what was not settled."""
        if self._part is not None:
            shutil.rmtree(self._part, ignore_errors=True)

    def _put(self, change: _Change) -> None:
        """The old twins go first and the new ones come last: whatever stands together at any moment is one version, and
        a moment without twins costs a few bytes more on the wire.
        """
        target = change.target
        for ending in (GZIP, BROTLI):
            _twin(target, ending).unlink(missing_ok=True)
        if not change.parts:
            target.unlink(missing_ok=True)
            self._prune(target.parent)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        for ending, part in change.parts.items():
            part.rename(_twin(target, ending))

    def _prune(self, folder: Path) -> None:
        with suppress(OSError):
            while folder != self._folder.root:
                folder.rmdir()
                folder = folder.parent

    def _way(self, target: Path) -> list[Path]:
        """The folders from the file up to the root that are there."""
        root = self._folder.root
        return [p for p in target.parents if (p == root or root in p.parents) and p.is_dir()]

    def _flush(self, paths: list[Path], one_by_one: Callable[[Path], None]) -> None:
        if len(paths) <= _FEW:
            for path in paths:
                one_by_one(path)
        else:
            _sync_filesystem(self._folder.root)

    def _parted(self, data: bytes, stamp: int) -> Path:
        if self._part is None:
            self._folder.root.mkdir(parents=True, exist_ok=True)
            _sweep(self._folder.root)
            self._part = Path(tempfile.mkdtemp(prefix=PART, dir=self._folder.root))
        self._count += 1
        path = self._part / str(self._count)
        path.write_bytes(data)
        path.chmod(0o644)
        os.utime(path, (stamp, stamp))
        return path


def keep_times(fresh: Path, old: Path) -> None:
    """Before `fresh` takes the place of the folder `old`: a file that is the same in both keeps its modification time,
    another one's is later than it was. So whoever holds a copy is not sent it again, and nobody keeps an old one.
    """
    for path in fresh.rglob("*"):
        before = old / path.relative_to(fresh)
        if not path.is_file() or _is_twin(path) or not before.is_file():
            continue
        same = before.stat().st_size == path.stat().st_size and before.read_bytes() == path.read_bytes()
        stamp = int(before.stat().st_mtime) if same else max(int(path.stat().st_mtime), int(before.stat().st_mtime) + 1)
        for one in (path, _twin(path, GZIP), _twin(path, BROTLI)):
            if one.is_file():
                os.utime(one, (stamp, stamp))


def _is_twin(path: Path) -> bool:
    return path.name.endswith((GZIP, BROTLI)) and path.with_name(path.name[:-3]).is_file()


def _stands(target: Path, data: bytes, *, whole: bool) -> bool:
    """Whether the file is there byte for byte; with its twin of the same moment if it is to have one (`whole`), or else
    without. A process killed between the names leaves it without.
    """
    try:
        if target.read_bytes() != data:
            return False
        twin = _twin(target, GZIP)
        if not whole:
            return not twin.exists()
        return int(twin.stat().st_mtime) == int(target.stat().st_mtime)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _later(target: Path) -> int:
    """A modification time in whole seconds, now or after the one that the file has."""
    try:
        return max(int(time.time()), int(target.stat().st_mtime) + 1)
    except (FileNotFoundError, NotADirectoryError):
        return int(time.time())


def _twin(target: Path, ending: str) -> Path:
    return target.with_name(target.name + ending)


def _sweep(root: Path) -> None:
    """Remove parts that nobody will rename any more."""
    for path in root.glob(f"{PART}*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_filesystem(folder: Path) -> None:
    syncfs = _syncfs()
    if syncfs is None:
        os.sync()
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if syncfs(handle) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(folder))
    finally:
        os.close(handle)


@cache
def _syncfs() -> Callable[[int], int] | None:
    """Linux's syncfs(2), which Python has no name for; None elsewhere."""
    return getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
