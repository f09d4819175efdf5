"""Two installations: one that has everything, one that has nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.backup import backup
from hub.services import Services
from tests import postgres
from tests.backup.house import fill, house
from tests.fakes import NOW


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation's folder with a row of every kind, and a backup of it in `backup.tar.gz`; to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    services = house(folder / "original")
    fill(services)
    backup(services, folder / "backup.tar.gz", now=NOW)
    services.db.close()
    return folder


@pytest.fixture
def original(filled: Path, tmp_path: Path) -> Iterator[Services]:
    """An installation on SQLite with a row of every kind."""
    shutil.copytree(filled / "original", tmp_path / "original")
    services = house(tmp_path / "original", office=False)
    yield services
    services.db.close()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Services]:
    """An empty folder."""
    services = house(tmp_path / "target", office=False)
    yield services
    services.db.close()


@pytest.fixture
def backed_up(filled: Path, tmp_path: Path) -> Path:
    """A backup of the original, made at NOW."""
    return Path(shutil.copy(filled / "backup.tar.gz", tmp_path / "backup.tar.gz"))


@pytest.fixture
def empty_postgresql() -> Iterator[str]:
    """The address of a PostgreSQL database with nothing in it."""
    with postgres.server().database(tables=False) as url:
        yield url
