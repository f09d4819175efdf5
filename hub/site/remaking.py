"""A site's lists and feeds from nothing: every piece folded onto new shelves, everything written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from channels.site.shelves import Directory, Shelf
from hub.models import Delivery, Site
from hub.services import Services
from hub.site.facts import directory_text, fingerprint, policies_of, read_directory
from hub.site.folding import Folding, Marks, instant_of
from hub.site.pieces import PLACED, Placed, portions
from hub.site.places import notes, shelves_path
from hub.site.store import Store, install
from hub.site.writing import Writer, everything

Visit = Callable[[Sequence[Placed]], None]


def is_larger(services: Services, than: int) -> bool:
    """Whether more pieces than that would have to be read. Of all sites: telling them apart would read them."""
    with services.db.reading() as session:
        query = select(Delivery.id).where(Delivery.state.in_(PLACED), Delivery.item.is_not(None))
        return len(session.scalars(query.limit(than + 1)).all()) > than


def remake(services: Services, site: Site, wanted: int) -> dict[str, datetime | None]:
    """Make all lists and feeds anew in their place, beside the pieces; returns `newest_by_column`. `wanted` is the last
    change that they are known to show. Killed at any moment, the old ones stand, and the next run begins again.
    """
    path = shelves_path(services, site.key)
    fresh = path.with_name(path.name + "-new")
    before = _made(services, site.key)
    store = Store.create(fresh)
    try:
        directory, marks = fold_all(services, site, store)
        with services.outlet(site.key).batch() as batch, store.writing():
            Writer(store, directory, batch).write(marks)
            for gone in sorted(before - made(store)):
                batch.remove(gone)
        finish(store, directory, wanted)
        newest = newest_by_column(store, directory)
    finally:
        store.close()
    install(fresh, path)
    notes(services, site.key, "json").unlink(missing_ok=True)
    return newest


def fold_all(services: Services, site: Site, store: Store, visit: Visit | None = None) -> tuple[Directory, Marks]:
    """Fold every piece onto the empty shelves, and mark all of it; `visit` is shown the pieces as they are read."""
    with services.db.reading() as session:
        directory = read_directory(session, site, services.config.websub_hub)
    folding = Folding(store, directory)
    with store.writing():
        folding.ensure()
    for some in portions(services, site):
        with services.db.reading() as session:
            policies = policies_of(session, {p.id for s in some for p in s.item.policies if p.id is not None})
        with store.writing():
            for piece in some:
                folding.put(piece, policies)
        if visit is not None:
            visit(some)
    # What was noted piece by piece is all in this.
    marks = Marks(parts=folding.marks.parts)
    everything(store, marks)
    return directory, marks


def finish(store: Store, directory: Directory, wanted: int) -> None:
    """Note what the shelves were made from."""
    with store.writing():
        for key, value in (
            ("folded", str(wanted)),
            ("directory", directory_text(directory)),
            ("fingerprint", fingerprint()),
        ):
            store.note(key, value)


def newest_by_column(store: Store, directory: Directory) -> dict[str, datetime | None]:
    """By the column's address, when the newest piece that stands in it was published."""
    found: dict[str, datetime | None] = {}
    for column in directory.columns:
        newest = store.newest_published(store.shelf(Shelf("c", column.slug)))
        found[column.slug] = instant_of(newest) if newest else None
    return found


def made(store: Store) -> set[str]:
    """The paths of the files that were written from the store."""
    return {path for (path,) in store.execute("SELECT path FROM made")}


def _made(services: Services, key: str) -> set[str]:
    """The files that lists and feeds have now, as far as it is noted: what the new ones don't have goes."""
    found: set[str] = set()
    # A version before this one kept a list.
    index = notes(services, key, "json")
    if index.exists():
        found |= set(json.loads(index.read_bytes()))
    path = shelves_path(services, key)
    with suppress(sqlite3.DatabaseError):
        found |= _paths(path) if path.exists() else set()
    return found


def _paths(path: Path) -> set[str]:
    store = Store(path)
    try:
        return made(store)
    finally:
        store.close()
