"""Real workers, a real clock, a real server: deliveries arrive once, whoever is killed."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from hub.domain.states import State
from hub.publishing.scheduling import schedule
from hub.queue import Queue, TransportError
from hub.services import Services
from tests.fakes import EDITOR, write
from tests.processes.conftest import Start
from tests.processes.fake_worker import arrived
from tests.processes.helpers import redis_server, until
from tests.publishing.helpers import state, trail

pytestmark = pytest.mark.processes


def _now() -> datetime:
    return datetime.now(UTC)


def _publish(services: Services) -> int:
    [outcome] = schedule(services, actor=EDITOR, revision_id=write(services), account_ids=[1], at=None, now=_now())
    assert outcome.delivery_id is not None
    return outcome.delivery_id


def _sleeper(services: Services, where: str) -> dict[str, int]:
    note = services.config.data / f"{where}.now"
    until(note.exists)
    until(lambda: note.read_text().endswith("}"))
    found: dict[str, int] = json.loads(note.read_text())
    return found


def test_due_is_delivered_and_many_drain_from_few_hints(installation: Services, start: Start) -> None:
    start("worker")
    start("clock")
    deliveries = [_publish(installation) for _ in range(30)]
    until(lambda: all(state(installation, d) == State.PUBLISHED for d in deliveries))
    assert len(arrived(installation.config.data)) == 30
    assert len(set(arrived(installation.config.data))) == 30


@pytest.mark.parametrize("victims", [("worker",), ("horse",), ("worker", "horse")])
def test_a_worker_killed_during_a_render(installation: Services, start: Start, victims: tuple[str, ...]) -> None:
    slow = installation.config.data / "slow"
    slow.write_text("1.2")
    start("worker")
    start("clock")
    delivery = _publish(installation)
    pids = _sleeper(installation, "slow")
    for victim in victims:
        os.kill(pids[victim], signal.SIGKILL)
    slow.unlink()
    # Its supervisor would start a new one.
    start("worker")
    until(lambda: state(installation, delivery) == State.PUBLISHED)
    assert len(arrived(installation.config.data)) == 1
    assert trail(installation, delivery).count("working") == 2


def test_the_horse_dies_with_its_worker(installation: Services, start: Start) -> None:
    (installation.config.data / "slow").write_text("30")
    worker = start("worker")
    start("clock")
    _publish(installation)
    horse = _sleeper(installation, "slow")["horse"]
    worker.kill()
    worker.wait()
    until(lambda: not _runs(horse), 2)


def _runs(pid: int) -> bool:
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_worker_killed_after_the_send_is_found_and_not_sent_again(installation: Services, start: Start) -> None:
    after = installation.config.data / "after_send"
    after.write_text("1.2")
    worker = start("worker")
    start("clock")
    delivery = _publish(installation)
    _sleeper(installation, "after_send")
    worker.kill()
    after.unlink()
    start("worker")
    until(lambda: state(installation, delivery) == State.PUBLISHED)
    assert len(arrived(installation.config.data)) == 1
    assert "unknown" in trail(installation, delivery)


def test_a_hung_render_is_ended_alone_and_tried_again(installation: Services, start: Start) -> None:
    slow = installation.config.data / "slow"
    slow.write_text("60")
    start("worker")
    start("clock")
    delivery = _publish(installation)
    _sleeper(installation, "slow")
    slow.unlink()
    until(lambda: state(installation, delivery) == State.QUEUED)
    assert arrived(installation.config.data) == []


def test_an_emptied_server_loses_nothing(installation: Services, start: Start) -> None:
    start("clock")
    queue = Queue(installation.config.redis_url)
    deliveries = [_publish(installation) for _ in range(5)]
    until(lambda: queue.depth() > 0)
    queue.redis.flushall()
    start("worker")
    until(lambda: all(state(installation, d) == State.PUBLISHED for d in deliveries), 8)
    assert len(arrived(installation.config.data)) == 5


def test_a_server_restarted_without_its_data_loses_nothing(installation: Services, start: Start) -> None:
    start("worker")
    start("clock")
    first = _publish(installation)
    until(lambda: state(installation, first) == State.PUBLISHED)
    with suppress(TransportError):
        Queue(installation.config.redis_url).redis.shutdown(nosave=True)
    deliveries = [_publish(installation) for _ in range(3)]
    until(lambda: all(state(installation, d) == State.QUEUED for d in deliveries))
    with redis_server(installation.config.data):
        until(lambda: all(state(installation, d) == State.PUBLISHED for d in deliveries), 40)
    assert len(arrived(installation.config.data)) == 4


def test_sigterm_finishes_what_is_in_hand(installation: Services, start: Start) -> None:
    (installation.config.data / "slow").write_text("1")
    worker = start("worker")
    start("clock")
    deliveries = [_publish(installation) for _ in range(3)]
    _sleeper(installation, "slow")
    worker.terminate()
    assert worker.wait(timeout=5) == 0
    states = sorted(state(installation, d) for d in deliveries)
    assert states == [State.PUBLISHED, State.QUEUED, State.QUEUED]


def test_hints_stay_few_while_nobody_works(installation: Services) -> None:
    queue = Queue(installation.config.redis_url)
    for _ in range(50):
        queue.hint(1000)
    assert queue.depth() <= 8
