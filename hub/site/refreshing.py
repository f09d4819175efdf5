"""Lists, feeds and policy pages brought up to what is published: only what a change touches."""

from __future__ import annotations

import logging
import sqlite3
import time
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update

from hub.files import BusyError
from hub.models import Column, Projection, Site
from hub.services import Services
from hub.site import remaking
from hub.site.catching import Catching
from hub.site.facts import fingerprint
from hub.site.notices import mend_notices
from hub.site.places import LOCK_WAIT, lists_locked, shelves_path
from hub.site.store import Store, remove
from hub.site.wanting import behind

log = logging.getLogger("yigao.site")

# While there is work, lists and feeds follow this often.
LISTS_SECONDS = 1.0
# A delivery's worker, and the clock between two beats, leave what touches more pieces than this to the clock's spare
# thread: it takes seconds.
SMALL = 200


def catch_up(services: Services, *, large: bool = True, wait: float = LOCK_WAIT) -> None:
    """Refresh every site that is behind. A site that can't be built now is logged; the clock tries again. Without
    `large` what takes long is left to whoever has the time.
    """
    for site_id in behind(services):
        try:
            refresh(services, site_id, large=large, wait=wait)
        except BusyError:
            # Whoever is at it, or the clock a moment later, goes on.
            log.info("site is being built", extra={"site": site_id})
        except Exception:
            # What is published stays so: the lists follow as soon as they can.
            log.exception("site not refreshed", extra={"site": site_id})


@dataclass
class Pace:
    """Lets lists and feeds follow while there is other work: a hundred publications build them a few times, and they
    never take more than a fifth of the time.
    """

    _next: float = field(default_factory=lambda: time.monotonic() + LISTS_SECONDS)

    def catch_up(self, services: Services) -> None:
        """`catch_up` of what is small, unless it was done a moment ago."""
        begun = time.monotonic()
        if begun < self._next:
            return
        catch_up(services, large=False, wait=0)
        took = time.monotonic() - begun
        self._next = begun + took + max(LISTS_SECONDS, 4 * took)


def refresh(services: Services, site_id: int, *, large: bool = True, wait: float = LOCK_WAIT) -> bool:
    """Bring the site's lists, feeds and policy pages up to what is published; returns whether it did anything.

    Any number of processes may call it: one builds, and the next finds that it is done. Raises hub.files.BusyError.
    """
    with services.db.reading() as session:
        site = session.get_one(Site, site_id)
    done = False
    with lists_locked(services, site.key, wait):
        with services.db.reading() as session:
            row = session.get(Projection, site_id)
        # What is wanted meanwhile waits for the next time: else a busy day would be one long refresh.
        built, wanted = (row.built, row.wanted) if row else (0, 0)
        while built < wanted:
            try:
                advanced = _advance(services, site, wanted, large=large)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                # Whatever broke them, shelves can be made anew: the next refresh does.
                remove(shelves_path(services, site.key))
                raise
            if advanced is None:
                break
            built, done = advanced, True
    return done


def _advance(services: Services, site: Site, wanted: int, *, large: bool) -> int | None:
    """One step towards the change number `wanted`; returns how far it came, None when that is somebody else's."""
    with Store.opened(shelves_path(services, site.key), fingerprint()) as store:
        if store is not None and int(store.meta("folded")) <= wanted:
            catching = Catching(services, site, store)
            if not catching.is_whole:
                if not large and catching.size > SMALL:
                    return None
                folded, newest = catching.run(), remaking.newest_by_column(store, catching.directory)
                mend_notices(services, site, catching.withdrawn)
                built(services, site, folded, newest)
                return folded
    if not large and remaking.is_larger(services, SMALL):
        return None
    built(services, site, wanted, remaking.remake(services, site, wanted))
    return wanted


def built(services: Services, site: Site, number: int, newest: dict[str, datetime | None]) -> None:
    """Note that the site's files show everything up to this change, and on each column (by its address) when the newest
    piece that stands in it was published: a correction is nothing new.
    """
    with services.db.writing() as session:
        for column in session.scalars(select(Column).where(Column.site_id == site.id)):
            if column.slug in newest and column.last_published_at != newest[column.slug]:
                column.last_published_at = newest[column.slug]
        less = Projection.built < number
        session.execute(update(Projection).where(Projection.site_id == site.id, less).values(built=number))
    log.info("site refreshed", extra={"site": site.id, "built": number})
