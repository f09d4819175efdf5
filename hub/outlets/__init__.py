"""Where the public site's files go: a folder that any web server serves, and, if set, an object store beside it.

`outlet_of` chooses by the setting `site_output`. Why the folder is written in any case, and in which order names
change: docs/decisions/0031-files-that-any-server-serves.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from hub.config import Config
from hub.outlets.folder import Folder
from hub.outlets.kinds import Kind, kind_of

__all__ = ["Folder", "Kind", "Outlet", "Writing", "kind_of", "outlet_of"]


class Writing(Protocol):
    """Files by their path below a site's root, POSIX and relative (`i/12/index.html`).

    Raises ValueError for a path that leaves the root, OSError (PermissionError among them) when the place refuses.
    """

    def write(self, path: str, data: bytes, media_type: str, packed: bytes | None = None) -> bool:
        """Put the file there unless it is there already; False when it is.

        `media_type` counts where the name says nothing (`kind_of`). `packed` is the data as one gzip stream, for a
        caller who has it cheaper than by packing here; such a file gets no Brotli twin.
        """
        ...

    def remove(self, path: str) -> bool:
        """Take the file away, and folders that it leaves empty; False when it is not there."""
        ...

    def read(self, path: str) -> bytes | None:
        """The file's bytes as they would be served, what this batch wrote included; None when it is not there."""
        ...


class Outlet(Writing, Protocol):
    """A place that is written to. Each call stands alone and is durable when it returns."""

    def paths(self, folder: str = "") -> Iterator[str]:
        """The path of every file in the `folder` (`i/12/`), packed twins not counted, in no fixed order."""
        ...

    def batch(self) -> AbstractContextManager[Writing]:
        """Many files at once: nothing is seen before the block ends well, then all of it within moments, in the order
        of the calls, and durable with one flush. A block that raises changes nothing.
        """
        ...

    def mend(self) -> None:
        """Bring a store that follows the folder up to it, after the folder was put in place as a whole."""
        ...


def outlet_of(config: Config, key: str) -> Outlet:
    """The outlet of the site `key`. Raises hub.config.SettingsError when the object store's library is not there."""
    folder = Folder(config.site_folder / key)
    if not config.site_output.startswith("s3://"):
        return folder
    # Imported here: only installations with the extra `yigao[s3]` have the library.
    from hub.outlets.mirrored import Mirrored  # noqa: PLC0415
    from hub.outlets.objects import ObjectStore  # noqa: PLC0415

    return Mirrored(folder, ObjectStore(config.site_output, key))
