"""Zip archives whose bytes depend on nothing but the names and the contents: what `render` may put into an artefact."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterable

# The first instant a zip entry can name; a real time would make two renders of one manuscript differ.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = (stat.S_IFREG | 0o644) << 16
_UNIX = 3


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of `(path, data)` pairs in the given order, stored uncompressed, with a fixed time and mode.

    Stored because what goes in is PNG, JPEG and short text. Paths are POSIX, relative and below the archive's root;
    raises ValueError for a path that isn't, or that comes twice.
    """
    buffer = io.BytesIO()
    seen: set[str] = set()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, data in files:
            if path in seen or not _is_below_root(path):
                raise ValueError(f"not a usable archive path: {path!r}")
            seen.add(path)
            archive.writestr(_entry(path), data)
    return buffer.getvalue()


def _is_below_root(path: str) -> bool:
    return "\\" not in path and all(part not in ("", ".", "..") for part in path.split("/"))


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, _EPOCH)
    # Left alone, the zipfile module writes the system it runs on into every entry.
    entry.create_system = _UNIX
    entry.external_attr = _MODE
    entry.compress_type = zipfile.ZIP_STORED
    return entry
