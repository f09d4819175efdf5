"""An object store that follows the folder, on a real server that speaks S3."""

from __future__ import annotations

import gzip
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from hub.config import Config
from hub.outlets import Outlet, outlet_of
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from tests.fakes import NOW, Sited, make_services
from tests.objects import KEYS, Bucket, Server, serving
from tests.publishing.helpers import scheduled

pytestmark = [pytest.mark.enable_socket, pytest.mark.processes]
PAGE = ("<!doctype html><title>政策解读</title>" + "<p>关于养老助餐的解读。</p>" * 60).encode()
OTHER = PAGE.replace("养老".encode(), "托育".encode())
HTML = "text/html; charset=utf-8"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def bucket(server: Server, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return server.bucket()


@pytest.fixture
def outlet(bucket: Bucket, tmp_path: Path) -> Outlet:
    return outlet_of(Config(data=tmp_path, site_output=bucket.output), "main")


def _get(bucket: Bucket, path: str, site: str = "main") -> tuple[bytes, Message]:
    request = urllib.request.Request(f"{bucket.address}public/{site}/{path}", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read(), answer.headers


def _is_gone(bucket: Bucket, path: str) -> bool:
    with pytest.raises(urllib.error.HTTPError) as refused:
        _get(bucket, path)
    refused.value.close()
    return refused.value.code == 404


@pytest.mark.parametrize(
    ("path", "content_type", "keep"),
    [
        ("i/1/index.html", "text/html; charset=utf-8", "max-age=60"),
        ("feed.xml", "application/rss+xml; charset=utf-8", "max-age=300"),
        ("i/1/images/0123456789abcdef.png", "image/png", "max-age=86400, immutable"),
    ],
)
def test_a_file_is_an_object_with_its_type_and_how_long_it_is_kept(
    outlet: Outlet, bucket: Bucket, path: str, content_type: str, keep: str
) -> None:
    assert outlet.write(path, PAGE, HTML) is True
    data, headers = _get(bucket, path)
    assert data == PAGE == outlet.read(path)
    assert headers["Content-Type"] == content_type
    assert headers["Cache-Control"] == keep
    assert headers["Content-Encoding"] is None


def test_text_is_stored_packed_where_nobody_else_would_pack_it(bucket: Bucket, tmp_path: Path) -> None:
    outlet = outlet_of(Config(data=tmp_path, site_output=f"{bucket.output}&encoding=gzip"), "main")
    outlet.write("i/1/index.html", PAGE, HTML)
    data, headers = _get(bucket, "i/1/index.html")
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(data) == PAGE


def test_what_is_there_is_not_sent_again_and_what_goes_goes(outlet: Outlet, bucket: Bucket) -> None:
    outlet.write("a.html", PAGE, HTML)
    before = _get(bucket, "a.html")[1]["Last-Modified"]
    assert outlet.write("a.html", PAGE, HTML) is False
    assert _get(bucket, "a.html")[1]["Last-Modified"] == before
    assert outlet.remove("a.html") is True
    assert _is_gone(bucket, "a.html")
    assert outlet.read("a.html") is None
    assert outlet.remove("a.html") is False


def test_a_batch_arrives_as_a_whole(outlet: Outlet, bucket: Bucket) -> None:
    outlet.write("old.html", PAGE, HTML)
    with outlet.batch() as batch:
        for number in range(20):
            batch.write(f"page-{number}/index.html", PAGE, HTML)
        batch.write("feed.xml", PAGE, "application/rss+xml")
        batch.write("feed.xml", OTHER, "application/rss+xml")
        batch.remove("old.html")
        assert _is_gone(bucket, "feed.xml")
    assert _get(bucket, "feed.xml")[0] == OTHER
    assert _get(bucket, "page-19/index.html")[0] == PAGE
    assert _is_gone(bucket, "old.html")


def test_a_store_that_refuses_leaves_the_folder_as_it_is(outlet: Outlet, bucket: Bucket, tmp_path: Path) -> None:
    outlet.write("a.html", PAGE, HTML)
    nowhere = bucket.output.replace("s3://site-", "s3://none-")
    broken = outlet_of(Config(data=tmp_path, site_output=nowhere), "main")
    with pytest.raises(OSError, match="object store") as error:
        broken.write("a.html", OTHER, HTML)
    assert "secret" not in str(error.value)
    assert broken.read("a.html") == PAGE
    # What did not arrive is tried again as something new.
    assert outlet.write("a.html", OTHER, HTML) is True
    assert _get(bucket, "a.html")[0] == OTHER


def test_mending_brings_an_emptied_or_older_store_up_to_the_folder(
    outlet: Outlet, bucket: Bucket, tmp_path: Path
) -> None:
    for path in ("a.html", "b.html", "c.html"):
        outlet.write(path, PAGE, HTML)
    alone = outlet_of(Config(data=tmp_path), "main")
    alone.write("a.html", OTHER, HTML)
    alone.remove("b.html")
    alone.write("d.html", OTHER, HTML)
    kept = _get(bucket, "c.html")[1]["Last-Modified"]
    outlet.mend()
    assert [_get(bucket, path)[0] for path in ("a.html", "c.html", "d.html")] == [OTHER, PAGE, OTHER]
    assert _get(bucket, "c.html")[1]["Last-Modified"] == kept
    assert _is_gone(bucket, "b.html")


def test_sites_lie_beside_each_other_below_the_prefix(outlet: Outlet, bucket: Bucket, tmp_path: Path) -> None:
    outlet.write("a.html", PAGE, HTML)
    town = outlet_of(Config(data=tmp_path, site_output=bucket.output), "town")
    town.write("a.html", OTHER, HTML)
    town.mend()
    assert _get(bucket, "a.html")[0] == PAGE
    assert _get(bucket, "a.html", "town")[0] == OTHER


def test_a_publication_and_the_lists_that_show_it_arrive(bucket: Bucket, tmp_path: Path) -> None:
    services = make_services(tmp_path / "var", Sited(), site_output=bucket.output)
    scheduled(services, 1)
    release_due(services, NOW)
    drain(services, worker="w", now=lambda: NOW)
    services.db.close()
    folder = services.config.site_folder / "main"
    for path in ("i/1/index.html", "index.html", "feed.xml"):
        assert _get(bucket, path)[0] == (folder / path).read_bytes()
