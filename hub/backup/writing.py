"""Making a backup while everything runs.

The rows are read first, in one transaction that sees one moment, and the artefacts after it: a blob is written before
the row that names it and never changed, so the later look finds all that the earlier one names. The key that signs
sessions is left out: whoever finds the file could sign in as anybody, and without the key people merely sign in again.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import tarfile
import tempfile
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import Connection, Table, make_url, text
from sqlalchemy.exc import DatabaseError
from zlib_ng import gzip_ng

from hub import __version__
from hub.artefacts import ArtefactStore
from hub.backup import refusals
from hub.backup.manifest import CONFIG, MANIFEST, Manifest, Member, blob_member, table_member
from hub.backup.progress import Progress, Step, silent
from hub.backup.rows import lines, tables_of
from hub.files import sync_folder
from hub.services import Services

PREFIX = ".yigao-backup-"
# Most bytes are pictures that don't shrink; a higher level costs three times the time for a few percent.
LEVEL = 3


@dataclass(frozen=True)
class Made:
    """A finished backup."""

    file: Path
    size: int
    manifest: Manifest

    @property
    def whole(self) -> bool:
        """Whether every artefact was there and sound."""
        return not self.manifest.damaged and not self.manifest.missing


def backup(
    services: Services, file: Path, *, now: datetime, replace: bool = False, progress: Progress = silent
) -> Made:
    """Write all data of this moment into `file` (mode 0600), under that name only when it is whole and durable.

    Raises Refusal when the file exists (without `replace`), its folder does not, or there is nothing to back up.
    """
    _require(services, file, replace)
    with ExitStack() as stack:
        _sweep(file.parent)
        part = stack.enter_context(tempfile.NamedTemporaryFile(prefix=PREFIX, dir=file.parent, delete=False))
        fcntl.flock(part, fcntl.LOCK_EX)
        stack.callback(Path(part.name).unlink, missing_ok=True)
        with _packing(part) as packed:
            manifest = _write(services, packed, file.parent, now, progress)
        part.flush()
        os.fsync(part.fileno())
        size = part.tell()
        if file.exists() and not replace:
            raise refusals.file_exists(file)
        Path(part.name).rename(file)
    sync_folder(file.parent)
    return Made(file, size, manifest)


def _sweep(folder: Path) -> None:
    """Remove what backups left that were killed: whoever still writes holds the lock of its file."""
    for left in folder.glob(f"{PREFIX}*"):
        with suppress(OSError), left.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _packing(part: Any) -> AbstractContextManager[IO[bytes]]:
    """Gzip, three times as fast as the standard library's."""
    packed: Any = gzip_ng.GzipFile(filename="", mode="wb", fileobj=part, compresslevel=LEVEL)  # type: ignore[no-untyped-call]
    return cast("AbstractContextManager[IO[bytes]]", packed)


def _require(services: Services, file: Path, replace: bool) -> None:
    if file.exists() and not replace:
        raise refusals.file_exists(file)
    if not file.parent.is_dir():
        raise refusals.no_folder(file.parent)
    url = make_url(services.config.database)
    # Connecting would make an empty database.
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise refusals.nothing_here(str(services.config.data))


def _write(services: Services, packed: IO[bytes], folder: Path, now: datetime, progress: Progress) -> Manifest:
    with tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar, ExitStack() as stack:
        made = _Making(tar, now)
        # One moment, however long it takes and whatever others write meanwhile.
        with services.db.reading() as session:
            connection = session.connection()
            revision = _revision(services, connection)
            spools = [(t.name, *_spool(stack, connection, t, folder, progress)) for t in tables_of(connection)]
            named = _artefacts_named(connection)
        # The moment is over: what follows is slow and holds no transaction.
        for name, spool, rows in spools:
            made.add(table_member(name), spool, rows)
        blobs = _blobs(services.artefacts)
        missing = sorted(_missing(services.artefacts, named, set(blobs)))
        for done, sha256 in enumerate(blobs, start=1):
            made.add_blob(services.artefacts, sha256)
            progress(Step.PACK, done, len(blobs))
        config = services.config.data / CONFIG
        if config.is_file():
            made.add(CONFIG, io.BytesIO(config.read_bytes()))
        manifest = Manifest(
            made_at=now,
            version=__version__,
            revision=revision,
            database=services.db.engine.dialect.name,
            members=made.members,
            damaged=made.damaged,
            missing=missing,
        )
        made.add(MANIFEST, io.BytesIO(manifest.model_dump_json(indent=1).encode()))
    return manifest


def _revision(services: Services, connection: Connection) -> str:
    try:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    except DatabaseError:
        found = None
    if found is None:
        raise refusals.nothing_here(str(services.config.data))
    return str(found)


def _spool(
    stack: ExitStack, connection: Connection, table: Table, folder: Path, progress: Progress
) -> tuple[IO[bytes], int]:
    """The table's lines in a file without a name, which is gone with this process, and their number."""
    spool = stack.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 (the stack closes it)
    rows = 0
    for rows, line in enumerate(lines(connection, table), start=1):
        spool.write(line)
        if rows % 1000 == 0:
            progress(Step.READ, rows, 0)
    progress(Step.READ, rows, 0)
    spool.seek(0)
    return spool, rows


def _artefacts_named(connection: Connection) -> list[str]:
    """The artefacts that deliveries name."""
    named = text("SELECT DISTINCT artefact FROM deliveries WHERE artefact IS NOT NULL")
    return list(connection.execute(named).scalars())


def _blobs(store: ArtefactStore) -> list[str]:
    """Every blob of the store; what is still being written has another name."""
    found = (p.parent.name + p.name for p in store.folder.glob("??/*"))
    return sorted(name for name in found if len(name) == 64 and set(name) <= set("0123456789abcdef"))


def _missing(store: ArtefactStore, named: list[str], there: set[str]) -> set[str]:
    """What deliveries name and the store doesn't have: artefacts, and files of artefacts."""
    gone = set(named) - there
    for sha256 in set(named) & there:
        try:
            files = {file["sha256"] for file in json.loads(store.get(sha256))["files"]}
        except (ValueError, LookupError, TypeError):
            continue  # damaged, and said so when it is packed
        gone |= files - there
    return gone


class _Making:
    """The archive as it grows, with what its manifest will say."""

    def __init__(self, tar: tarfile.TarFile, now: datetime) -> None:
        self.tar = tar
        self.stamp = int(now.timestamp())
        self.members: dict[str, Member] = {}
        self.damaged: list[str] = []

    def add(self, name: str, stream: IO[bytes], rows: int | None = None) -> Member:
        """Add what the stream holds, from its beginning."""
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime, entry.mode = size, self.stamp, 0o600
        counted = _Hashing(stream)
        self.tar.addfile(entry, counted)
        self.members[name] = Member(sha256=counted.hash.hexdigest(), size=size, rows=rows)
        return self.members[name]

    def add_blob(self, store: ArtefactStore, sha256: str) -> None:
        """Add a blob; one that isn't what its name says is kept as it is, and noted."""
        with store.path(sha256).open("rb") as stream:
            if self.add(blob_member(sha256), stream).sha256 != sha256:
                self.damaged.append(sha256)


class _Hashing:
    """A stream that hashes what is read of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self.stream.read(size)
        self.hash.update(data)
        return data
