"""A real server, worker and clock over fake channels."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.services import Services
from tests.processes.fake_worker import services_of
from tests.processes.helpers import end, redis_server, spawn

Start = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def installation(tmp_path: Path, socket_enabled: None) -> Iterator[Services]:
    """Services whose `config.redis_url` is a real server."""
    data = tmp_path / "var"
    data.mkdir()
    with redis_server(data) as url:
        services = services_of(data, create=True, redis_url=url)
        yield services
        services.db.close()


@pytest.fixture
def start(installation: Services) -> Iterator[Start]:
    """Start "worker" or "clock"; all are ended with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(kind: str) -> subprocess.Popen[bytes]:
        data, url = installation.config.data, installation.config.redis_url
        process = spawn("-m", "tests.processes.fake_worker", kind, str(data), REDIS_URL=url)
        started.append(process)
        return process

    yield begin
    for process in started:
        end(process)
