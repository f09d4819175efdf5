"""What citizens and feed readers get."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub import create_app
from hub.models import Site
from hub.services import Services
from tests.fakes import Plain, make_services


class Reading(FlaskClient):
    """Reads each answer to its end, so that its file is closed."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{**kwargs, "buffered": True})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def client(folder: Path) -> FlaskClient:
    services: Services = make_services(folder, Plain())
    with services.db.writing() as session:
        session.add(
            Site(
                key="town",
                name="镇",
                domain="town.example",
                id_code="0000000000",
                base_url="https://town.example/",
                tag_date=date(2026, 1, 1),
            )
        )
    for name, text in {
        "main/index.html": "首页",
        "main/i/1/index.html": "解读",
        "main/feed.xml": "<rss/>",
        "main/atom.xml": "<feed/>",
        "main/sitemap.xml": "<urlset/>",
        "main/live/1/event.ics": "BEGIN:VCALENDAR",
        "main/i/1/.part-x": "secret",
        "town/index.html": "镇首页",
        "main/404.html": "本站没有",
    }.items():
        path = folder / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "site" / "secret.txt").write_text("out of reach")
    services.db.close()
    app = create_app(services)
    app.test_client_class = Reading
    return app.test_client()


@pytest.mark.parametrize(
    ("path", "media_type", "text"),
    [
        ("/", "text/html", "首页"),
        ("/i/1/", "text/html", "解读"),
        ("/feed.xml", "application/rss+xml", "<rss/>"),
        ("/atom.xml", "application/atom+xml", "<feed/>"),
        ("/sitemap.xml", "application/xml", "<urlset/>"),
        ("/live/1/event.ics", "text/calendar", "BEGIN:VCALENDAR"),
    ],
)
def test_a_file_has_its_type_its_charset_and_no_cookie(
    client: FlaskClient, path: str, media_type: str, text: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.text == text
    assert answer.content_type == f"{media_type}; charset=utf-8"
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_who_has_it_already_is_not_sent_it_again(client: FlaskClient) -> None:
    first = client.get("/feed.xml")
    assert client.get("/feed.xml", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert client.get("/feed.xml", headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 304
    assert client.head("/feed.xml").status_code == 200


def test_the_host_names_the_site_and_the_first_is_the_fallback(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "town.example:8000"}).text == "镇首页"
    assert client.get("/", headers={"Host": "TOWN.example"}).text == "镇首页"
    assert client.get("/", headers={"Host": "127.0.0.1:8000"}).text == "首页"


def test_a_folder_without_its_slash_is_sent_on(client: FlaskClient) -> None:
    answer = client.get("/i/1")
    assert answer.status_code == 301
    assert answer.location == "1/"


@pytest.mark.parametrize(
    "path",
    ["/i/2/", "/i/1/.part-x", "/../secret.txt", "/%2e%2e/secret.txt", "/i/..%2f..%2fsecret.txt", "/i/%00", "//x"],
)
def test_what_is_not_there_or_not_meant_for_the_public(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 308)
    assert "secret" not in answer.text
    assert "out of reach" not in answer.text


def test_the_sites_own_page_says_that_nothing_is_there(client: FlaskClient) -> None:
    assert client.get("/i/2/").text == "本站没有"


def test_the_process_says_that_it_lives(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json()["status"] == "ok"
