"""A site's own files made in memory, for tests that look at what stands in them."""

from __future__ import annotations

import gzip
from collections.abc import Iterable

from channels.base import File
from channels.items import Item
from channels.manuscript import PolicyRef
from channels.site.shelves import Directory
from hub.site.folding import Folding
from hub.site.pieces import Placed
from hub.site.store import Store
from hub.site.writing import Writer, everything


class Kept:
    """Keeps what is written, and that the packed form is the same."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.written: list[str] = []

    def write(self, path: str, data: bytes, media_type: str, packed: bytes | None = None) -> bool:
        assert packed is None or gzip.decompress(packed) == data
        self.written.append(path)
        self.files[path] = File(path, data, media_type)
        return True

    def remove(self, path: str) -> bool:
        return self.files.pop(path, None) is not None

    def read(self, path: str) -> bytes | None:
        return self.files[path].data if path in self.files else None


class Shelves:
    """The shelves of a site in memory, and its files as they are kept up."""

    def __init__(self, directory: Directory, policies: Iterable[PolicyRef] = ()) -> None:
        self.store, self.directory, self.kept = Store.create(":memory:"), directory, Kept()
        self.policies = {p.id: (p, "") for p in policies if p.id is not None}
        self._write_all()

    def put(self, *items: Item, area: int = 0) -> list[str]:
        """The items are published; returns the paths that were written for it."""
        folding = Folding(self.store, self.directory)
        for item in items:
            folding.put(Placed(item, "", _number(item), area), self.policies)
        self.kept.written.clear()
        Writer(self.store, self.directory, self.kept).write(folding.marks)
        return list(self.kept.written)

    def drop(self, name: str) -> None:
        """The piece has no place any more."""
        folding = Folding(self.store, self.directory)
        folding.drop(name)
        Writer(self.store, self.directory, self.kept).write(folding.marks)

    def _write_all(self) -> None:
        folding = Folding(self.store, self.directory)
        folding.ensure()
        everything(self.store, folding.marks)
        Writer(self.store, self.directory, self.kept).write(folding.marks)


def site_files(directory: Directory, items: Iterable[Item], policies: Iterable[PolicyRef]) -> dict[str, File]:
    """Every file of the site but the items' own folders."""
    shelves = Shelves(directory, policies)
    shelves.put(*items)
    return shelves.kept.files


def _number(item: Item) -> int:
    return int("".join(c for c in item.identity if c.isdigit()) or 0)
