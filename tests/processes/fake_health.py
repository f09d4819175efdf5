"""A real worker, clock or web over fake channels, with signs of life in quick succession and little patience:
`fake_health.py worker|deaf|clock|web DATA [PORT]`. A deaf worker lives, and waits for jobs where none are given.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

import waitress

import worker
from hub import clock, create_app, health, logs, queue, vitals
from hub.services import Services
from tests.processes.fake_worker import services_of

health.SILENCE = timedelta(seconds=3)
# A busy machine is not what is tested.
vitals.PATIENCE = 10.0
clock.HEARTBEAT_SECONDS = clock.PROBE_SECONDS = 0.5
worker.SIGN_SECONDS = 0.5
# RQ waits 15 s less for a job.
worker.WORKER_TTL = 16
worker.MONITOR_SECONDS = 1


def serve(services: Services) -> int:
    """The web application on the port of the command line."""
    waitress.serve(create_app(services), host="127.0.0.1", port=int(sys.argv[3]), threads=4, _quiet=True)
    return 0


def deaf(services: Services) -> int:
    """A worker for a queue of another name."""
    queue.QUEUE = "elsewhere"
    return worker.run(services)


if __name__ == "__main__":
    logs.to_stderr()
    kinds = {"worker": worker.run, "deaf": deaf, "clock": clock.run, "web": serve}
    sys.exit(kinds[sys.argv[1]](services_of(Path(sys.argv[2]), create=False, redis_url=os.environ["REDIS_URL"])))
