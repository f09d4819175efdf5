"""Every program shows the same items with the same words and pictures, whatever feed it takes."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

from hub import create_app
from hub.config import Config
from hub.models import Site
from hub.services import Services
from hub.setup import make_ready
from tests import nginx
from tests.browser.house import House
from tests.readers.programs import Newsboat, Reader, Shown, by_feedparser, by_feedsmith

pytestmark = [pytest.mark.enable_socket, pytest.mark.processes, pytest.mark.xdist_group(__name__)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sample office's site, served."""
    services = Services(Config(data=tmp_path_factory.mktemp("same") / "var"))
    ready = make_ready(services, sample=True, now=datetime.now(UTC))
    with nginx.web(create_app(services)) as port:
        address = f"http://127.0.0.1:{port}/"
        with services.db.writing() as session:
            session.scalars(select(Site)).one().base_url = address
        house = House(address, "", "", services, ready.office_id)
        house.publish_samples()
        house.work()
        yield address
    services.db.close()


def by_newsboat(url: str, folder: Path) -> list[Shown]:
    program = Newsboat(folder, url)
    program.fetch()
    return program.shown()


def by_reader(url: str) -> list[Shown]:
    program = Reader(url)
    program.fetch()
    try:
        return program.shown()
    finally:
        program.close()


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=20) as answer:
        data: bytes = answer.read()
        return data


def words(text: str) -> str:
    """The words alone: programs keep an item's elements or draw them anew, each in its own way."""
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]+>", "", text)))


def facts(items: list[Shown]) -> dict[str, tuple[str, str, str]]:
    return {item.id: (item.title, item.link, words(item.text)) for item in items}


def pictures(items: list[Shown]) -> dict[str, list[str]]:
    return {item.id: re.findall(r'<img[^>]+src="([^"]+)"', item.text) for item in items}


def test_all_programs_show_the_same(base: str, tmp_path: Path) -> None:
    seen = {}
    for feed in ("feed.xml", "atom.xml"):
        url = base + feed
        seen |= {
            (feed, "newsboat"): by_newsboat(url, tmp_path / feed),
            (feed, "reader"): by_reader(url),
            (feed, "feedparser"): by_feedparser(fetched(url)),
            (feed, "feedsmith"): by_feedsmith(fetched(url)),
        }
    seen["feed.json", "feedsmith"] = by_feedsmith(fetched(f"{base}feed.json"))
    first = seen["feed.xml", "feedparser"]
    assert len(first) >= 3
    assert sum(map(len, pictures(first).values())) >= 1
    for who, items in seen.items():
        assert facts(items) == facts(first), who
        assert pictures(items) == pictures(first), who


def test_the_variant_of_summaries_has_the_same_items(base: str) -> None:
    whole = by_feedparser(fetched(f"{base}feed.xml"))
    for feed, read in (
        ("feed-summary.xml", by_feedparser),
        ("atom-summary.xml", by_feedparser),
        ("feed-summary.json", by_feedsmith),
    ):
        brief = read(fetched(base + feed))
        assert [(item.id, item.title, item.link) for item in brief] == [(i.id, i.title, i.link) for i in whole], feed
        assert all(item.text for item in brief)
        assert sum(len(item.text) for item in brief) < sum(len(item.text) for item in whole) / 2


def test_every_picture_that_an_item_shows_is_there(base: str) -> None:
    for item in by_feedparser(fetched(f"{base}feed.xml")):
        for address in re.findall(r'<img[^>]+src="([^"]+)"', item.text):
            assert fetched(address)
