"""The simulated platform for a folder's tests; its conftest imports both names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wechat_platform import Far, running


@pytest.fixture(scope="session")
def platform() -> Iterator[Far]:
    """The platform in a process of its own."""
    with running() as started:
        yield started


@pytest.fixture
def far(platform: Far) -> Far:
    """The platform with one fresh account."""
    platform.reset()
    return platform
