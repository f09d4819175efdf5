"""Signs of life: of the processes, and of the way through the queue. `hub.health` judges by them."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from hub.db import upsert
from hub.models import Heartbeat
from hub.services import Services

log = logging.getLogger("yigao.heartbeat")

# Of processes that ended long ago nothing needs to be kept.
FORGET = timedelta(days=1)
# The row of the last job that went through the queue; what asked with a nonce has "probe:<nonce>" besides.
PROBE = "probe"


def beat(services: Services, name: str, *, every: float = 0.0) -> None:
    """Record that `name` is alive now, unless that was done less than `every` seconds ago. A database that is away is
    logged, never raised.
    """
    try:
        now = services.db.now()
        if every and _younger(services, name, now, every):
            return
        with services.db.writing() as session:
            row = upsert(session, Heartbeat).values(name=name, at=now)
            session.execute(row.on_conflict_do_update(index_elements=["name"], set_={"at": now}))
            session.execute(delete(Heartbeat).where(Heartbeat.at < now - FORGET))
    except SQLAlchemyError:
        log.warning("no heartbeat", exc_info=True)


def _younger(services: Services, name: str, now: datetime, seconds: float) -> bool:
    with services.db.reading() as session:
        at = session.scalar(select(Heartbeat.at).where(Heartbeat.name == name))
    # A sign from the future was given by a clock that has been set back since: it counts for nothing.
    return at is not None and 0 <= (now - at).total_seconds() < seconds
