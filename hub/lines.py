"""The line that a channel talks to its platform on: to judged public addresses only, and to those hosts of the internal
network that the installation's own settings name. The rules are those of `hub.fetching`.
"""

from __future__ import annotations

import ssl
from functools import cache

import httpx

from channels.base import Permanent
from channels.words import Words
from hub.domain.refusals import Refusal
from hub.fetching import Fetcher


class JudgedTransport(httpx.BaseTransport):
    """Connects to the address that was judged and no other; the name and the certificate stay those of the host."""

    def __init__(self, fetcher: Fetcher) -> None:
        self.fetcher = fetcher
        self.inner = fetcher.transport or httpx.HTTPTransport(verify=_authorities(), trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to one request. Raises Permanent for an address that may not be reached, ConnectError for a name
        that nobody knows.
        """
        host = request.url.host
        if request.url.scheme != "https" and host.lower() not in self.fetcher.internal:
            raise Permanent("NET-107", ONLY_HTTPS)
        try:
            address = self.fetcher.address_of(str(request.url.copy_with(query=None)))
        except Refusal as refusal:
            if refusal.code == "NET-104":
                # The name service may be away for a while; nothing was sent.
                raise httpx.ConnectError("no such host") from None
            raise Permanent(refusal.code, refusal.words) from refusal
        request.url = request.url.copy_with(host=address)
        request.extensions = {**request.extensions, "sni_hostname": host}
        return self.inner.handle_request(request)

    def close(self) -> None:
        """Close its connections."""
        self.inner.close()


# Reading all the certificates takes longer than many a call.
@cache
def _authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


ONLY_HTTPS = Words(
    "平台的接口地址须以 https:// 开头；内网的须由管理员列入 internal_hosts。",
    "The platform's address must be https; one in the internal network must be named in internal_hosts.",
)
