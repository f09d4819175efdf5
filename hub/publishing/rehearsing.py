"""Running through a delivery's statements once, with no delivery: a worker does it before its first fork, and no child
has to build and compile them again.
"""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hub.domain.states import State
from hub.publishing import lanes
from hub.publishing.claiming import Kind, begin, free, go_on, waiting
from hub.publishing.preparing import load
from hub.publishing.quieting import held_offices
from hub.services import Services
from hub.workflow import Actor, Step, move_all, move_each

NOBODY = Actor("rehearsal")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def rehearse(services: Services) -> None:
    """Claim, begin and end nothing. A database that is away is no reason not to start."""
    with suppress(SQLAlchemyError):
        with services.db.writing() as session:
            _claim(session)
            _end(session)
        load(services, [])
        go_on(services, [], NOW, -math.inf)
        begin(services, {"": []}, NOW, -math.inf)
        with services.db.reading() as session:
            for kind in (Kind.LOOK, Kind.RETRACT):
                session.scalars(waiting(kind.value), {"now": NOW, "limit": 0}).all()


def _claim(session: Session) -> None:
    held_offices(session, NOW)
    lanes.slow(session, NOW)
    session.scalars(free(State.QUEUED), {"now": NOW, "limit": 0}).all()
    values: dict[str, Any] = {"token": None, "lease_until": None}
    move_all(session, [0], State.QUEUED, State.WORKING, actor=NOBODY, now=NOW, tries=1, **values)


def _end(session: Session) -> None:
    ending: dict[str, Any] = dict.fromkeys(("platform_id", "url", "proof"), "")
    ending |= dict.fromkeys(("trouble", "hand_by", "finished_at", "artefact"))
    for further in ({}, {"item": None}):
        step = Step(0, 0, "", 0, "", State.PUBLISHED, {**ending, **further})
        move_each(session, [step], State.WORKING, actor=NOBODY, now=NOW)
