"""An installation with fake channels, in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.services import Services
from tests.fakes import Plain, Sender, Sited, make_services


@pytest.fixture
def fakes(tmp_path: Path, database_url: str) -> Iterator[Services]:
    """Accounts 1 plain, 2 sender, 3 sited; every test runs on SQLite and on PostgreSQL."""
    services = make_services(tmp_path / "var", Plain(), Sender(), Sited(), database_url=database_url)
    yield services
    services.db.close()


@pytest.fixture
def sender(fakes: Services) -> Sender:
    """The channel with a far end."""
    channel = fakes.channels["sender"]
    assert isinstance(channel, Sender)
    return channel
