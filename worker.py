"""The worker: waits for hints, and forks a warm child that drains due deliveries from the database."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from typing import Any

from rq import Worker as RqWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from hub import jobs, logs, process, queue
from hub.config import SettingsError, load
from hub.heartbeats import beat
from hub.publishing import rehearsing
from hub.rendering import rehearse
from hub.services import Services

log = logging.getLogger("yigao.worker")

# RQ wakes from its wait for a job 15 s before the end of this time: so often an idle worker says that it is alive.
WORKER_TTL = 25
# How often the parent looks at its child, and how often it tells the server that it lives.
MONITOR_SECONDS = 1
SERVER_SECONDS = 10.0
SIGN_SECONDS = 5.0


class Worker(RqWorker):
    """RQ's worker with a child that dies with it, a stop that finishes only what is in hand, and a heartbeat."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.parent, self.last_sign = os.getpid(), -SIGN_SECONDS
        self.watch, self.last_maintained = jobs.Watch(services), time.monotonic()
        self.hints = queue.Queue(services.config.redis_url)
        super().__init__(
            [queue.QUEUE],
            connection=queue.connect(services.config.redis_url),
            serializer=JSONSerializer,
            worker_ttl=WORKER_TTL,
            job_monitoring_interval=MONITOR_SECONDS,
            default_result_ttl=queue.KEEP_SECONDS,
            log_job_description=False,
        )

    def main_work_horse(self, *args: Any) -> None:
        """In the child: die with the worker, so that a lease that has run out has no live sender."""
        process.die_with_parent(self.parent)
        jobs.in_horse()
        super().main_work_horse(*args)

    def maintain_heartbeats(self, job: Job) -> None:
        """While the child works: an eye on it, and now and then the server told that both live. A server that is away
        must not blind the eye.
        """
        self.watch.look(self.horse_pid)
        self.sign()
        if time.monotonic() - self.last_maintained >= SERVER_SECONDS and self.hints.ping():
            self.last_maintained = time.monotonic()
            super().maintain_heartbeats(job)

    def handle_work_horse_killed(self, *args: Any) -> None:
        """The child is dead: its rows need not wait for their leases."""
        self.watch.bury()
        super().handle_work_horse_killed(*args)  # type: ignore[no-untyped-call]

    def handle_warm_shutdown_request(self) -> None:
        """On SIGTERM: the child finishes the delivery in its hand and gives the others back."""
        if self.horse_pid:
            os.kill(self.horse_pid, signal.SIGUSR1)

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        """RQ's sign of life, and ours."""
        super().heartbeat(*args, **kwargs)
        self.sign()

    def sign(self) -> None:
        """Now and then, a sign of life in the database."""
        if os.getpid() == self.parent and time.monotonic() - self.last_sign >= SIGN_SECONDS:
            self.last_sign = time.monotonic()
            beat(self.services, f"worker:{self.parent}")
            # A child must not inherit an open database file.
            self.services.db.close()


def run(services: Services) -> int:
    """Work until SIGTERM or SIGINT; the exit code."""
    jobs.warm(services)
    rehearsing.rehearse(services)
    # A child must not inherit an open database file.
    services.db.close()
    done = Worker(services).work(logging_level="WARNING")
    log.info("worker ends", extra={"count": int(done)})
    return 0


def main() -> int:
    """Everything slow is loaded here, before the first fork: channels, fonts, templates."""
    logs.to_stderr()
    try:
        services = Services(load())
    except SettingsError as error:
        print(error.words.zh, file=sys.stderr)  # noqa: T201 (before there is anything to log to)
        return 2
    rehearse(services.channels)
    return run(services)


if __name__ == "__main__":
    sys.exit(main())
