"""RQ's own workers with everything loaded before the first fork: `python -m benchmarks._rq Worker|SimpleWorker`."""

from __future__ import annotations

import sys

import rq
from redis import Redis
from rq.serializers import JSONSerializer

from benchmarks._others import URL

if __name__ == "__main__":
    kind = {"Worker": rq.Worker, "SimpleWorker": rq.SimpleWorker}[sys.argv[1]]
    kind(["bench"], connection=Redis.from_url(URL), serializer=JSONSerializer).work(logging_level="ERROR")
