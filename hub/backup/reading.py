"""Reading a backup: every byte is checked before anything is done with any of them."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from alembic.script import ScriptDirectory
from pydantic import ValidationError

from hub import __version__, migrations
from hub.backup import refusals
from hub.backup.manifest import FORMAT, MANIFEST, Manifest, is_ours
from hub.backup.progress import Progress, Step, silent

CHUNK = 1024 * 1024
# Small, so that a file damaged near its beginning is still known for what it is.
BLOCK = 4096
# No manifest of ours is larger: a million artefacts make 130 MB of it.
LARGEST_MANIFEST = 1024**3


@dataclass(frozen=True)
class Entry:
    """A member being read; its stream is good until the next one is asked for. `at` is the place in the file, `digest`
    tells the hash and the size of what has been read of the stream.
    """

    name: str
    stream: IO[bytes]
    at: int
    digest: Callable[[], tuple[str, int]]


def verify(file: Path, progress: Progress = silent) -> Manifest:
    """The manifest of a backup that is whole, unaltered and of a format and a schema known here.

    Raises Refusal that names the member which is cut off or altered, and FileNotFoundError.
    """
    size = file.stat().st_size
    found: dict[str, tuple[str, int]] = {}
    manifest = b""
    for entry in entries(file):
        if entry.name in found:
            raise refusals.altered(file, entry.name)
        if entry.name == MANIFEST:
            manifest = entry.stream.read(LARGEST_MANIFEST)
        else:
            while entry.stream.read(CHUNK):
                pass
            found[entry.name] = entry.digest()
        progress(Step.VERIFY, entry.at, size)
    return _matching(file, manifest, found)


def _matching(file: Path, data: bytes, found: dict[str, tuple[str, int]]) -> Manifest:
    """The manifest, when it says of every member what was found, and when we can load what it describes."""
    if not data:
        raise refusals.cut_off(file, next(reversed(found), MANIFEST)) if found else refusals.not_a_backup(file)
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as error:
        raise refusals.altered(file, MANIFEST) from error
    if manifest.format > FORMAT or not _known(manifest.revision):
        raise refusals.too_new(file, f"{manifest.version} ({manifest.revision}; {__version__})")
    told = {name: (member.sha256, member.size) for name, member in manifest.members.items()}
    for name in sorted(told.keys() | found.keys()):
        if told.get(name) != found.get(name):
            raise refusals.altered(file, name)
    return manifest


def _known(revision: str) -> bool:
    scripts = ScriptDirectory.from_config(migrations.settings())
    return revision in {script.revision for script in scripts.walk_revisions()}


def entries(file: Path) -> Iterator[Entry]:
    """The members in order, read as a stream. Raises Refusal when the file is cut off, altered, or no backup; so does
    reading an entry's stream.
    """
    where = _Where(file)
    with file.open("rb") as raw, where.faults(), gzip.GzipFile(fileobj=raw, mode="rb") as unpacked:
        with tarfile.open(fileobj=unpacked, mode="r|", bufsize=BLOCK) as tar:
            for info in tar:
                if not info.isreg() or not is_ours(info.name):
                    raise refusals.altered(file, info.name) if where.member else refusals.not_a_backup(file)
                where.member = info.name
                found = tar.extractfile(info)
                if found is not None:
                    guarded = _Guarded(found, where)
                    yield Entry(info.name, io.BufferedReader(guarded), raw.tell(), guarded.digest)
        # To the end: the checksum of the whole comes after the last member.
        while unpacked.read(CHUNK):
            pass


@dataclass
class _Where:
    """How far the file has been read, for the sentence about what is wrong with it."""

    file: Path
    member: str = ""

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Say what is wrong with the file, and where, for what gzip and tar raise over it."""
        try:
            yield
        except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
            if not self.member:
                raise refusals.not_a_backup(self.file) from error
            ended = isinstance(error, EOFError) or "unexpected end" in str(error)
            raise (refusals.cut_off if ended else refusals.altered)(self.file, self.member) from error


class _Guarded(io.RawIOBase):
    """A member's bytes, hashed as they are read; what is wrong with the file is said then, not where it was opened."""

    def __init__(self, stream: IO[bytes], where: _Where) -> None:
        super().__init__()
        self.stream = stream
        self.where = where
        self.hash = hashlib.sha256()
        self.size = 0

    def digest(self) -> tuple[str, int]:
        """The hash and the size of what has been read."""
        return self.hash.hexdigest(), self.size

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into the buffer; returns how many bytes, 0 at the end."""
        with self.where.faults():
            data = self.stream.read(len(buffer))
        self.hash.update(data)
        self.size += len(data)
        buffer[: len(data)] = data
        return len(data)
