"""The only way in which the installation fetches an address that a person gave or that another machine told it.

A console that fetches what it is asked to fetch is a way into the network it stands in (server-side request forgery).
So: http and https only, each name resolved once, every address it has judged, the connection made to a judged address
and no other (a name may answer differently a moment later), each redirect judged anew, with limits on time and size.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from channels.words import NO_WORDS, Words
from hub.domain.refusals import Refusal

MAX_BYTES = 2 * 1024 * 1024
SECONDS = 10.0
MAX_REDIRECTS = 3
PORTS = {"http": 80, "https": 443}
REDIRECTS = frozenset({301, 302, 303, 307, 308})

Resolver = Callable[[str, int], Sequence[str]]
# Not private by their own flags, and yet not the public internet: shared carrier addresses (RFC 6598), "this network",
# benchmarking, IETF protocol assignments, and the ranges in which IPv4 addresses hide inside IPv6.
_NEVER = tuple(
    ipaddress.ip_network(block)
    for block in (
        *("100.64.0.0/10", "0.0.0.0/8", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4"),
        *("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10", "100::/64"),
    )
)


# The fields of a form; a list is a field that comes several times.
Form = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Answer:
    """What came back: the last address after redirects, the status, the headers and the whole body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Fetcher:
    """Fetches under the rules above. `internal` are host names that the installation's own settings allow although they
    lie in the private network, such as its sign-in service; nothing that a screen takes may end up there.
    """

    internal: frozenset[str] = frozenset()
    resolve: Resolver = field(default_factory=lambda: system_resolver)
    transport: httpx.BaseTransport | None = None
    max_bytes: int = MAX_BYTES
    seconds: float = SECONDS

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to a GET, after at most three redirects. Raises Refusal (NET-…) with a sentence."""
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._once("GET", url, headers or {}, None)
            target = answer.headers.get("location", "")
            if answer.status not in REDIRECTS or not target:
                return answer
            url = urljoin(url, target)
            # What was meant for the first address is not handed to another.
            headers = {}
        raise _refusal("NET-105", "重定向次数过多", "it redirects too often", url)

    def post(self, url: str, data: Form, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to a form that is posted; it follows no redirect. Raises Refusal (NET-…)."""
        return self._once("POST", url, headers or {}, data)

    def _once(self, method: str, url: str, headers: Mapping[str, str], data: Form | None) -> Answer:
        host, _port = self._target(url)
        address = self.address_of(url)
        try:
            with self._client() as client:
                # The connection goes to the judged address; name and certificate are still those of the host.
                request = client.build_request(
                    method,
                    httpx.URL(url).copy_with(host=address),
                    headers={**headers, "Host": _host_header(url), "Accept-Encoding": "identity"},
                    data=data,
                    extensions={"sni_hostname": host},
                )
                return self._read(client.send(request, stream=True), url)
        except httpx.TimeoutException as error:
            raise _refusal("NET-103", "对方没有及时回答", "it did not answer in time", url) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise _refusal("NET-104", "无法连接", "it can't be reached", url) from error

    def address_of(self, url: str) -> str:
        """The judged IP address that a connection to the URL is made to. Raises Refusal (NET-…)."""
        host, port = self._target(url)
        return self._judged(host, port, url)

    def _client(self) -> httpx.Client:
        # No proxy from the environment: it would resolve the name again, where nobody judges.
        return httpx.Client(
            transport=self.transport,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(self.seconds, connect=min(5.0, self.seconds)),
        )

    def _read(self, response: httpx.Response, url: str) -> Answer:
        end = time.monotonic() + self.seconds
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            size += len(part)
            parts.append(part)
            if size > self.max_bytes:
                response.close()
                raise _refusal("NET-106", "回答太大", "its answer is too large", url)
            if time.monotonic() > end:
                response.close()
                raise _refusal("NET-103", "对方没有及时回答", "it did not answer in time", url)
        return Answer(url, response.status_code, response.headers, b"".join(parts))

    def _target(self, url: str) -> tuple[str, int]:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise _refusal("NET-101", "不是网址", "it is no address", url) from error
        host = (parts.hostname or "").rstrip(".")
        if parts.scheme not in PORTS or not host or "\\" in url or any(c <= " " for c in url):
            raise _refusal("NET-101", "只接受 http:// 或 https:// 开头的网址", "only http:// and https:// will do", url)
        if parts.username or parts.password:
            raise _refusal("NET-101", "网址中不能带用户名和密码", "it must carry no name and password", url)
        return host, port or PORTS[parts.scheme]

    def _judged(self, host: str, port: int, url: str) -> str:
        """An address to connect to; every one of the name's must be fit, or none is used."""
        try:
            found = list(dict.fromkeys(self.resolve(host, port)))
        except OSError as error:
            raise _refusal("NET-104", "找不到这个主机", "there is no such host", url) from error
        if not found:
            raise _refusal("NET-104", "找不到这个主机", "there is no such host", url)
        if host.lower() not in self.internal and not all(is_public(address) for address in found):
            raise _refusal("NET-102", "它指向内部网络", "it leads into an internal network", url)
        return found[0]


def is_public(address: str) -> bool:
    """Whether the IP address is one of the public internet."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        return is_public(str(ip.ipv4_mapped))
    if not ip.is_global or ip.is_multicast or ip.is_unspecified or ip.is_reserved or ip.is_loopback:
        return False
    return not any(ip.version == block.version and ip in block for block in _NEVER)


def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the system finds them. Raises OSError for none."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _host_header(url: str) -> str:
    parts = urlsplit(url)
    name = parts.hostname or ""
    shown = f"[{name}]" if ":" in name else name
    return f"{shown}:{parts.port}" if parts.port and parts.port != PORTS[parts.scheme] else shown


def _refusal(code: str, zh: str, en: str, url: str) -> Refusal:
    shown = url[:120]
    advice: Any = NO_WORDS
    if code == "NET-102":
        advice = Words("请填写公网上能打开的网址。", "Give an address that can be opened from the internet.")
    return Refusal(code, Words(f"不能读取 {shown}：{zh}。", f"Can't fetch {shown}: {en}."), advice)
