"""Fixtures that every part of the suite shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest

from hub.config import Config
from hub.services import Services
from hub.setup import Ready, make_ready
from tests import postgres

# The suite is the same for everybody and every time; `make explore` goes where it has not been.
hypothesis.settings.register_profile("steady", derandomize=True)
hypothesis.settings.register_profile("explore", print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """The tests' present; time is an argument everywhere."""
    return NOW


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """An installation in a folder of its own, with the real channels and no tables yet."""
    opened = Services(Config(data=tmp_path / "var"))
    yield opened
    opened.db.close()


@pytest.fixture
def ready(services: Services, now: datetime) -> Ready:
    """The installation of `services` with the sample office loaded."""
    return make_ready(services, sample=True, now=now)


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL database with all tables and no rows, on the session's real server."""
    with postgres.server().database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """What DATABASE_URL is set to: nothing (SQLite in the data folder), then a PostgreSQL database with all tables."""
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgresql"))
