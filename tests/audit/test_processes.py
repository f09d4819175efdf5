"""Real processes that seal: killed at any moment, two at once, and the clocks of a running installation."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator

import pytest

from hub.audit import heads_file, seal, verify
from hub.audit.heads import noted
from hub.services import Services
from tests.audit.trails import WAY, deliver, rows
from tests.fakes import NOW
from tests.processes.helpers import end, spawn, until

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("socket_enabled")]

LENGTH = 40 * len(WAY)
Sealer = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def sealer(services: Services) -> Iterator[Sealer]:
    """Start a process that seals, with its fate; all are ended with the test."""
    started: list[subprocess.Popen[bytes]] = []
    config = services.config

    def begin(fate: str) -> subprocess.Popen[bytes]:
        started.append(spawn("-m", "tests.audit.sealer", str(config.data), config.database_url, fate))
        return started[-1]

    yield begin
    for process in started:
        end(process)


@pytest.mark.parametrize(
    ("services", "fate", "links"),
    [("sqlite", "inside", 9), ("postgresql", "inside", 9), ("sqlite", "after", 12)],
    indirect=["services"],
)
def test_killed_within_or_after_a_batch_it_leaves_a_whole_chain_that_the_next_goes_on_with(
    services: Services, sealer: Sealer, fate: str, links: int
) -> None:
    deliver(services, 3)
    assert sealer(fate).wait(60) == -signal.SIGKILL
    verdict = verify(services, NOW)
    assert (verdict.whole, verdict.links, verdict.unsealed) == (True, links, 21 - links)
    seal(services, NOW)
    verdict = verify(services, NOW)
    assert (verdict.whole, verdict.links, verdict.unsealed) == (True, 21, 0)


def test_two_processes_at_once_make_one_chain(services: Services, sealer: Sealer) -> None:
    both = [sealer("lives"), sealer("lives")]
    for _ in range(4):
        deliver(services, 10)
    until(lambda: rows(services, "SELECT count(*) AS links FROM seals")[0].links == LENGTH, 60)
    verdict = verify(services, NOW)
    assert (verdict.whole, verdict.links, verdict.unsealed) == (True, LENGTH, 0)
    # Neither fell over the other.
    assert [process.poll() for process in both] == [None, None]


def test_a_running_installation_with_two_clocks_seals_what_its_workers_do(
    installation: Services, start: Callable[[str], subprocess.Popen[bytes]]
) -> None:
    from tests.publishing.helpers import scheduled

    clocks = [start("clock"), start("clock")]
    start("worker")
    for _ in range(5):
        scheduled(installation, 1, now=installation.db.now())

    def all_out() -> bool:
        out = rows(installation, "SELECT count(*) AS n FROM deliveries WHERE state = 'published'")
        verdict = verify(installation, installation.db.now())
        return bool(out[0].n == 5 and not verdict.unsealed)

    until(all_out, 90)
    for clock in clocks:
        clock.send_signal(signal.SIGTERM)
    assert [clock.wait(30) for clock in clocks] == [0, 0]
    verdict = verify(installation, installation.db.now())
    assert (verdict.whole, verdict.warnings) == (True, ())
    # The last thing a clock does is to note the head.
    last = [head for head in noted(heads_file(installation.config)) if head][-1]
    assert verdict.head is not None
    assert (last.position, last.hash) == (verdict.head.position, verdict.head.hash)
