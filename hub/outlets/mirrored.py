"""A folder, and behind it an object store that follows. What the folder holds is in the store: the store is written
first, so that a file that stands in the folder is the note that its object arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import md5

from hub.outlets.folder import Batch, Folder
from hub.outlets.kinds import Keep, kind_of
from hub.outlets.objects import ObjectStore, Stored
from hub.outlets.singly import Singly

# Requests at a time; one takes some 30 ms, mostly of waiting.
UPLOADS = 8


class Mirrored(Singly):
    """`hub.outlets.Outlet` in both. Reading and listing ask the folder alone."""

    def __init__(self, folder: Folder, store: ObjectStore) -> None:
        self.folder = folder
        self.store = store

    def read(self, path: str) -> bytes | None:
        """As in `hub.outlets.Writing`."""
        return self.folder.read(path)

    def paths(self, folder: str = "") -> Iterator[str]:
        """As in `hub.outlets.Outlet`."""
        return self.folder.paths(folder)

    @contextmanager
    def batch(self) -> Iterator[MirroredBatch]:
        """As in `hub.outlets.Outlet`; readers of the store see what points to a file after the file itself."""
        with self.folder.batch() as batch:
            both = MirroredBatch(batch, self.store)
            yield both
            both.upload()

    def mend(self) -> None:
        """As in `hub.outlets.Outlet`: objects that are missing or older than their file are stored, others that have no
        file are deleted.
        """
        stored = self.store.stored()
        types = {path: "" for path in self.folder.paths() if not self._is_there(path, stored.get(path))}
        _upload(self.store, types, self._data)
        there = set(self.folder.paths())
        _each(self.store.delete, [path for path in stored if path not in there])

    def _data(self, path: str) -> bytes:
        return (self.folder.root / path).read_bytes()

    def _is_there(self, path: str, stored: Stored | None) -> bool:
        if stored is None:
            return False
        if stored.tag == md5(self._data(path), usedforsecurity=False).hexdigest():
            return True
        # A tag that is no MD5 says nothing: then the object's age decides.
        changed = datetime.fromtimestamp((self.folder.root / path).stat().st_mtime, UTC)
        return len(stored.tag) != len(md5(usedforsecurity=False).hexdigest()) and stored.modified > changed


class MirroredBatch:
    """`hub.outlets.Writing` over a folder's batch, remembering what the store must be told."""

    def __init__(self, batch: Batch, store: ObjectStore) -> None:
        self._batch = batch
        self._store = store
        self._types: dict[str, str] = {}
        self._gone: set[str] = set()

    def write(self, path: str, data: bytes, media_type: str, packed: bytes | None = None) -> bool:
        """As in `hub.outlets.Writing`."""
        if not self._batch.write(path, data, media_type, packed):
            return False
        self._types[path] = media_type
        self._gone.discard(path)
        return True

    def remove(self, path: str) -> bool:
        """As in `hub.outlets.Writing`."""
        self._types.pop(path, None)
        self._gone.add(path)
        return self._batch.remove(path)

    def read(self, path: str) -> bytes | None:
        """As in `hub.outlets.Writing`."""
        return self._batch.read(path)

    def upload(self) -> None:
        """Bring all of it to the store, before the folder shows any of it."""
        _upload(self._store, self._types, lambda path: self._batch.read(path) or b"")
        _each(self._store.delete, sorted(self._gone))


def _upload(store: ObjectStore, types: dict[str, str], data: Callable[[str], bytes]) -> None:
    """In three rounds: what pages show, pages, and what announces pages."""
    for rank in range(3):
        paths = [path for path, media_type in types.items() if _rank(path, media_type) == rank]
        _each(lambda path: store.put(path, data(path), types[path]), paths)


def _rank(path: str, media_type: str) -> int:
    kind = kind_of(path, media_type)
    if kind.keep in (Keep.FEED, Keep.CALENDAR) or kind.media_type == "application/xml":
        return 2
    return 1 if kind.keep is Keep.PAGE else 0


def _each(work: Callable[[str], None], paths: Iterable[str]) -> None:
    """Do the work for every path, several at a time; the first error is raised when all have ended."""
    with ThreadPoolExecutor(UPLOADS) as pool:
        for done in [pool.submit(work, path) for path in paths]:
            done.result()
