"""Where rendered files and uploaded images are kept: by content hash, written once, never changed."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path

from channels.base import Artefact, File


class ArtefactStore:
    """A folder of blobs named by their SHA-256 (`ab/cdef…`). Safe for any number of processes: a blob appears whole,
    by rename, and two writers of one blob write the same bytes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where the blob is or would be. Raises ValueError for anything but 64 hex digits."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError("not a hex SHA-256")
        return self.folder / sha256[:2] / sha256[2:]

    def put(self, data: bytes) -> str:
        """Keep the bytes; returns their hash. Durable when it returns."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        if path.exists():
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            Path(name).rename(path)
        finally:
            Path(name).unlink(missing_ok=True)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes. Raises FileNotFoundError when they are not here."""
        return self.path(sha256).read_bytes()

    def keep(self, artefact: Artefact) -> str:
        """Keep every file and then the manifest; returns the artefact's hash."""
        for file in artefact.files:
            self.put(file.data)
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
