"""A WebSub hub is told of changed feeds: once, all together, and again a few times when it does not take it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from sqlalchemy import select

from hub.models import Site
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.rebuilding import rebuild
from hub.services import Services
from hub.site import pinging
from hub.site.pinging import PAUSES, ping, ping_all
from tests.fakes import NOW, Sited, later, make_services, write
from tests.publishing.helpers import scheduled

pytestmark = [pytest.mark.enable_socket]


class Hub:
    """A real server that answers with the next of `answers`, then 204; "hang" is no answer for a while."""

    def __init__(self) -> None:
        self.told: list[list[str]] = []
        self.modes: set[str] = set()
        self.answers: list[int | str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                outer.modes |= set(form["hub.mode"])
                answer = outer.answers.pop(0) if outer.answers else 204
                if answer == "hang":
                    time.sleep(1.5)
                    return
                outer.told.append(form["hub.url"])
                self.send_response(int(answer))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def hub() -> Iterator[Hub]:
    running = Hub()
    yield running
    running.close()


@pytest.fixture
def services(hub: Hub, tmp_path: Path) -> Iterator[Services]:
    """An office whose one piece is on its site; the hub has not been told."""
    made = make_services(tmp_path / "var", Sited(), websub_hub=hub.url, internal_hosts="127.0.0.1")
    _publish(made, "第一篇")
    yield made
    made.db.close()


def _publish(services: Services, title: str, hours: float = 0) -> None:
    now = later(hours=hours)
    scheduled(services, 1, revision=write(services, title), now=now)
    release_due(services, now)
    drain(services, worker="w", now=lambda: now)


def _ping(services: Services, now: datetime = NOW) -> bool:
    with services.db.reading() as session:
        site = session.scalars(select(Site)).one()
    return ping(services, site, now)


def test_it_is_told_of_every_changed_feed_in_one_request(services: Services, hub: Hub) -> None:
    assert _ping(services)
    [told] = hub.told
    assert hub.modes == {"publish"}
    assert {"https://x.example/feed.xml", "https://x.example/c/jd/atom.xml", "https://x.example/feed.json"} <= set(told)
    assert len(told) == len(set(told))


def test_what_was_told_is_not_told_again_and_what_did_not_change_never(services: Services, hub: Hub) -> None:
    assert _ping(services)
    assert not _ping(services)
    _publish(services, "第二篇", hours=1)
    assert _ping(services, later(hours=1))
    assert "https://x.example/c/jd/feed.xml" in hub.told[-1]
    assert "https://x.example/f/video/feed.xml" not in hub.told[-1]


def test_a_hub_that_fails_is_asked_again_after_a_pause(services: Services, hub: Hub) -> None:
    hub.answers = [500]
    assert not _ping(services)
    assert not _ping(services, NOW + PAUSES[0] / 2)
    assert len(hub.told) == 1
    assert _ping(services, NOW + PAUSES[0])
    assert hub.told[0] == hub.told[1]


def test_a_hub_that_never_takes_it_is_let_be_and_told_of_the_next_change(services: Services, hub: Hub) -> None:
    hub.answers = [503] * (len(PAUSES) + 1)
    for days in range(len(PAUSES) + 1):
        assert not _ping(services, later(days=days))
    assert not _ping(services, later(days=30))
    assert len(hub.told) == len(PAUSES) + 1
    _publish(services, "第二篇", hours=1)
    assert _ping(services, later(days=31))


def test_a_hub_that_hangs_costs_its_time_limit_and_nothing_else(
    services: Services, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinging, "SECONDS", 0.3)
    hub.answers = ["hang"]
    begun = time.monotonic()
    assert not _ping(services)
    assert time.monotonic() - begun < 1.4
    assert _ping(services, NOW + timedelta(hours=1))


def test_a_hub_that_is_not_there_is_no_error(services: Services, hub: Hub) -> None:
    hub.close()
    ping_all(services, NOW)
    assert hub.told == []


def test_a_hub_in_the_internal_network_is_told_only_when_it_is_named(tmp_path: Path, hub: Hub) -> None:
    made = make_services(tmp_path / "unnamed", Sited(), websub_hub=hub.url)
    _publish(made, "第一篇")
    assert not _ping(made)
    assert hub.told == []
    made.db.close()


def test_making_the_site_anew_is_no_news(services: Services, hub: Hub) -> None:
    _ping(services)
    rebuild(services)
    assert not _ping(services, later(hours=1))


def test_feeds_name_the_hub(services: Services, hub: Hub) -> None:
    folder = services.config.site_folder / "main"
    for name in ("feed.xml", "atom.xml", "feed.json", "feed-summary.xml", "c/jd/feed-summary.json"):
        assert hub.url in (folder / name).read_text(), name
