"""Several machines: clocks and workers that share a PostgreSQL, a Redis and a data folder, and nothing else."""

from __future__ import annotations

import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hub import supervisor
from hub.config import Config
from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.files import lock
from hub.models import Account, Delivery
from hub.publishing.scheduling import schedule
from hub.services import Services
from tests import postgres
from tests.fakes import EDITOR, write
from tests.processes.fake_worker import arrived, services_of
from tests.processes.helpers import end, redis_server, spawn, until

pytestmark = pytest.mark.processes

ACCOUNTS = 40


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    """A server that may be stopped."""
    with postgres.own_server() as mine:
        yield mine


@pytest.fixture
def shared(tmp_path: Path, server: postgres.Server, socket_enabled: None) -> Iterator[Services]:
    """What the machines share, with accounts enough for everybody to be busy."""
    data = tmp_path / "var"
    data.mkdir()
    with redis_server(data) as redis_url, server.database() as address:
        services = services_of(data, create=True, redis_url=redis_url, database_url=address)
        with services.db.writing() as session:
            session.add_all(
                Account(office_id=1, area_id=1, channel="sender", name=f"第{n}号", settings={}, beside="又一个")
                for n in range(1, ACCOUNTS)
            )
        yield services
        services.db.close()


@pytest.fixture
def machines(shared: Services) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two of them, each with a clock and two workers."""
    config = shared.config
    urls = {"REDIS_URL": config.redis_url, "DATABASE_URL": config.database_url}
    kinds = ["clock", "worker", "worker"] * 2
    started = [spawn("-m", "tests.processes.fake_worker", kind, str(config.data), **urls) for kind in kinds]
    yield started
    for process in started:
        end(process)


def _publish_to_all(services: Services, seconds: float = 0) -> None:
    now = services.db.now()
    outcomes = schedule(
        services,
        actor=EDITOR,
        revision_id=write(services),
        account_ids=range(1, ACCOUNTS + 1),
        at=now + timedelta(seconds=seconds),
        now=now,
    )
    assert all(o.delivery_id for o in outcomes)


def _published(services: Services) -> int:
    with services.db.reading() as session:
        return session.scalar(select(func.count()).where(Delivery.state == State.PUBLISHED)) or 0


def test_two_machines_publish_each_once_also_when_the_database_crashes_meanwhile(
    shared: Services, machines: list[subprocess.Popen[bytes]], server: postgres.Server
) -> None:
    _publish_to_all(shared)
    until(lambda: _published(shared) == ACCOUNTS, 60)
    # Due while the database is away, and while deliveries are on their way.
    _publish_to_all(shared, seconds=1)
    _publish_to_all(shared)
    until(lambda: _published(shared) > ACCOUNTS, 60)
    server.stop()
    began = datetime.now(UTC)
    until(lambda: datetime.now(UTC) - began > timedelta(seconds=2))
    server.start()
    until(lambda: _published(shared) == 3 * ACCOUNTS, 90)
    sent = Counter(arrived(shared.config.data))
    assert len(sent) == 3 * ACCOUNTS
    assert set(sent.values()) == {1}
    # Nobody had to be started again.
    assert [process.poll() for process in machines] == [None] * 6


def test_one_instance_a_machine_when_they_share_database_and_queue(tmp_path: Path, socket_enabled: None) -> None:
    shared = Config(data=tmp_path, redis_url="redis://queue", database_url="postgresql://database/yigao", port=_port())
    alone = Config(data=tmp_path, redis_url="redis://queue", port=_port())
    run = tmp_path / "run"
    with lock(run / "run.lock", wait=0, shared=True):  # another machine
        assert supervisor.is_running(shared)
        supervisor.precheck(shared)
        with pytest.raises(Refusal, match="SYS-202"):
            supervisor.precheck(alone)
        with pytest.raises(Refusal, match="SYS-202"), supervisor.alone(shared):
            pass
    with lock(run / f"run-{socket.gethostname()}.lock", wait=0), pytest.raises(Refusal, match="SYS-202"):
        supervisor.precheck(shared)
    assert supervisor.logs_of(shared) == tmp_path / "log" / socket.gethostname()
    assert supervisor.logs_of(alone) == tmp_path / "log"


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
