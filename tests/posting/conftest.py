"""The platform in a process of its own, and an office with an account there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from channels.wechat import client
from hub.db import Database
from tests.posting.house import House, opened
from tests.wechat_platform import Far
from tests.wechat_platform.fixtures import far, platform

__all__ = ["far", "platform"]


@pytest.fixture
def house(far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """An office with an account at the platform. Here hours pass between two lines, and nobody waits long."""
    monkeypatch.setattr(Database, "steady", lambda _self: None)
    monkeypatch.setattr(client, "_TIMEOUT", httpx.Timeout(0.6))
    monkeypatch.setattr(client, "PAUSE", 0.0)
    with opened(tmp_path / "var", far) as made:
        yield made
