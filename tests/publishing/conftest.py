"""An installation with fake channels, in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.db import Database
from hub.services import Services
from tests.fakes import Keeper, Plain, Sender, Sited, make_services


@pytest.fixture
def fakes(tmp_path: Path, database_url: str) -> Iterator[Services]:
    """Accounts 1 plain, 2 sender, 3 sited; every test runs on SQLite and on PostgreSQL."""
    services = make_services(tmp_path / "var", Plain(), Sender(), Sited(), database_url=database_url)
    yield services
    services.db.close()


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    """Accounts: 1 by hand, 2 that can't be taken back from, 3 the site, 4 that can. On SQLite; on PostgreSQL where a
    test asks for both, because it depends on how rows are locked or moved together.
    """
    there = getattr(request, "param", "sqlite") == "postgresql"
    address = str(request.getfixturevalue("postgresql")) if there else ""
    services = make_services(tmp_path / "var", Plain(), Sender(), Sited(), Keeper(), database_url=address)
    yield services
    services.db.close()


@pytest.fixture
def sender(fakes: Services) -> Sender:
    """The channel with a far end."""
    channel = fakes.channels["sender"]
    assert isinstance(channel, Sender)
    return channel


@pytest.fixture(autouse=True)
def _time_is_an_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here hours pass between two lines: the machine's steady clock has no part in it."""
    monkeypatch.setattr(Database, "steady", lambda _self: None)
