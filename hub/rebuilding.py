"""Making every public site from nothing, to the same bytes: pieces from the artefact store, lists from the rows."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select, update

from channels.base import File
from channels.site import pages
from hub.files import sync_folder, write_changed
from hub.models import Column, Projection, Site
from hub.outlets import Folder
from hub.outlets.folder import keep_times
from hub.services import Services
from hub.site.pieces import Published, published
from hub.site.places import lists_locked, locked, notes
from hub.site.press import notice_page, write_piece
from hub.site.refreshing import Project, as_json, note_columns, projected

# So many files share a flush, and the room that they take twice for a moment.
TOGETHER = 500

T = TypeVar("T")


def rebuild(services: Services, to: Path | None = None, project: Project = pages.project) -> dict[Path, int]:
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
            counts[target] = _rebuild(services, site, target, project, live=to is None)
    return counts


def _rebuild(services: Services, site: Site, target: Path, project: Project, *, live: bool) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{site.key}-", dir=target.parent))
    try:
        with services.db.reading() as session:
            row = session.get(Projection, site.id)
            pieces = published(session, site)
            files = projected(session, site.id, pieces, project)
            columns = session.scalars(select(Column).where(Column.site_id == site.id).order_by(Column.id)).all()
        outlet = Folder(fresh)
        _press(services, site, columns, outlet, pieces)
        made = _lists(outlet, files)
        fresh.chmod(0o755)
        count = sum(1 for _ in outlet.paths())
        keep_times(fresh, target)
        _swap(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    if live:
        services.outlet(site.key).mend()
        write_changed(notes(services, site.key, "json"), as_json(made))
        with services.db.writing() as session:
            note_columns(session, site.id, pieces)
            wanted = row.wanted if row else 0
            session.execute(update(Projection).where(Projection.site_id == site.id).values(built=wanted))
    return count


def _press(
    services: Services, site: Site, columns: Sequence[Column], outlet: Folder, pieces: Sequence[Published]
) -> None:
    for some in _portions(pieces):
        with outlet.batch() as batch:
            for piece in some:
                gone = piece.item.withdrawn is not None
                artefact = notice_page(site, columns, piece.item) if gone else services.artefacts.load(piece.artefact)
                write_piece(batch, piece.item.place, artefact)


def _lists(outlet: Folder, files: Iterable[File]) -> set[str]:
    made = set()
    for some in _portions(files):
        with outlet.batch() as batch:
            for file in some:
                batch.write(file.path, file.data, file.media_type)
                made.add(file.path)
    return made


def _portions(everything: Iterable[T]) -> Iterator[list[T]]:
    going = iter(everything)
    while some := list(islice(going, TOGETHER)):
        yield some


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
