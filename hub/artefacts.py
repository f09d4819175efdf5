"""Where rendered files and uploaded images are kept: by content hash, written once, never changed."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO

from channels.base import Artefact, File


class ArtefactStore:
    """A folder of blobs named by their SHA-256 (`ab/cdef…`). Safe for any number of processes: a blob appears whole,
    by rename, and two writers of one blob write the same bytes.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        # What is only looked at may be lost with the machine's power; it is rendered again.
        self.durable = durable

    def path(self, sha256: str) -> Path:
        """Where the blob is or would be. Raises ValueError for anything but 64 hex digits."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError("not a hex SHA-256")
        return self.folder / sha256[:2] / sha256[2:]

    def put(self, data: bytes) -> str:
        """Keep the bytes; returns their hash. Durable when it returns, if the store is."""
        return self.put_all([data])[0]

    def put_all(self, blobs: Sequence[bytes]) -> list[str]:
        """Keep all of them; returns their hashes. Durable when it returns, if the store is.

        All are written before the first is synced: the disk then has one journal to write instead of one a file.
        """
        hashes = [hashlib.sha256(data).hexdigest() for data in blobs]
        missing = {sha256: data for sha256, data in zip(hashes, blobs, strict=True) if not self.path(sha256).exists()}
        if not self.durable:
            for sha256 in set(hashes) - set(missing):
                self.path(sha256).touch()
        with ExitStack() as stack:
            parts = {sha256: self._write(stack, sha256, data) for sha256, data in missing.items()}
            for part in parts.values() if self.durable else ():
                os.fsync(part)
            for sha256, part in parts.items():
                Path(part.name).rename(self.path(sha256))
        return hashes

    def _write(self, stack: ExitStack, sha256: str, data: bytes) -> IO[bytes]:
        """The bytes in a temporary file beside their place; the stack closes it, and unlinks what wasn't renamed."""
        folder = self.path(sha256).parent
        folder.mkdir(parents=True, exist_ok=True)
        part = tempfile.NamedTemporaryFile(prefix=".part-", dir=folder, delete=False)  # noqa: SIM115 (the stack closes it)
        stack.callback(Path(part.name).unlink, missing_ok=True)
        stack.callback(part.close)
        part.write(data)
        part.flush()
        return part

    def get(self, sha256: str) -> bytes:
        """The bytes. Raises FileNotFoundError when they are not here."""
        return self.path(sha256).read_bytes()

    def keep(self, artefact: Artefact) -> str:
        """Keep every file and then the manifest; returns the artefact's hash."""
        self.put_all([file.data for file in artefact.files])
        manifest = json.dumps(artefact.manifest(), ensure_ascii=False, sort_keys=True).encode()
        return self.put(manifest)

    def load(self, sha256: str) -> Artefact:
        """The artefact with all its bytes. Raises FileNotFoundError when a part is missing."""
        manifest = json.loads(self.get(sha256))
        return Artefact(
            channel=manifest["channel"],
            files=tuple(
                File(path=f["path"], data=self.get(f["sha256"]), media_type=f["media_type"], alt=f["alt"])
                for f in manifest["files"]
            ),
            entry=manifest["entry"],
            texts=tuple((label, text) for label, text in manifest["texts"]),
        )

    def forget(self, before: datetime) -> int:
        """Delete what was written before that instant; returns how many blobs. Only for what nobody refers to."""
        old = [p for p in self.folder.glob("*/*") if p.stat().st_mtime < before.timestamp()]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)
