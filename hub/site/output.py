"""Where a site's builders put files, and what they note of them."""

from __future__ import annotations

from collections.abc import Iterable

from channels.base import File
from channels.site.shelves import Directory
from hub.outlets import Writing, kind_of
from hub.site.store import Store


class Output:
    """Writes files and keeps note of them with the shelves. `telling`: with a hub, which feeds are others than they
    were is noted for `hub.site.pinging`.
    """

    def __init__(self, store: Store, directory: Directory, writing: Writing, *, telling: bool = True) -> None:
        self.store, self.directory, self.writing = store, directory, writing
        self._telling = telling and bool(directory.hub)

    def _files(self, files: Iterable[File]) -> None:
        for file in files:
            self._file(file)

    def _file(self, file: File) -> None:
        self._put(file.path, file.data, file.media_type)

    def _put(self, path: str, data: bytes, media_type: str, packed: bytes | None = None) -> None:
        changed = self.writing.write(path, data, media_type, packed)
        self.store.execute("INSERT OR IGNORE INTO made VALUES (?)", (path,))
        if changed and self._telling and kind_of(path).is_feed:
            self.store.execute("INSERT INTO news (path) VALUES (?)", (path,))

    def _remove(self, path: str) -> None:
        self.writing.remove(path)
        self.store.execute("DELETE FROM made WHERE path = ?", (path,))
