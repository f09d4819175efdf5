"""The clock: what a beat does, that nothing stops it, and that a clock set wrong releases nothing early."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import apscheduler.schedulers.base
import apscheduler.triggers.interval
import pytest

from hub import clock
from hub.clock import STEADY, Clock, Watch, beat, hint
from hub.domain.deadlines import LONGEST_WAIT, MAX_ATTEMPTS, RAREST_LOOK, backoff, next_look
from hub.domain.states import State
from hub.publishing.claiming import claim
from hub.services import Services
from tests.fakes import NOW, Plain, Sender, later, make_services
from tests.publishing.helpers import row, scheduled, state


@dataclass
class FakeQueue:
    """Counts hints; is away or freshly emptied when told so."""

    hints: list[int] = field(default_factory=list)
    away: bool = False
    is_empty: bool = False

    def emptied(self) -> bool:
        if self.away:
            raise ConnectionError
        was, self.is_empty = self.is_empty, False
        return was

    def hint(self, rows: int) -> int:
        self.hints.append(rows)
        return rows

    def probe(self) -> None:
        """Asked now and then; nobody answers here."""


@pytest.fixture
def queue() -> Iterator[FakeQueue]:
    yield FakeQueue()
    clock._FAILING.clear()


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = make_services(tmp_path / "var", Plain(), Sender())
    yield made
    made.db.close()


def _beat(services: Services, queue: FakeQueue, seconds: float = 0, *, release: bool = True) -> None:
    beat(services, queue, later(seconds=seconds), release=release)  # type: ignore[arg-type]


def test_a_beat_releases_what_is_due_and_hints(services: Services, queue: FakeQueue) -> None:
    due, not_due = scheduled(services, 1), scheduled(services, 2, at=later(hours=1))
    _beat(services, queue)
    assert (state(services, due), state(services, not_due)) == (State.QUEUED, State.SCHEDULED)
    assert queue.hints == [1]


def test_a_hint_is_given_again_only_when_it_is_old(services: Services, queue: FakeQueue) -> None:
    scheduled(services, 1)
    for second in (0, 1, 5, 10.5, 12):
        _beat(services, queue, second)
    assert queue.hints == [1, 1]


def test_an_emptied_server_is_told_everything_at_once(services: Services, queue: FakeQueue) -> None:
    scheduled(services, 1)
    _beat(services, queue)
    queue.is_empty = True
    _beat(services, queue, 1)
    assert queue.hints == [1, 1]


def test_with_the_server_away_everything_else_goes_on_and_it_is_said_once(
    services: Services, queue: FakeQueue, caplog: pytest.LogCaptureFixture
) -> None:
    queue.away = True
    delivery = scheduled(services, 1)
    with caplog.at_level(logging.INFO, "yigao.clock"):
        for second in (0, 1, 2):
            _beat(services, queue, second)
        assert row(services, delivery).hinted_at is None
        assert state(services, delivery) == State.QUEUED
        queue.away = False
        _beat(services, queue, 3)
    assert row(services, delivery).hinted_at == later(seconds=3)
    assert [r.levelname for r in caplog.records] == ["WARNING", "INFO"]


def test_what_is_being_worked_on_gets_no_hint(services: Services, queue: FakeQueue) -> None:
    scheduled(services, 1)
    _beat(services, queue)
    assert claim(services, worker="w", now=NOW)
    scheduled(services, 1)
    assert hint(services, queue, later(seconds=20)) == 0  # type: ignore[arg-type]


def test_a_broken_part_does_not_stop_the_others(
    services: Services, queue: FakeQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(clock, "release_due", broken)
    monkeypatch.setattr(clock, "sweep", broken)
    _beat(services, queue)
    assert queue.hints == []


def test_without_trust_nothing_is_released(services: Services, queue: FakeQueue) -> None:
    delivery = scheduled(services, 1)
    _beat(services, queue, release=False)
    assert state(services, delivery) == State.SCHEDULED


class _Clocks:
    wall = 1000.0
    steady = 5.0


@pytest.fixture
def clocks() -> _Clocks:
    return _Clocks()


@pytest.fixture
def watch(clocks: _Clocks) -> Watch:
    made = Watch(wall=lambda: clocks.wall, steady=lambda: clocks.steady)
    assert made.leapt() is False
    return made


def _pass(clocks: _Clocks, seconds: float) -> None:
    clocks.wall += seconds
    clocks.steady += seconds


def test_time_that_passes_is_no_leap(watch: Watch, clocks: _Clocks) -> None:
    _pass(clocks, 100_000)
    assert watch.leapt() is False
    assert watch.trusted()


def test_a_leap_before_the_first_look_is_seen(clocks: _Clocks) -> None:
    watch = Watch(wall=lambda: clocks.wall, steady=lambda: clocks.steady)
    clocks.wall += 300
    assert watch.leapt()
    assert not watch.trusted()


class _Told(Clock):
    """A clock whose ticks are only noticed."""

    def __init__(self, services: Services) -> None:
        super().__init__(services, FakeQueue())  # type: ignore[arg-type]
        self.ticks = threading.Semaphore(0)

    def tick(self) -> None:
        super().tick()
        self.ticks.release()


def test_a_clock_set_back_goes_on_ticking(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    ticking = _Told(services)
    running = threading.Thread(target=ticking.run)
    running.start()
    try:
        assert ticking.ticks.acquire(timeout=20)
        for module in (apscheduler.schedulers.base, apscheduler.triggers.interval, clock):
            monkeypatch.setattr(module, "datetime", _AnHourAgo)
        # The one that may have been due already, and then one by the clock that was set back.
        for _ in range(3):
            assert ticking.ticks.acquire(timeout=20)
    finally:
        ticking.stop()
        running.join(timeout=20)


class _AnHourAgo(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz) - timedelta(hours=1)


def test_a_leap_forward_is_not_trusted_until_it_has_been_steady(watch: Watch, clocks: _Clocks) -> None:
    clocks.wall += 300
    assert watch.leapt()
    assert not watch.trusted()
    _pass(clocks, STEADY - 1)
    assert not watch.leapt()
    assert not watch.trusted()
    _pass(clocks, 2)
    assert watch.trusted()


def test_set_back_again_it_is_trusted_at_once(watch: Watch, clocks: _Clocks) -> None:
    clocks.wall += 300
    watch.leapt()
    clocks.wall -= 300
    assert watch.leapt()
    assert watch.trusted()


def test_waits_double_up_to_a_cap_and_differ_between_deliveries() -> None:
    waits = [backoff("i1v1-a", n) for n in range(1, MAX_ATTEMPTS + 5)]
    assert waits == sorted(waits) or max(waits) <= LONGEST_WAIT * 1.25
    assert waits[0] == backoff("i1v1-a", 1)
    assert backoff("i1v1-a", 1) != backoff("i1v1-b", 1)
    assert all(w <= LONGEST_WAIT * 1.25 for w in waits)


def test_looks_become_rarer_with_time() -> None:
    times = [later(seconds=s) - NOW for s in (0, 5, 60, 10_000)]
    looks = [next_look(t) for t in times]
    assert looks == sorted(looks)
    assert looks[-1] == RAREST_LOOK
