"""The line to a platform leads to judged addresses only."""

from __future__ import annotations

import httpx
import pytest

from channels.base import Permanent
from hub.fetching import Fetcher
from hub.lines import JudgedTransport

PUBLIC, PRIVATE = "93.184.216.34", "10.1.2.3"


def line(address: str, seen: list[httpx.Request], internal: str = "") -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    names = {"api.example": address, "proxy.local": PRIVATE}
    known = frozenset({internal} if internal else ())
    fetcher = Fetcher(known, lambda host, _port: [names[host]], httpx.MockTransport(answer))
    return httpx.Client(transport=JudgedTransport(fetcher))


def test_it_connects_to_the_judged_address_in_the_hosts_name() -> None:
    seen: list[httpx.Request] = []
    line(PUBLIC, seen).post("https://api.example/cgi-bin/x?access_token=t")
    [request] = seen
    assert request.url.host == PUBLIC
    assert request.headers["host"] == "api.example"
    assert request.extensions["sni_hostname"] == "api.example"
    assert request.url.query == b"access_token=t"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://api.example/", "NET-107"),
        ("https://proxy.local/", "NET-102"),
        ("https://a:b@api.example/", "NET-101"),
    ],
)
def test_where_it_may_not_go_it_does_not(url: str, code: str) -> None:
    seen: list[httpx.Request] = []
    with pytest.raises(Permanent) as caught:
        line(PUBLIC, seen).post(f"{url}?access_token=t0ken")
    assert caught.value.code == code
    assert "t0ken" not in str(caught.value)
    assert not seen


def test_a_host_that_the_installation_names_may_be_internal_and_plain() -> None:
    seen: list[httpx.Request] = []
    line(PUBLIC, seen, internal="proxy.local").post("http://proxy.local:8080/")
    assert seen[0].url.host == PRIVATE


def test_a_name_that_nobody_knows_has_sent_nothing() -> None:
    def nobody(_host: str, _port: int) -> list[str]:
        raise OSError

    fetcher = Fetcher(resolve=nobody, transport=httpx.MockTransport(lambda _r: httpx.Response(200)))
    with pytest.raises(httpx.ConnectError):
        httpx.Client(transport=JudgedTransport(fetcher)).post("https://api.example/")
