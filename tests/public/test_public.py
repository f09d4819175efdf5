"""What citizens and feed readers get."""

from __future__ import annotations

import gzip
from urllib.parse import unquote

import brotli
import pytest
from flask.testing import FlaskClient

from hub.outlets import Folder
from hub.services import Services
from tests.public.site import BASE, FILES, HUB, OTHER, PAGE

PICTURE = "/i/1/images/0123456789abcdef.png"


@pytest.mark.parametrize(
    ("path", "content_type", "keep", "file"),
    [
        ("/", "text/html; charset=utf-8", "max-age=60", "index.html"),
        ("/i/1/", "text/html; charset=utf-8", "max-age=60", "i/1/index.html"),
        ("/feed.xml", "application/rss+xml; charset=utf-8", "max-age=300", "feed.xml"),
        ("/atom.xml", "application/atom+xml; charset=utf-8", "max-age=300", "atom.xml"),
        ("/feed.json", "application/feed+json", "max-age=300", "feed.json"),
        ("/sitemap.xml", "application/xml; charset=utf-8", "max-age=60", "sitemap.xml"),
        ("/robots.txt", "text/plain; charset=utf-8", "max-age=60", "robots.txt"),
        ("/live/1/event.ics", "text/calendar; charset=utf-8", "max-age=900", "live/1/event.ics"),
        (PICTURE, "image/png", "max-age=86400, immutable", PICTURE[1:]),
    ],
)
def test_a_file_has_its_type_its_charset_how_long_it_is_kept_and_no_cookie(
    client: FlaskClient, path: str, content_type: str, keep: str, file: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.data == FILES[file]
    assert answer.content_length == len(FILES[file])
    assert answer.content_type == content_type
    assert answer.headers["Cache-Control"] == keep
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    active = content_type.startswith("text/html") or "xml" in content_type
    assert ("default-src 'none'" in answer.headers.get("Content-Security-Policy", "")) is active


def test_who_has_it_already_is_not_sent_it_again(client: FlaskClient) -> None:
    first = client.get("/feed.xml")
    assert not first.headers["ETag"].startswith("W/")
    for name, value in (
        ("If-None-Match", first.headers["ETag"]),
        ("If-Modified-Since", first.headers["Last-Modified"]),
    ):
        again = client.get("/feed.xml", headers={name: value})
        assert again.status_code == 304
        assert again.data == b""
        for kept in ("ETag", "Last-Modified", "Cache-Control", "Vary"):
            assert again.headers[kept] == first.headers[kept]
        assert "Content-Type" not in again.headers
    assert client.get("/feed.xml", headers={"If-None-Match": '"other"'}).status_code == 200
    before = {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}
    assert client.get("/feed.xml", headers=before).status_code == 200


def test_the_tag_is_of_the_bytes(client: FlaskClient, folder: Folder) -> None:
    first = client.get("/i/1/").headers["ETag"]
    folder.write("i/1/index.html", OTHER, "")
    second = client.get("/i/1/").headers["ETag"]
    folder.write("i/1/index.html", PAGE, "")
    assert second != first == client.get("/i/1/").headers["ETag"]


def test_a_head_is_the_answer_without_its_body(client: FlaskClient) -> None:
    for path in ("/feed.xml", "/i/1", "/none", PICTURE):
        whole, head = client.get(path), client.head(path)
        assert head.status_code == whole.status_code
        assert head.data == b""
        assert {k: v for k, v in head.headers if k != "Date"} == {k: v for k, v in whole.headers if k != "Date"}


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("gzip;q=0", None),
        ("deflate", None),
        ("*", None),
    ],
)
def test_a_text_is_sent_packed_to_who_takes_it(client: FlaskClient, accepted: str, encoding: str | None) -> None:
    answer = client.get("/i/1/", headers={"Accept-Encoding": accepted})
    unpack = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}[encoding]
    assert unpack(answer.data) == PAGE
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.content_length == len(answer.data)
    assert answer.content_type == "text/html; charset=utf-8"


def test_each_packing_has_a_tag_of_its_own(client: FlaskClient) -> None:
    tags = {e: client.get("/i/1/", headers={"Accept-Encoding": e}).headers["ETag"] for e in ("", "gzip", "br")}
    assert len(set(tags.values())) == 3
    mixed = client.get("/i/1/", headers={"Accept-Encoding": "gzip", "If-None-Match": tags["br"]})
    assert mixed.status_code == 200


def test_what_is_not_packed_does_not_vary(client: FlaskClient) -> None:
    answer = client.get(PICTURE, headers={"Accept-Encoding": "gzip, br"})
    assert "Vary" not in answer.headers
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=5000-", 206, slice(5000, None)),
        ("bytes=99999-", 416, None),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
    ],
)
def test_a_part_is_sent_to_who_asks_for_it(client: FlaskClient, asked: str, status: int, part: slice | None) -> None:
    whole = FILES[PICTURE[1:]]
    answer = client.get(PICTURE, headers={"Range": asked})
    assert answer.status_code == status
    if part is None:
        assert answer.headers["Content-Range"] == f"bytes */{len(whole)}"
    else:
        assert answer.data == whole[part]


