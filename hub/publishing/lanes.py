"""Lanes: a channel that has hung lately gets one worker at a time, and goes last, until it has behaved for a while. So
a platform that does not answer holds up its own deliveries and nobody else's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from hub.db import upsert
from hub.models import Lane

# How long a channel stays slow after its first strike; doubled with each further one soon after, up to the longest.
FIRST_SLOW = timedelta(minutes=2)
LONGEST_SLOW = timedelta(minutes=30)
# A delivery of a slow channel that has waited so long takes its turn like any other.
PATIENCE = timedelta(minutes=2)


def slow(session: Session, now: datetime) -> frozenset[str]:
    """The channels that are slow at the moment."""
    return frozenset(session.scalars(_SLOW, {"now": now}))


_SLOW = select(Lane.channel).where(Lane.slow_until > bindparam("now"))


def strike(session: Session, channel: str, now: datetime) -> None:
    """Note that the channel took longer than its limit."""
    lane = session.get(Lane, channel, with_for_update=True)
    again = lane is not None and lane.slow_until > now - LONGEST_SLOW
    strikes = min(lane.strikes + 1, 10) if lane and again else 1
    until = now + min(FIRST_SLOW * 2 ** (strikes - 1), LONGEST_SLOW)
    row = upsert(session, Lane).values(channel=channel, slow_until=until, strikes=strikes)
    session.execute(
        row.on_conflict_do_update(index_elements=["channel"], set_={"slow_until": until, "strikes": strikes})
    )
