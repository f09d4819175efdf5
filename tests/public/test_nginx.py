"""nginx with deploy/nginx.conf answers like the hub's own server: same status, same headers, same bytes."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from hub import create_app
from hub.outlets import Folder
from hub.outlets.kinds import endings
from hub.services import Services
from tests import nginx
from tests.public.site import BASE, ENTRIES, HUB, OTHER, PAGE, WORDS, rss

pytestmark = [pytest.mark.enable_socket, pytest.mark.processes]
PICTURE = "/i/1/images/0123456789abcdef.png"
OLD = "Mon, 01 Jan 2001 00:00:00 GMT"
NOW = "Fri, 01 Jan 2100 00:00:00 GMT"
# Each server names itself and its moment; a tag's spelling is its own (nginx makes it of time and size).
THEIR_OWN = {"server", "date", "connection", "keep-alive", "transfer-encoding", "etag"}
# What goes with a sentence of the server's own that no file holds.
BODY = {"content-type", "content-length"}
TABLE = [
    ("GET", "/", {}),
    ("GET", "/i/1/", {}),
    ("GET", "/i/1/?from=wechat", {}),
    ("HEAD", "/i/1/", {}),
    ("GET", "/i/1/", {"Accept-Encoding": "gzip"}),
    ("GET", "/i/1/", {"Accept-Encoding": "gzip, deflate, br"}),
    ("GET", "/i/1/", {"Accept-Encoding": "gzip;q=0, br;q=0"}),
    ("HEAD", "/i/1/", {"Accept-Encoding": "br"}),
    ("GET", "/i/1/", {"If-Modified-Since": OLD}),
    ("GET", "/i/1/", {"If-Modified-Since": NOW}),
    ("GET", "/i/1/", {"If-None-Match": '"other"'}),
    ("GET", "/i/1/", {"If-None-Match": "*"}),
    ("GET", "/i/1/", {"If-None-Match": '"other"', "If-Modified-Since": NOW}),
    ("GET", "/feed.xml", {}),
    ("GET", "/feed.xml", {"Accept-Encoding": "gzip"}),
    ("HEAD", "/feed.xml", {}),
    ("GET", "/feed.xml", {"If-Modified-Since": NOW}),
    ("GET", "/atom.xml", {"Accept-Encoding": "br"}),
    ("GET", "/feed.json", {}),
    ("GET", "/feed.css", {}),
    ("GET", "/sitemap.xml", {}),
    ("GET", "/robots.txt", {}),
    ("GET", "/subscribe/feeds.opml", {}),
    ("GET", "/live/1/event.ics", {}),
    ("GET", "/live/1/event.ics", {"Accept-Encoding": "gzip"}),
    ("GET", "/icon.png", {}),
    ("GET", PICTURE, {}),
    ("GET", PICTURE, {"Accept-Encoding": "gzip, br"}),
    ("GET", PICTURE, {"Range": "bytes=0-9"}),
    ("GET", PICTURE, {"Range": "bytes=-5"}),
    ("GET", PICTURE, {"Range": "bytes=5000-"}),
    ("GET", PICTURE, {"Range": "bytes=99999-"}),
    ("GET", PICTURE, {"Range": "bytes=0-1,4-5"}),
    ("GET", PICTURE, {"Range": "lines=1-2"}),
    ("HEAD", PICTURE, {"Range": "bytes=0-9"}),
    ("GET", PICTURE, {"Range": "bytes=0-9", "If-Range": '"other"'}),
    ("GET", PICTURE, {"Range": "bytes=0-9", "If-Range": OLD}),
    ("GET", "/i/1", {}),
    ("GET", "/i/1?x=1", {}),
    ("HEAD", "/subscribe", {}),
    ("GET", "/none", {}),
    ("GET", "/none/at/all/", {"Accept-Encoding": "gzip"}),
    ("HEAD", "/none", {}),
    ("GET", "/none", {"If-None-Match": "*"}),
    ("GET", "/none", {"Range": "bytes=0-9"}),
    ("GET", "/i/", {}),
    ("GET", "/i/1/.part-x", {}),
    ("GET", "/i/9/", {}),
    ("GET", "/i/9/.gone", {}),
    ("GET", "/i/9/event.ics", {}),
    ("GET", "/i/9/images/fedcba9876543210.png", {"Accept-Encoding": "gzip"}),
    ("GET", "/i/1/event.ics", {}),
    ("GET", "/search", {}),
    ("GET", "/search?q=x", {}),
    ("GET", "/search/", {"Accept-Encoding": "gzip"}),
    ("GET", "/search/?q=x", {}),
    ("GET", "/s/226r", {}),
    ("GET", "/s/226R/cards?from=wechat", {}),
    ("HEAD", "/s/226r", {}),
    ("GET", "/s/none", {}),
]


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def compared(self) -> list[tuple[str, str]]:
        left_out = THEIR_OWN | (BODY if self.status in (301, 304, 400, 416) else set())
        # A set: nginx says some of it twice with a 416.
        return sorted({(key, value) for key, value in self.headers if key not in left_out})


class Pair(NamedTuple):
    hub: int
    nginx: int
    folder: Folder


def ask(port: int, method: str, path: str, headers: dict[str, str] | None = None) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return Answer(answer.status, [(k.lower(), v) for k, v in answer.getheaders()], answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def pair(site: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = Folder(site.config.site_folder / "main")
    (folder.root / "i/1/.part-x").write_text("secret")
    place = tmp_path_factory.mktemp("nginx")
    with (
        nginx.web(create_app(site)) as hub,
        nginx.nginx(place, root=folder.root, base=BASE, websub=HUB, upstream=hub) as port,
    ):
        yield Pair(hub, port, folder)


@pytest.mark.parametrize(("method", "path", "headers"), TABLE)
def test_both_answer_alike(pair: Pair, method: str, path: str, headers: dict[str, str]) -> None:
    ours, theirs = (ask(port, method, path, headers) for port in (pair.hub, pair.nginx))
    assert theirs.status == ours.status
    assert theirs.compared == ours.compared
    assert bool(theirs.header("etag")) == bool(ours.header("etag"))
    assert not theirs.header("etag").startswith("W/")
    if ours.status not in (301, 302, 400, 416):
        assert theirs.body == ours.body


@pytest.mark.parametrize("ending", sorted(endings()))
@pytest.mark.parametrize("stem", ["x/name", "x/0123456789abcdef", "feed-2", "x/atom-summary"])
def test_every_ending_has_its_type_and_how_long_it_is_kept(pair: Pair, stem: str, ending: str) -> None:
    path = f"{stem}.{ending}"
    pair.folder.write(path, b"<x/>" if ending != "json" else b"{}", "")
    ours, theirs = (ask(port, "GET", f"/{path}") for port in (pair.hub, pair.nginx))
    told = {"content-type", "cache-control", "content-security-policy"}
    assert {k: v for k, v in theirs.compared if k in told} == {k: v for k, v in ours.compared if k in told}


@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
def test_each_takes_its_own_tag_back_and_no_older_one(pair: Pair, encoding: str) -> None:
    path = f"/tagged-{encoding or 'plain'}.html"
    pair.folder.write(path[1:], OTHER, "")
    for port in (pair.hub, pair.nginx):
        first = ask(port, "GET", path, {"Accept-Encoding": encoding})
        asked = {"Accept-Encoding": encoding, "If-None-Match": first.header("etag")}
        assert ask(port, "GET", path, asked).status == 304
        ranged = {"Accept-Encoding": encoding, "Range": "bytes=0-9", "If-Range": first.header("etag")}
        assert ask(port, "GET", path, ranged).status == (200 if encoding else 206)
        # Of the same length, within the same second.
        pair.folder.write(path[1:], OTHER.replace(b"<p>", b"<b>"), "")
        assert ask(port, "GET", path, asked).status == 200
        assert ask(port, "GET", path, {"If-Modified-Since": first.header("last-modified")}).status == 200
        pair.folder.write(path[1:], OTHER, "")


def test_who_asks_for_the_new_entries_is_answered_by_the_hub(pair: Pair) -> None:
    path = "/c/jd/feed.xml"
    pair.folder.write(path[1:], rss(*ENTRIES, path=path[1:]), "")
    first = ask(pair.nginx, "GET", path, {"A-IM": "feed"})
    assert first.status == 200
    pair.folder.write(path[1:], rss((6, f"{WORDS}6"), *ENTRIES, path=path[1:]), "")
    asked = {"A-IM": "feed", "If-None-Match": first.header("etag")}
    ours, theirs = (ask(port, "GET", path, asked) for port in (pair.hub, pair.nginx))
    assert (theirs.status, theirs.header("im")) == (226, "feed")
    assert theirs.compared == ours.compared
    assert theirs.body == ours.body
    again = {"A-IM": "feed", "If-None-Match": theirs.header("etag")}
    assert ask(pair.nginx, "GET", path, again).status == 304
    assert ask(pair.nginx, "GET", path, {"A-IM": "vcdiff", "If-None-Match": first.header("etag")}).status == 200


def test_the_console_is_the_hubs(pair: Pair) -> None:
    assert ask(pair.nginx, "GET", "/console/").status == ask(pair.hub, "GET", "/console/").status == 303
    assert ask(pair.nginx, "GET", "/metrics").status == 404


def test_every_address_of_the_hub_is_sent_on_to_it(site: Services) -> None:
    """Probes are for the inside; whoever adds an address for the public adds it to deploy/nginx.conf."""
    conf = nginx.CONF.read_text(encoding="utf-8")
    firsts = {rule.rule.split("/")[1] for rule in create_app(site).url_map.iter_rules()}
    for first in firsts - {"", "<path:path>", "healthz", "readyz", "metrics"}:
        assert f"location /{first} {{" in conf or f"location /{first}/ {{" in conf


def test_while_the_hub_is_away_the_search_page_is_the_file(
    site: Services, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = Folder(site.config.site_folder / "main")
    place = tmp_path_factory.mktemp("alone")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = int(nobody.getsockname()[1])
        with nginx.nginx(place, root=folder.root, base=BASE, websub=HUB, upstream=closed) as port:
            answer = ask(port, "GET", "/search/?q=x")
            assert (answer.status, answer.body) == (200, PAGE)
            assert "script-src 'self'" in answer.header("content-security-policy")
            assert answer.header("cache-control") == "no-store"


def test_neither_leaves_the_folder(pair: Pair) -> None:
    for path in ("/..%2fsecret.txt", "/../secret.txt", "/i/..%2f..%2f..%2fsecret.txt", "//secret.txt", "/i/1/.part-x"):
        for port in (pair.hub, pair.nginx):
            answer = ask(port, "GET", path)
            assert answer.status in (308, 400, 404)
            assert b"out of reach" not in answer.body


def test_what_is_sent_to_a_file_is_refused_by_both(pair: Pair) -> None:
    assert {ask(port, "POST", "/feed.xml").status for port in (pair.hub, pair.nginx)} == {405}
