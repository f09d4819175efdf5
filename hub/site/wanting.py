"""How far a site's lists and feeds follow what is published."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db import upsert
from hub.models import Projection
from hub.services import Services


def want(session: Session, site_id: int) -> None:
    """Note, in the transaction that publishes, that the site's lists and feeds are behind."""
    row = upsert(session, Projection).values(site_id=site_id, wanted=1, built=0)
    session.execute(row.on_conflict_do_update(index_elements=["site_id"], set_={"wanted": Projection.wanted + 1}))


def behind(services: Services) -> list[int]:
    """The ids of the sites whose lists and feeds do not show everything published."""
    with services.db.reading() as session:
        return list(session.scalars(select(Projection.site_id).where(Projection.built < Projection.wanted)))
