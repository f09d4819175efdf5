"""A newsroom for every test, and each program that remembers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.readers.newsroom import Newsroom, newsroom
from tests.readers.programs import Newsboat, Program, Reader


@pytest.fixture(params=["hub", pytest.param("nginx", marks=pytest.mark.long)])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Newsroom]:
    with newsroom(tmp_path, before=request.param == "nginx") as made:
        yield made


@pytest.fixture(params=["feed.xml", "atom.xml"])
def feed(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["newsboat", "reader"])
def program(request: pytest.FixtureRequest, office: Newsroom, feed: str, tmp_path: Path) -> Iterator[Program]:
    if request.param == "newsboat":
        yield Newsboat(tmp_path / "newsboat", office.base + feed)
    else:
        made = Reader(office.base + feed)
        yield made
        made.close()
