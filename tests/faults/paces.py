"""The product's waiting times, shortened for the harness: a lease of four seconds instead of sixty, and everything that
is measured against it by the same rule. Only lengths change, never the order of things.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

from tests.faults.points import resolve

LEASE = 4
TICK = 0.1

PACES: dict[str, Any] = {
    "hub.domain.deadlines:FIRST_WAIT": timedelta(seconds=0.4),
    "hub.domain.deadlines:LONGEST_WAIT": timedelta(seconds=2),
    "hub.domain.deadlines:FIRST_LOOK": timedelta(seconds=0.3),
    "hub.domain.deadlines:RAREST_LOOK": timedelta(seconds=2),
    "hub.publishing.lanes:FIRST_SLOW": timedelta(seconds=1),
    "hub.publishing.lanes:LONGEST_SLOW": timedelta(seconds=2),
    "hub.publishing.lanes:PATIENCE": timedelta(seconds=1),
    "hub.clock:HINT_AGE": timedelta(seconds=0.5),
    "hub.clock:HEARTBEAT_SECONDS": 1.0,
    "hub.clock:STEADY": 3.0,
    "hub.supervisor:FIRST_PAUSE": 0.1,
    "hub.supervisor:LONGEST_PAUSE": 0.5,
    "hub.supervisor:POLITE_SECONDS": 2.0,
    "hub.queue:DRAIN_SECONDS": 10.0,
}


def quicken(paces: dict[str, Any] | None = None) -> None:
    """Set the shortened times in this process. Raises MissingSeamError for one the product no longer has."""
    for seam, value in (PACES if paces is None else paces).items():
        owner, name, original = resolve(seam)
        setattr(owner, name, value)
        for module in [m for n, m in list(sys.modules.items()) if n.split(".")[0] == "hub"]:
            if vars(module).get(name) is original:
                setattr(module, name, value)
