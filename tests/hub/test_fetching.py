"""What the console fetches for people: the public internet, each address judged, no way round by names or redirects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from hub.domain.refusals import Refusal
from hub.fetching import Fetcher, is_public

PUBLIC = "93.184.215.14"
NAMES = {"site.example": [PUBLIC], "both.example": [PUBLIC, "10.0.0.5"], "inside.example": ["192.168.1.4"]}


class Names:
    """A resolver that answers differently each time it is asked (DNS rebinding)."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers.pop(0)


def resolve(host: str, port: int) -> Sequence[str]:
    if host in NAMES:
        return NAMES[host]
    try:
        import ipaddress

        return [str(ipaddress.ip_address(host))]
    except ValueError:
        raise OSError("no such host") from None


def fetcher(answer: Callable[[httpx.Request], httpx.Response] | None = None, **how: Any) -> Fetcher:
    handler = answer or (lambda request: httpx.Response(200, text="ok"))
    return Fetcher(transport=httpx.MockTransport(handler), **{"resolve": resolve, **how})


def refused(run: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        run()
    assert caught.value.words.zh
    assert caught.value.words.en
    return caught.value.code


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.0.0.1",
        "172.16.3.4",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.254",
        "0.0.0.0",  # noqa: S104 (asked, not bound)
        "0.1.2.3",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.0.8",
        "198.18.0.1",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "100::1",
        "not an address",
    ],
)
def test_an_address_inside_or_of_no_place_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111"])
def test_an_address_of_the_internet_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://site.example/",
        "gopher://site.example/",
        "//site.example/",
        "site.example",
        "",
        "http://",
        "http:///path",
        "http://user:pass@site.example/",
        "http://site.example\\@127.0.0.1/",
        "http://site.example/a b",
        "http://site.example/\r\nX: 1",
        "http://site.example:99999/",
        "http://[::1",
    ],
)
def test_only_plain_web_addresses_are_fetched(url: str) -> None:
    assert refused(lambda: fetcher().get(url)) == "NET-101"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://inside.example/",
        "http://169.254.169.254/latest/",
        "http://10.0.0.1:22/",
    ],
)
def test_nothing_internal_is_fetched_by_name_or_by_number(url: str) -> None:
    assert refused(lambda: fetcher().get(url)) == "NET-102"


@pytest.mark.parametrize("url", ["http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/"])
def test_numbers_written_in_other_ways_are_what_the_system_makes_of_them(url: str) -> None:
    local = fetcher(resolve=lambda host, port: ["127.0.0.1"])
    assert refused(lambda: local.get(url)) == "NET-102"


def test_a_name_with_one_internal_address_among_others_is_refused() -> None:
    assert refused(lambda: fetcher().get("http://both.example/")) == "NET-102"


def test_the_connection_goes_to_the_address_that_was_judged_and_the_name_is_asked_once() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, text="ok")

    names = Names([PUBLIC], ["127.0.0.1"])
    assert fetcher(answer, resolve=names).get("https://rebind.example/a?b=1").body == b"ok"
    assert names.asked == 1
    assert seen[0].url.host == PUBLIC
    assert seen[0].headers["Host"] == "rebind.example"
    assert seen[0].extensions["sni_hostname"] == "rebind.example"
    assert seen[0].url.raw_path == b"/a?b=1"


def test_a_redirect_is_judged_like_the_first_address() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.host == PUBLIC, "the internal address was asked"
        return httpx.Response(302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})

    assert refused(lambda: fetcher(answer).get("http://site.example/")) == "NET-102"
    to_file = fetcher(lambda request: httpx.Response(302, headers={"Location": "file:///etc/passwd"}))
    assert refused(lambda: to_file.get("http://site.example/")) == "NET-101"


def test_a_name_that_turns_internal_at_the_redirect_is_refused() -> None:
    names = Names([PUBLIC], ["127.0.0.1"])
    again = fetcher(lambda request: httpx.Response(302, headers={"Location": "/next"}), resolve=names)
    assert refused(lambda: again.get("http://rebind.example/")) == "NET-102"


def test_three_redirects_are_followed_and_no_more() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        step = int(request.url.path.strip("/") or 0)
        if step == last:
            return httpx.Response(200, text="there")
        return httpx.Response(302, headers={"Location": f"/{step + 1}"})

    last = 3
    assert fetcher(answer).get("http://site.example/").url == "http://site.example/3"
    last = 4
    assert refused(lambda: fetcher(answer).get("http://site.example/")) == "NET-105"


def test_what_was_meant_for_the_first_address_is_not_handed_on() -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("Authorization"))
        return httpx.Response(302 if len(seen) == 1 else 200, headers={"Location": "http://site.example/b"})

    fetcher(answer).get("http://site.example/a", headers={"Authorization": "Bearer secret"})
    assert seen == ["Bearer secret", None]


def test_an_answer_without_end_is_cut_off() -> None:
    endless = fetcher(lambda request: httpx.Response(200, content=b"x" * 3000), max_bytes=1000)
    assert refused(lambda: endless.get("http://site.example/")) == "NET-106"


@pytest.mark.parametrize(
    ("error", "code"), [(httpx.ConnectTimeout("slow"), "NET-103"), (httpx.ConnectError("refused"), "NET-104")]
)
def test_a_far_end_that_is_away_is_said_so(error: Exception, code: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    assert refused(lambda: fetcher(answer).get("http://site.example/")) == code
    assert refused(lambda: fetcher().get("http://nowhere.example/")) == "NET-104"


def test_an_internal_host_is_fetched_only_when_the_installation_names_it() -> None:
    allowed = fetcher(internal=frozenset({"inside.example"}))
    assert allowed.get("http://inside.example/").status == 200
    assert refused(lambda: allowed.get("http://10.0.0.1/")) == "NET-102"


def test_a_form_is_posted_and_no_redirect_followed() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.content == b"code=c"
        return httpx.Response(303, headers={"Location": "http://site.example/b"})

    assert fetcher(answer).post("http://site.example/token", {"code": "c"}).status == 303


def test_nothing_else_fetches() -> None:
    """A module of the product that opens addresses by itself goes round all of this."""
    import re
    from pathlib import Path

    root = Path(__file__).parents[2]
    known = {"hub/fetching.py", "hub/lines.py"}
    wild = {
        path.relative_to(root).as_posix()
        for path in (root / "hub").rglob("*.py")
        if re.search(
            r"^\s*(?:import|from) (?:httpx|requests|urllib\.request|http\.client|urllib3)\b", path.read_text(), re.M
        )
    }
    assert wild <= known
