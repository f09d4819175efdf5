"""The same empty channel under other queues: a job a delivery. Each job either only calls the channel, or keeps the
delivery's record as ours does: claim, intent, receipt, and the trail. `python -m benchmarks._rq Worker|SimpleWorker` is
RQ's, with everything loaded before the first fork, as ours has.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import uuid4

from celery import Celery
from huey import RedisHuey
from redis import Redis

from benchmarks._empty import NoSettings, opened
from channels.manuscript import Content, Manuscript
from hub.domain.states import State
from hub.publishing.claiming import Claim
from hub.publishing.delivering import deliver_all
from hub.services import Services
from hub.workflow import Actor, move_all

URL = os.environ.get("REDIS_URL", "unix:///nowhere")


@cache
def _services(data: str, _process: int) -> Services:
    return opened(Path(data))


@cache
def _manuscript() -> Manuscript:
    return Manuscript(content=Content(title="关于养老助餐的解读", body="正文"))


def call(key: str) -> None:
    """Only the channel, nothing recorded."""
    channel = opened(Path()).channels["empty"]
    artefact = channel.render(_manuscript(), NoSettings())
    channel.send(artefact, NoSettings(), key)  # type: ignore[attr-defined]


def record(data: str, delivery_id: int) -> None:
    """The channel, with the delivery's record."""
    services, now = _services(data, os.getpid()), datetime.now(UTC)
    lease, token = now + timedelta(seconds=60), str(uuid4())
    with services.db.writing() as session:
        values = {"token": token, "lease_until": lease}
        move_all(
            session, [delivery_id], State.QUEUED, State.WORKING, actor=Actor("worker:x"), now=now, tries=1, **values
        )
    deliver_all(services, [Claim(delivery_id, token, "x", lease)], services.db.now)


huey = RedisHuey("bench", connection_pool=Redis.from_url(URL).connection_pool, results=False)
celery = Celery("bench", broker=URL.replace("unix://", "redis+socket://"))
celery.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=64,
    task_default_queue="celery-bench",
    worker_hijack_root_logger=False,
)

huey_call, huey_record = huey.task()(call), huey.task()(record)
celery_call, celery_record = celery.task(name="call")(call), celery.task(name="record")(record)
