"""`yigao doctor`: every answer is tried, and what is not there is said."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hub.health import SILENCE, examine
from hub.models import Heartbeat
from hub.services import Services
from hub.setup import Ready
from tests.cli_runner import yigao

# The queue is asked over a socket of its own.
pytestmark = pytest.mark.enable_socket


def unwell(services: Services, now: datetime) -> set[str]:
    """The names of the checks that are not well."""
    return {answer.name for answer in examine(services, now) if not answer.well}


def alive(services: Services, at: datetime) -> None:
    """The heartbeats of a clock and a worker at this instant."""
    with services.db.writing() as session:
        for name in ("clock", "worker:1"):
            session.merge(Heartbeat(name=name, at=at))


def test_what_has_never_run_is_said(services: Services, ready: Ready, now: datetime) -> None:
    assert unwell(services, now) == {"queue", "clock", "worker"}


def test_a_clock_that_has_fallen_silent_is_dead(services: Services, ready: Ready, now: datetime) -> None:
    alive(services, now)
    assert unwell(services, now + SILENCE) == {"queue"}
    assert unwell(services, now + SILENCE + timedelta(seconds=1)) == {"queue", "clock", "worker"}


def test_without_tables_the_database_is_not_well(services: Services, now: datetime) -> None:
    services.config.data.mkdir(parents=True)
    assert "database" in unwell(services, now)


def test_the_command_ends_with_1_and_says_each_check(services: Services, ready: Ready) -> None:
    ran = yigao("doctor", "--data", services.config.data)
    assert ran.code == 1
    assert "时钟从未运行" in ran.out
    assert "Traceback" not in ran.err
