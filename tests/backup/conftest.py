"""Two installations: one that has everything, one that has nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.services import Services
from tests import postgres
from tests.backup.house import fill, house


@pytest.fixture
def original(tmp_path: Path) -> Iterator[Services]:
    """An installation on SQLite with a row of every kind."""
    services = house(tmp_path / "original")
    fill(services)
    yield services
    services.db.close()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Services]:
    """An empty folder."""
    services = house(tmp_path / "target", office=False)
    yield services
    services.db.close()


@pytest.fixture
def backed_up(original: Services, tmp_path: Path) -> Path:
    """A backup of the original."""
    from hub.backup import backup
    from tests.fakes import NOW

    return backup(original, tmp_path / "backup.tar.gz", now=NOW).file


@pytest.fixture
def empty_postgresql() -> Iterator[str]:
    """The address of a PostgreSQL database with nothing in it."""
    with postgres.server().database(tables=False) as url:
        yield url
