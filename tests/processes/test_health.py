"""Readiness over real processes: red when the last worker or the clock is gone, green when it is back, whatever hangs.

The limits are shortened in fake_health.py; tests/hub/test_health.py holds the real ones to the minute.
"""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest
from click.testing import CliRunner

from hub.checkup import probe
from hub.cli.doctor import command
from hub.queue import Queue, TransportError
from hub.services import Services
from tests.processes.helpers import end, redis_server, spawn, until

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("socket_enabled")]

Begin = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def begin(installation: Services, port: int) -> Iterator[Begin]:
    """Start "worker", "deaf", "clock" or "web" without a supervisor: who dies stays dead."""
    started: list[subprocess.Popen[bytes]] = []

    def start(kind: str) -> subprocess.Popen[bytes]:
        command = ("-m", "tests.processes.fake_health", kind, str(installation.config.data), str(port))
        started.append(spawn(*command, REDIS_URL=installation.config.redis_url))
        return started[-1]

    yield start
    for process in started:
        end(process)


@pytest.fixture
def red(port: int) -> Callable[[], set[str] | None]:
    """The names of the checks that are red; None while the web does not answer."""

    def ask() -> set[str] | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                status, body = refused.code, refused.read()
        except OSError:
            return None
        names = {check["name"] for check in json.loads(body)["checks"] if not check["ok"]}
        assert status == (503 if names else 200)
        return names

    return ask


def doctor(services: Services) -> int:
    """The exit code of `yigao doctor`."""
    folder, url = str(services.config.data), services.config.redis_url
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("hub.vitals.PATIENCE", 10.0)
        ran = CliRunner().invoke(command, ["--data", folder], env={"REDIS_URL": url}, standalone_mode=False)
    assert ran.exception is None, ran.output
    return int(ran.return_value)


Red = Callable[[], "set[str] | None"]


def test_red_without_a_worker_or_a_clock_and_green_when_they_are_back(
    installation: Services, begin: Begin, red: Red
) -> None:
    begin("web")
    clock, deaf = begin("clock"), begin("deaf")
    # It lives and says so, and yet nothing comes through: that is what the probe is for.
    until(lambda: red() == {"probe"}, 60)
    assert not probe(installation, seconds=0.5).well
    worker = begin("worker")
    until(lambda: red() == set(), 60)
    assert probe(installation, seconds=60).well
    assert doctor(installation) == 0
    end(deaf)
    end(worker)
    until(lambda: red() == {"worker", "probe"}, 60)
    begin("worker")
    until(lambda: red() == set(), 60)
    end(clock)
    # Without it nobody asks for a probe either.
    until(lambda: red() == {"clock", "probe"}, 60)
    begin("clock")
    until(lambda: red() == set(), 60)


def test_red_without_redis_or_with_a_database_that_cannot_be_written(
    installation: Services, begin: Begin, red: Red
) -> None:
    for kind in ("web", "clock", "worker"):
        begin(kind)
    until(lambda: red() == set(), 60)
    with closing(sqlite3.connect(installation.config.data / "yigao.db", isolation_level=None)) as stranger:
        stranger.execute("BEGIN EXCLUSIVE")
        # It can be read, and so the web answers; that nobody can write shows by the signs that are missing.
        until(lambda: red() == {"clock", "worker", "probe"}, 60)
        stranger.execute("ROLLBACK")
    until(lambda: red() == set(), 60)
    with suppress(TransportError):
        Queue(installation.config.redis_url).redis.shutdown(nosave=True)
    until(lambda: {"queue", "probe"} <= (red() or set()), 60)
    with redis_server(installation.config.data):
        until(lambda: red() == set(), 60)
