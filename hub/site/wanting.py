"""The log of what changed on a site: how far its lists and feeds follow, and what they have to follow."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from hub.db import upsert
from hub.models import Projection, SiteChange
from hub.services import Services


def want(
    session: Session, site_id: int, interpretations: Collection[int] = (), *, policy_id: int | None = None
) -> None:
    """Note, in the transaction that changes them, what the site's lists and feeds are to show anew: pieces that were
    published, withdrawn or restored, a policy, or, with neither, what the site says of itself and its columns.
    """
    rows: list[dict[str, Any]] = [{"interpretation_id": id_} for id_ in sorted(set(interpretations))]
    if not rows:
        rows = [{"policy_id": policy_id}]
    put = upsert(session, Projection).values(site_id=site_id, wanted=len(rows), built=0)
    # The row is locked until the transaction ends: so numbers are seen in their order, and none is passed over.
    wanted = session.execute(
        put.on_conflict_do_update(index_elements=["site_id"], set_={"wanted": Projection.wanted + len(rows)}).returning(
            Projection.wanted
        )
    ).scalar_one()
    empty = {"interpretation_id": None, "policy_id": None}
    first = wanted - len(rows) + 1
    session.execute(
        insert(SiteChange), [{**empty, "site_id": site_id, "number": n, **row} for n, row in enumerate(rows, first)]
    )


def want_everywhere(session: Session) -> None:
    """Note that something has changed which any site may show: an area, an office, the name of a field."""
    for site_id in session.scalars(select(Projection.site_id).order_by(Projection.site_id)).all():
        want(session, site_id)


def behind(services: Services) -> list[int]:
    """The ids of the sites whose lists and feeds do not show everything published."""
    with services.db.reading() as session:
        return list(session.scalars(select(Projection.site_id).where(Projection.built < Projection.wanted)))


def changes(session: Session, site_id: int, after: int, most: int) -> list[SiteChange]:
    """The changes with the numbers after that one, in their order, so many at most."""
    query = select(SiteChange).where(SiteChange.site_id == site_id, SiteChange.number > after)
    return list(session.scalars(query.order_by(SiteChange.number).limit(most)))
