"""Making every public site from nothing, to the same bytes: pieces from the artefact store, lists from the rows."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

from sqlalchemy import select

from channels.site.shelves import Directory
from hub.files import sync_folder
from hub.models import Column, Projection, Site
from hub.outlets import Folder
from hub.outlets.folder import keep_times
from hub.services import Services
from hub.site.pieces import Placed
from hub.site.places import lists_locked, locked, shelves_path
from hub.site.press import notice_page, write_piece
from hub.site.refreshing import built
from hub.site.remaking import finish, fold_all, newest_by_column
from hub.site.store import Store, install, remove
from hub.site.writing import Writer

# So many shelves share a flush, and the room that their files take twice for a moment.
TOGETHER = 100


def rebuild(services: Services, to: Path | None = None) -> dict[Path, int]:
    """Make every site from nothing: the pieces' files from the artefact store, the lists from the rows. With `to` into
    `to/<site>/`, which must not hold anything; else in the place of the site as it stands. Returns the number of files
    of each folder. Raises FileExistsError, hub.files.BusyError, FileNotFoundError for a missing artefact.
    """
    with services.db.reading() as session:
        sites = session.scalars(select(Site).order_by(Site.id)).all()
    counts = {}
    for site in sites:
        with lists_locked(services, site.key), locked(services, site.key):
            target = (to or services.config.site_folder) / site.key
            if to is not None and target.exists() and any(target.iterdir()):
                raise FileExistsError(target)
            counts[target] = _rebuild(services, site, target, live=to is None)
    return counts


def _rebuild(services: Services, site: Site, target: Path, *, live: bool) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{site.key}-", dir=target.parent))
    path = shelves_path(services, site.key)
    shelves = path.with_name(path.name + "-rebuilt")
    try:
        with services.db.reading() as session:
            row = session.get(Projection, site.id)
        wanted = row.wanted if row else 0
        with closing(Store.create(shelves)) as store:
            directory = _fill(services, site, Folder(fresh), store)
            finish(store, directory, wanted)
            newest = newest_by_column(store, directory)
        count = sum(1 for _ in Folder(fresh).paths())
        fresh.chmod(0o755)
        keep_times(fresh, target)
        _swap(fresh, target)
        if live:
            install(shelves, path)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        remove(shelves)
    if live:
        services.outlet(site.key).mend()
        built(services, site, wanted, newest)
    return count


def _fill(services: Services, site: Site, outlet: Folder, store: Store) -> Directory:
    """Write all files of the site."""
    with services.db.reading() as session:
        columns = session.scalars(select(Column).where(Column.site_id == site.id).order_by(Column.id)).all()
    directory, marks = fold_all(services, site, store, lambda some: _press(services, site, columns, outlet, some))
    writer = Writer(store, directory, outlet, telling=False)
    steps = writer.steps(marks)
    with store.writing():
        while True:
            with outlet.batch() as batch:
                writer.writing = batch
                if not sum(1 for _ in islice(steps, TOGETHER)):
                    return directory


def _press(services: Services, site: Site, columns: Sequence[Column], outlet: Folder, pieces: Sequence[Placed]) -> None:
    with outlet.batch() as batch:
        for piece in pieces:
            gone = piece.item.withdrawn is not None
            artefact = notice_page(site, columns, piece.item) if gone else services.artefacts.load(piece.artefact)
            write_piece(batch, piece.item.place, artefact)


def _swap(fresh: Path, target: Path) -> None:
    """Put `fresh` in the place of `target`; between the two renames, for an instant, there is neither."""
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
        target.rename(old / "site")
        fresh.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        fresh.rename(target)
    sync_folder(target.parent)
