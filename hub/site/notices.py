"""The notices of withdrawn pieces: they stand, also where a person recorded the withdrawal and no worker was at it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from hub.models import Column, Site
from hub.services import Services
from hub.site.pieces import placed
from hub.site.places import locked
from hub.site.press import notice_page, write_piece


def mend_notices(services: Services, site: Site, interpretations: Collection[int]) -> None:
    """See that the withdrawn pieces of these interpretations have their notice and nothing else. Raises
    hub.files.BusyError, OSError.
    """
    if not interpretations:
        return
    outlet = services.outlet(site.key)
    with locked(services, site.key):
        # Read under the lock: what was published again meanwhile has its page, and keeps it.
        with services.db.reading() as session:
            pieces = [p for p in placed(session, site, interpretations) if p.item.withdrawn is not None]
            columns = session.scalars(select(Column).where(Column.site_id == site.id).order_by(Column.id)).all()
        with outlet.batch() as batch:
            for piece in pieces:
                there = list(outlet.paths(piece.item.place))
                write_piece(batch, piece.item.place, notice_page(site, columns, piece.item), there)
