"""Signs of life of the processes, for `doctor` and the console."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from hub.db import upsert
from hub.models import Heartbeat
from hub.services import Services

log = logging.getLogger("yigao.heartbeat")

# Of processes that ended long ago nothing needs to be kept.
FORGET = timedelta(days=1)


def beat(services: Services, name: str) -> None:
    """Record that the process `name` is alive now. A database that is away is logged, never raised."""
    try:
        now = services.db.now()
        with services.db.writing() as session:
            row = upsert(session, Heartbeat).values(name=name, at=now)
            session.execute(row.on_conflict_do_update(index_elements=["name"], set_={"at": now}))
            session.execute(delete(Heartbeat).where(Heartbeat.at < now - FORGET))
    except SQLAlchemyError:
        log.warning("no heartbeat", exc_info=True)
