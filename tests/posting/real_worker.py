"""A real worker, or a real clock, whose accounts are at the simulated platform: `real_worker worker|clock DATA`."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

import worker
from channels.wechat import CHANNEL
from hub import clock, logs
from hub.publishing import finishing
from tests.fakes import make_services

LEASE = 6

if __name__ == "__main__":
    logs.to_stderr()
    # A test has no fifteen seconds.
    finishing.FIRST_CONFIRM = timedelta(seconds=0.3)
    settings = {"redis_url": os.environ["REDIS_URL"], "internal_hosts": "127.0.0.1"}
    opened = make_services(Path(sys.argv[2]), CHANNEL, create=False, lease_seconds=LEASE, tick_seconds=0.2, **settings)
    sys.exit({"worker": worker.run, "clock": clock.run}[sys.argv[1]](opened))
