"""A real worker is killed (SIGKILL, with its child) at a step of the platform, before and after it was done there:
another goes on from the note, one article at most.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from hub.domain.states import State
from tests.posting.house import House, opened
from tests.posting.real_worker import LEASE
from tests.processes.helpers import descendants, end, redis_server, spawn, until
from tests.wechat_platform import Far

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group(__name__)]


@pytest.fixture
def office(far: Far, tmp_path: Path, socket_enabled: None) -> Iterator[House]:
    """The house with a real queue, and the time that it is."""
    data = tmp_path / "var"
    data.mkdir()
    with redis_server(data) as url, opened(data, far, redis_url=url, lease_seconds=LEASE) as house:
        far.clock()
        house.now = datetime.now(UTC)
        house.services.memory.clock = house.services.db.now
        yield house


def kill(process: subprocess.Popen[bytes]) -> None:
    """The worker and whatever it has forked, at one stroke."""
    for one in (psutil.Process(process.pid), *descendants(process.pid)):
        with suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGKILL)


FIRST = [("draft/add", "hang_after"), ("freepublish/submit", "hang"), ("freepublish/submit", "hang_after")]
REST = [
    ("draft/add", "hang"),
    ("material/add_material", "hang"),
    ("material/add_material", "hang_after"),
    ("media/uploadimg", "hang_after"),
    ("freepublish/get", "hang"),
    ("freepublish/batchget", "hang_after"),
    ("stable_token", "hang_after"),
]


@pytest.mark.parametrize(("call", "kind"), [*FIRST, *(pytest.param(*case, marks=pytest.mark.long) for case in REST)])
def test_a_worker_dies_over_a_step(office: House, call: str, kind: str) -> None:
    office.far.faults({"call": call, "kind": kind, "seconds": 60})
    data, url = str(office.services.config.data), office.services.config.redis_url
    begin = lambda name: spawn("-m", "tests.posting.real_worker", name, data, REDIS_URL=url)  # noqa: E731
    first, clock = begin("worker"), begin("clock")
    second = None
    try:
        one = office.order(office.piece())
        until(lambda: any(e["call"] == call and e["outcome"] == kind for e in office.far.log()), seconds=40)
        kill(first)
        second = begin("worker")
        # A submit that never arrived can't be told from one that is being worked at: it stays in question.
        wanted = State.UNKNOWN if (call, kind) == ("freepublish/submit", "hang") else State.PUBLISHED
        until(lambda: office.state(one) is wanted, seconds=60)
        assert len(office.articles()) == (wanted is State.PUBLISHED)
        assert office.far.calls("freepublish/submit") == 1
        assert len(office.far.state()["tasks"]) == (wanted is State.PUBLISHED)
    finally:
        for process in filter(None, (first, clock, second)):
            end(process)
