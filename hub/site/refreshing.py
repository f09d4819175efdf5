"""Lists, feeds and policy pages brought up to what is published."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels.base import File
from channels.items import Item
from channels.manuscript import ColumnInfo, PolicyRef, SiteInfo
from channels.site import pages
from hub.files import write_changed
from hub.manuscripts import column_info, site_info
from hub.models import Column, Office, Projection, Site
from hub.services import Services
from hub.site.pieces import Published, policies_of, published
from hub.site.places import lists_locked, notes
from hub.site.wanting import behind

log = logging.getLogger("yigao.site")


class Project(Protocol):
    """Lists, feeds and policy pages from what is published; `zone` is the IANA name of the dates' zone."""

    def __call__(
        self,
        site: SiteInfo,
        columns: Sequence[ColumnInfo],
        items: Sequence[Item],
        policies: Sequence[PolicyRef],
        *,
        zone: str,
    ) -> Iterable[File]:
        """Every file of the site but the pieces' own, in a fixed order."""
        ...


# While there is work, lists and feeds follow this often.
LISTS_SECONDS = 1.0


def catch_up(services: Services) -> None:
    """Refresh every site that is behind. A site that can't be built now is logged; the clock tries again."""
    for site_id in behind(services):
        try:
            refresh(services, site_id)
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
        """`catch_up`, unless it was done a moment ago."""
        begun = time.monotonic()
        if begun < self._next:
            return
        catch_up(services)
        took = time.monotonic() - begun
        self._next = begun + took + max(LISTS_SECONDS, 4 * took)


def refresh(services: Services, site_id: int, project: Project = pages.project) -> bool:
    """Bring the site's lists, feeds and policy pages up to what is published; returns whether it had to.

    Any number of processes may call it: one builds, and the next finds that it is done. Raises hub.files.BusyError.
    """
    with services.db.reading() as session:
        key = session.get_one(Site, site_id).key
    with lists_locked(services, key):
        with services.db.reading() as session:
            row = session.get(Projection, site_id)
            if row is None or row.built >= row.wanted:
                return False
            pieces = published(session, session.get_one(Site, site_id))
            files = projected(session, site_id, pieces, project)
        _write_lists(services, key, files)
        with services.db.writing() as session:
            note_columns(session, site_id, pieces)
            built = Projection.built < row.wanted
            session.execute(update(Projection).where(Projection.site_id == site_id, built).values(built=row.wanted))
    log.info("site refreshed", extra={"site": site_id, "built": row.wanted})
    return True


def note_columns(session: Session, site_id: int, pieces: Iterable[Published]) -> None:
    """Note on each column when the newest piece that stands in it was published: a correction is nothing new."""
    newest: dict[str, datetime] = {}
    for piece in pieces:
        if piece.item.withdrawn is None:
            newest[piece.item.column] = max(piece.item.published, newest.get(piece.item.column, piece.item.published))
    for column in session.scalars(select(Column).where(Column.site_id == site_id)):
        column.last_published_at = max(filter(None, (newest.get(column.name), newest.get(column.slug))), default=None)


def projected(session: Session, site_id: int, pieces: Iterable[Published], project: Project) -> Iterator[File]:
    """The files around these pieces. All rows are read before the first file is asked for, so that no transaction is
    open while files are written.
    """
    site = session.get_one(Site, site_id)
    items = [p.item for p in pieces]
    columns = session.scalars(select(Column).where(Column.site_id == site_id).order_by(Column.id))
    zone = session.scalars(select(Office.zone).where(Office.site_id == site_id).order_by(Office.id).limit(1)).first()
    return iter(
        project(
            site_info(site),
            [column_info(c) for c in columns],
            items,
            policies_of(session, items),
            zone=zone or "Asia/Shanghai",
        )
    )


def _write_lists(services: Services, key: str, files: Iterable[File]) -> None:
    """Write what changed and remove the lists that this projection made before and no longer makes."""
    index = notes(services, key, "json")
    before = set(json.loads(index.read_bytes())) if index.exists() else set()
    made = set()
    with services.outlet(key).batch() as batch:
        for file in files:
            batch.write(file.path, file.data, file.media_type)
            made.add(file.path)
        for path in sorted(before - made):
            batch.remove(path)
        # First the union: killed in between, the next run still knows what to remove.
        write_changed(index, as_json(before | made))
    write_changed(index, as_json(made))


def as_json(paths: set[str]) -> bytes:
    """A list of paths as it is noted."""
    return json.dumps(sorted(paths), ensure_ascii=False).encode()