def test_a_part_of_another_version_is_the_whole(client: FlaskClient) -> None:
    first = client.get(PICTURE)
    for name in ("ETag", "Last-Modified"):
        same = client.get(PICTURE, headers={"Range": "bytes=0-9", "If-Range": first.headers[name]})
        assert same.status_code == 206
    for other in ('"other"', "Mon, 01 Jan 2001 00:00:00 GMT"):
        assert client.get(PICTURE, headers={"Range": "bytes=0-9", "If-Range": other}).status_code == 200


@pytest.mark.parametrize("path", ["feed.xml", "atom.xml", "feed.json"])
def test_a_feed_names_itself_and_its_hub_in_headers_too(client: FlaskClient, path: str) -> None:
    links = [f'<{HUB}>; rel="hub"', f'<{BASE}{path}>; rel="self"']
    first = client.get(f"/{path}")
    assert first.headers.getlist("Link") == links
    assert client.get(f"/{path}", headers={"If-None-Match": first.headers["ETag"]}).headers.getlist("Link") == links
    assert "Link" not in client.get("/").headers


def test_a_broken_feed_is_served_as_it_is(client: FlaskClient, folder: Folder) -> None:
    for path in ("feed.xml", "feed.json"):
        folder.write(path, b"<rss <<", "")
        answer = client.get(f"/{path}", headers={"A-IM": "feed"})
        assert (answer.status_code, answer.data) == (200, b"<rss <<")
        assert "Link" not in answer.headers


def test_the_host_names_the_site_and_the_first_is_the_fallback(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "town.example:8000"}).text == "镇首页"
    assert client.get("/", headers={"Host": "TOWN.example"}).text == "镇首页"
    assert client.get("/", headers={"Host": "127.0.0.1:8000"}).text == "首页"


def test_a_folder_without_its_slash_is_sent_on(client: FlaskClient) -> None:
    answer = client.get("/i/1?x=1")
    assert answer.status_code == 301
    assert answer.location == "1/"


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/i/1", "/\\evil.example", "/%2f%2fevil.example/i", "/i//1"]
)
def test_no_redirect_leaves_the_host(client: FlaskClient, folder: Folder, path: str) -> None:
    for name in ("evil.example/i/1", "\\evil.example", "i/http:evil"):
        (folder.root / name).mkdir(parents=True)
    # The client would take a path that begins with two slashes for another host.
    answer = client.get("/", environ_overrides={"PATH_INFO": unquote(path)})
    assert answer.status_code in (301, 308, 404)
    location = answer.headers.get("Location", "")
    assert location.startswith("http://localhost/") or not location.startswith(("/", "\\", "http"))


def test_a_folders_name_is_no_scheme(client: FlaskClient, folder: Folder) -> None:
    (folder.root / "javascript:1").mkdir()
    assert client.get("/javascript:1").location == "javascript%3A1/"


@pytest.mark.parametrize(
    "path",
    [
        "/i/2/",
        "/i/1/.part-x",
        "/i/9/.gone",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/i/..%2f..%2fsecret.txt",
        "/i/1/..%2f..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/%2fetc/passwd",
        "//etc/passwd",
        "/i/%00",
        "/i/1/index.html/",
        "/i/",
        "//x",
    ],
)
def test_what_is_not_there_or_not_meant_for_the_public(client: FlaskClient, folder: Folder, path: str) -> None:
    (folder.root / "i/1/.part-x").write_text("secret")
    answer = client.get(path)
    assert answer.status_code in (404, 308)
    for kept in ("secret", "out of reach", "root:", "410\n"):
        assert kept not in answer.text


def test_the_sites_own_page_says_that_nothing_is_there(client: FlaskClient) -> None:
    answer = client.get("/i/2/", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 404
    assert gzip.decompress(answer.data) == FILES["404.html"]
    assert answer.content_type == "text/html; charset=utf-8"
    assert "ETag" not in answer.headers


def test_what_was_beside_a_withdrawn_page_is_gone(client: FlaskClient) -> None:
    assert client.get("/i/9/").status_code == 200
    for path in ("/i/9/event.ics", "/i/9/images/0123456789abcdef.png"):
        answer = client.get(path)
        assert answer.status_code == 410
        assert answer.data == FILES["410.html"]
    assert client.get("/i/1/event.ics").status_code == 404


def test_a_site_without_pages_for_it_says_so_in_ours(client: FlaskClient, folder: Folder) -> None:
    folder.remove("404.html")
    folder.remove("410.html")
    assert "SYS-404" in client.get("/i/2/").text
    assert "SYS-410" in client.get("/i/9/x.png").text


def test_nothing_is_sent_to_a_site(client: FlaskClient) -> None:
    assert client.post("/feed.xml").status_code == 405


def test_the_process_says_that_it_lives(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json()["status"] == "ok"


def test_pages_stay_while_the_database_is_away(services: Services, client: FlaskClient) -> None:
    assert client.get("/i/1/").status_code == 200
    services.db.close()
    database = services.config.data / "yigao.db"
    database.rename(database.with_suffix(".away"))
    database.mkdir()
    for path, status in (("/i/1/", 200), ("/feed.xml", 200), ("/none", 404)):
        assert client.get(path).status_code == status
