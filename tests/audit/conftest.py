"""The same installation on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.services import Services
from tests.fakes import Plain, make_services
from tests.postgres import server
from tests.processes.conftest import installation, start

__all__ = ["installation", "start"]


@pytest.fixture(params=["sqlite", "postgresql"])
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    """An office with one account, without deliveries: on SQLite, and on PostgreSQL."""
    if request.param == "sqlite":
        made = make_services(tmp_path / "var", Plain())
        yield made
        made.db.close()
        return
    with server().database() as url:
        made = make_services(tmp_path / "var", Plain(), database_url=url)
        yield made
        made.db.close()


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Services]:
    """The same on SQLite alone, for what does not depend on the database."""
    made = make_services(tmp_path / "var", Plain())
    yield made
    made.db.close()
