"""Behind a reverse proxy: the real address for whoever is trusted, and nothing that a stranger writes."""

from __future__ import annotations

from typing import Any

import pytest

from hub.config import SettingsError, load
from hub.proxies import TrustedProxies


def seen(peer: str, forwarded: str = "", proto: str = "", trusted: str = "10.0.0.0/8, 192.0.2.1") -> tuple[str, str]:
    told: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        told.update(environ)
        return []

    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_X_FORWARDED_HOST": "evil.example"}
    environ |= {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    environ |= {"HTTP_X_FORWARDED_PROTO": proto} if proto else {}
    TrustedProxies(application, trusted)(environ, None)
    assert not [name for name in told if name.startswith("HTTP_X_FORWARDED")]
    return told["REMOTE_ADDR"], told["wsgi.url_scheme"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9, 192.0.2.1", "203.0.113.9"),
        ("10.0.0.1", "2001:db8::5", "2001:db8::5"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3", "10.0.0.1"),
        ("203.0.113.50", "6.6.6.6", "203.0.113.50"),
        ("", "6.6.6.6", ""),
    ],
)
def test_the_address_is_the_first_from_the_right_that_is_no_proxy_of_ours(
    peer: str, forwarded: str, address: str
) -> None:
    assert seen(peer, forwarded)[0] == address


def test_the_scheme_is_what_a_trusted_proxy_says() -> None:
    assert seen("10.0.0.1", "203.0.113.9", "https")[1] == "https"
    assert seen("203.0.113.50", "", "https")[1] == "http"
    assert seen("10.0.0.1", "", "gopher")[1] == "http"


def test_what_is_no_address_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="trusted_proxies"):
        load(trusted_proxies="10.0.0.0/8, somewhere")
