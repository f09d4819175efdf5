"""Who really asks, behind reverse proxies that the settings name. From anybody else `X-Forwarded-…` is thrown away, or
a stranger could write down another address for every try.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT")


class TrustedProxies:
    """Sets `REMOTE_ADDR` and the scheme from what the nearest trusted proxies say; `networks` is their addresses, with
    commas or blanks between them.
    """

    def __init__(self, application: Application, networks: str) -> None:
        self.application = application
        self.networks = [ipaddress.ip_network(part) for part in networks.replace(",", " ").split()]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer the request as if it had come without a proxy."""
        told = {name: environ.pop(name, "") for name in _HEADERS}
        if self._is_trusted(environ.get("REMOTE_ADDR", "")):
            way = [part.strip() for part in told["HTTP_X_FORWARDED_FOR"].split(",") if part.strip()]
            # From the right: each proxy adds whom it was asked by. The first that is none of ours is who asks.
            asked = next((address for address in reversed(way) if not self._is_trusted(address)), "")
            if _is_address(asked):
                environ["REMOTE_ADDR"] = asked
            scheme = told["HTTP_X_FORWARDED_PROTO"].rpartition(",")[2].strip().lower()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        return self.application(environ, start_response)

    def _is_trusted(self, address: str) -> bool:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(ip.version == network.version and ip in network for network in self.networks)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
