"""Short addresses lead to where a thing stands, on its own site, also while the database is away."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from channels.short_links import Kind, Target
from hub.models import Office, Policy, Visit
from hub.outlets import Folder
from hub.services import Services
from tests.installation import environment, free_port

PIECE = Target(Kind.PIECE, 1).code
LIVESTREAM = Target(Kind.LIVESTREAM, 1).code
POLICY = Target(Kind.POLICY, 7)


def leads_to(client: FlaskClient, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 302
    return urljoin(f"http://localhost{path}", answer.headers["Location"])


def is_explained(answer: TestResponse) -> bool:
    return answer.status_code == 404 and "没有这个短地址" in answer.text


@pytest.fixture(autouse=True)
def explained(folder: Folder) -> None:
    folder.write("s/404.html", "<h1>没有这个短地址</h1>".encode(), "")


@pytest.mark.parametrize("path", [f"/s/{PIECE}", f"/s/{PIECE.upper()}", f"/s/{PIECE}/", f"/s/{PIECE}/cards"])
def test_a_code_leads_to_the_piece(client: FlaskClient, path: str) -> None:
    assert leads_to(client, path) == "http://localhost/i/1/"


def test_nobody_keeps_the_answer(client: FlaskClient) -> None:
    answer = client.get(f"/s/{PIECE}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_a_withdrawn_piece_is_its_notice(client: FlaskClient) -> None:
    assert leads_to(client, f"/s/{Target(Kind.PIECE, 9).code}") == "http://localhost/i/9/"


def test_a_livestream_without_a_page_of_its_own_is_the_piece_that_tells_of_it(
    client: FlaskClient, folder: Folder
) -> None:
    folder.remove("live/1/event.ics")
    assert leads_to(client, f"/s/{LIVESTREAM}") == "http://localhost/i/1/"
    folder.write("live/1/index.html", b"live", "")
    assert leads_to(client, f"/s/{LIVESTREAM}") == "http://localhost/live/1/"


def test_a_policy_that_was_entered_twice_is_the_one_that_stays(
    client: FlaskClient, services: Services, folder: Folder
) -> None:
    assert is_explained(client.get(f"/s/{POLICY.code}"))
    with services.db.writing() as session:
        office = session.scalars(select(Office)).first()
        assert office is not None
        session.add(Policy(id=9, office_id=office.id, title="办法"))
        session.flush()
        session.add(Policy(id=7, office_id=office.id, title="办法", merged_into_id=9))
    folder.write("p/9/index.html", b"policy", "")
    assert leads_to(client, f"/s/{POLICY.code}") == "http://localhost/p/9/"


@pytest.mark.parametrize("code", ["", "zzzz", f"{PIECE}2", "0oil", "404.html", "..", "%00", "x" * 5000, "编码"])
def test_what_is_no_code_is_explained(client: FlaskClient, code: str) -> None:
    assert client.get(f"/s/{code}").status_code == 404


def test_a_code_of_what_is_not_published_is_explained(client: FlaskClient) -> None:
    assert is_explained(client.get(f"/s/{Target(Kind.PIECE, 77).code}"))


def test_a_site_without_the_page_explains_with_the_one_it_has(client: FlaskClient, folder: Folder) -> None:
    folder.remove("s/404.html")
    assert "nothing there" in client.get("/s/zzzz").text
    folder.remove("404.html")
    assert "SYS-404" in client.get("/s/zzzz").text


def test_a_piece_of_another_site_is_found_there(client: FlaskClient, services: Services) -> None:
    Folder(services.config.site_folder / "town").write("i/5/index.html", b"town", "")
    code = Target(Kind.PIECE, 5).code
    assert leads_to(client, f"/s/{code}", Host="town.example") == "http://localhost/i/5/"
    assert leads_to(client, f"/s/{code}") == "https://town.example/i/5/"


def test_the_way_is_there_while_the_database_is_away(client: FlaskClient, services: Services) -> None:
    leads_to(client, f"/s/{PIECE}")
    services.db.close()
    database: Path = services.config.data / "yigao.db"
    database.rename(database.with_suffix(".away"))
    database.mkdir()
    assert leads_to(client, f"/s/{PIECE}") == "http://localhost/i/1/"
    assert is_explained(client.get(f"/s/{POLICY.code}"))


BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.60"


def counted(client: FlaskClient, services: Services) -> dict[str, int]:
    """How many came by the piece's code, by channel."""
    client.application.extensions["yigao-visits"].flush()
    with services.db.reading() as session:
        return {row.channel: row.count for row in session.scalars(select(Visit).where(Visit.code == PIECE))}


def test_who_opens_it_is_counted_by_channel(client: FlaskClient, services: Services) -> None:
    for path in (f"/s/{PIECE}", f"/s/{PIECE}/plain", f"/s/{PIECE.upper()}/plain?from=x", f"/s/{PIECE}/made-up"):
        leads_to(client, path, **{"User-Agent": BROWSER})
    assert counted(client, services) == {"": 2, "plain": 2}


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"},
        {"User-Agent": "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"},
        {"User-Agent": "facebookexternalhit/1.1"},
        {"User-Agent": "Go-http-client/1.1"},
        {"User-Agent": "python-requests/2.32"},
        {"User-Agent": ""},
        {"User-Agent": BROWSER, "Sec-Purpose": "prefetch;prerender"},
    ],
)
def test_programs_are_not_counted(client: FlaskClient, services: Services, headers: dict[str, str]) -> None:
    leads_to(client, f"/s/{PIECE}", **headers)
    assert counted(client, services) == {}


def test_asking_for_the_head_is_not_counted_nor_what_leads_nowhere(client: FlaskClient, services: Services) -> None:
    assert client.head(f"/s/{PIECE}", headers={"User-Agent": BROWSER}).status_code == 302
    client.get(f"/s/{Target(Kind.PIECE, 77).code}", headers={"User-Agent": BROWSER})
    assert counted(client, services) == {}
    with services.db.reading() as session:
        assert session.scalars(select(Visit)).all() == []


@pytest.mark.parametrize("agent", ["Mozilla/5.0 (Linux; Android 15; CUBOT X90) Chrome/130", BROWSER])
def test_a_telephone_is_somebody(client: FlaskClient, services: Services, agent: str) -> None:
    leads_to(client, f"/s/{PIECE}", **{"User-Agent": agent})
    assert counted(client, services) == {"": 1}


@pytest.mark.enable_socket
@pytest.mark.processes
def test_a_web_process_that_is_stopped_writes_what_it_counted(services: Services) -> None:
    with services.db.writing() as session:
        assert session.scalars(select(Visit)).all() == []
    port = free_port()
    settings = {"YIGAO_DATA": str(services.config.data), "YIGAO_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "hub.web"], env={**environment(), **settings})
    try:
        status = opened(f"http://127.0.0.1:{port}/s/{PIECE}/cards")
    finally:
        process.terminate()
        process.wait(20)
    assert status == 200
    with services.db.reading() as session:
        assert [(row.code, row.channel, row.count) for row in session.scalars(select(Visit))] == [(PIECE, "cards", 1)]


def opened(address: str) -> int:
    """The status of the page that a browser ends on, once the server answers."""
    asked = urllib.request.Request(address, headers={"User-Agent": BROWSER})
    end = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.URLError:
            assert time.monotonic() < end
            time.sleep(0.1)
