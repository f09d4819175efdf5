"""Searching the sample's site: found without a script, marked, narrowed, never long behind what is published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import html5lib
import pytest
from flask.testing import FlaskClient

from hub import create_app
from hub.config import Config
from hub.finding import Index
from hub.finding.following import VERSION
from hub.publishing.withdrawing import withdraw
from hub.sampling import sample_people
from hub.services import Services
from hub.setup import make_ready
from tests.browser.house import House


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The sample office, with every sample on its site."""
    services = Services(Config(data=tmp_path_factory.mktemp("search") / "var"))
    ready = make_ready(services, sample=True, now=datetime.now(UTC))
    running = House(services.config.address, "", "", services, ready.office_id)
    running.publish_samples()
    running.work()
    yield running
    services.db.close()


@pytest.fixture
def client(made: House) -> FlaskClient:
    """The public's browser."""
    app = create_app(made.services)
    app.extensions["yigao-search"].every = 0
    return app.test_client()


def search(client: FlaskClient, **asked: str) -> str:
    answer = client.get("/search/", query_string=asked, buffered=True)
    assert answer.status_code == 200
    following = client.application.extensions["yigao-search"]
    following.wait()
    return client.get("/search/", query_string=asked, buffered=True).text


def titles(page: str) -> list[str]:
    return [re.sub("<[^>]*>", "", found) for found in re.findall(r"<h2><a[^>]*>(.*?)</a></h2>", page)]


def test_a_policy_and_what_explains_it_are_found_by_its_number(client: FlaskClient) -> None:
    page = search(client, q="锦溪府办发〔2026〕18号")
    assert titles(page)[0] == "《锦溪区老年助餐服务补贴办法》"
    assert "《锦溪区老年助餐服务补贴办法》政策解读" in titles(page)
    assert '"../p/' in page
    assert '"../i/' in page


def test_the_words_are_marked_and_the_page_is_valid(client: FlaskClient) -> None:
    page = search(client, q="农机 补贴")
    assert "<mark>农机</mark>" in page
    assert 'value="农机 补贴"' in page
    html5lib.HTMLParser(strict=True).parse(page)


def test_the_answer_is_nobodys_to_keep(client: FlaskClient) -> None:
    search(client, q="补贴")
    answer = client.get("/search/?q=补贴")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in answer.headers
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_nothing_found_is_said_with_what_to_do(client: FlaskClient) -> None:
    page = search(client, q="海岛渔业<b>")
    assert "没有找到“海岛渔业&lt;b&gt;”" in page
    assert "换一个更短的词" in page


def test_a_column_and_days_narrow_it(client: FlaskClient) -> None:
    everything = titles(search(client, q="补贴"))
    assert 0 < len(titles(search(client, q="补贴", column="政策解读"))) < len(everything)
    assert titles(search(client, q="补贴", until="2000-01-01")) == []
    assert titles(search(client, q="补贴", since="no day", page="x")) == everything


def test_asked_for_nothing_it_is_the_file(client: FlaskClient) -> None:
    for address in ("/search/", "/search/?q=", "/search/index.html"):
        answer = client.get(address, buffered=True)
        assert answer.headers["ETag"]
        assert "可以写事项" in answer.text
    turned = client.get("/search?q=补贴&column=")
    assert (turned.status_code, turned.headers["Location"]) == (301, "search/?q=%E8%A1%A5%E8%B4%B4&column=")


def test_an_index_of_another_day_or_that_is_broken_is_made_anew(client: FlaskClient, made: House) -> None:
    following = client.application.extensions["yigao-search"]
    expected = titles(search(client, q="补贴"))
    with Index.writing(following.path("jinxi"), VERSION) as index:
        index.note("seen", "999999")
        index.drop(index.digests())
    assert titles(search(client, q="补贴")) == expected
    following.path("jinxi").write_bytes(b"no database" * 1000)
    assert titles(search(client, q="补贴")) == expected


def test_asked_again_at_once_nothing_is_looked_for_in_the_database(client: FlaskClient) -> None:
    following = client.application.extensions["yigao-search"]
    search(client, q="补贴")
    following.every = 1000
    before = following._threads["jinxi"]
    search(client, q="补贴")
    assert following._threads["jinxi"] is before


def test_what_is_withdrawn_is_found_no_more(client: FlaskClient, made: House) -> None:
    found = titles(search(client, q="入学"))
    assert any("答问" in title for title in found)
    with made.services.db.reading() as session:
        editor, _ = sample_people(session, made.office_id)
    number = int(re.findall(r'"\.\./i/(\d+)/', search(client, q="义务教育阶段学校招生入学工作办法 答问"))[0])
    withdraw(made.services, actor=editor, interpretation_id=number, reason="重新核定。", now=datetime.now(UTC))
    made.work()
    assert not any("答问" in title for title in titles(search(client, q="入学")))
