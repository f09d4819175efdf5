"""A process that seals a few moves a transaction: `python -m tests.audit.sealer DATA DATABASE_URL FATE`.

FATE is "lives" (until somebody kills it), or where it kills itself in its fourth transaction: "inside" or "after" it.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import event

from hub.audit import sealing
from hub.config import Config
from hub.services import Services

FATAL = 4


def _die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sealing.BATCH = 3
    data, url, fate = sys.argv[1:]
    services = Services(Config(data=Path(data), database_url=url), {})
    for number in count(1):
        if (number, fate) == (FATAL, "inside"):
            # Called when all is written and nothing is committed.
            event.listen(services.db.engine, "commit", _die)
        sealed = sealing.seal_batch(services)
        if (number, fate) == (FATAL, "after"):
            _die()
        if not sealed:
            time.sleep(0.01)
