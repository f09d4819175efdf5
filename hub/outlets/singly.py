"""One file at a time: a batch of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.outlets import Writing


class Singly(ABC):
    """Writes and removes through `batch`, which the outlet gives."""

    @abstractmethod
    def batch(self) -> AbstractContextManager[Writing]:
        """As in `hub.outlets.Outlet`."""

    def write(self, path: str, data: bytes, media_type: str, packed: bytes | None = None) -> bool:
        """As in `hub.outlets.Writing`."""
        with self.batch() as batch:
            return batch.write(path, data, media_type, packed)

    def remove(self, path: str) -> bool:
        """As in `hub.outlets.Writing`."""
        with self.batch() as batch:
            return batch.remove(path)
