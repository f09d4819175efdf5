"""What monitoring asks: `/healthz`, `/readyz` and `/metrics`. No sentence here names a path, an address or a title."""

from __future__ import annotations

import hmac
import ipaddress

from flask import Flask, Request, Response, abort, jsonify, request

from hub import __version__
from hub.health import Answer, ready
from hub.metrics import CONTENT_TYPE, Metrics
from hub.services import Services

# What a proxy adds: behind one everybody seems to be on this machine.
BY_PROXY = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def register(app: Flask, services: Services) -> None:
    """Add the three addresses."""
    figures = Metrics(services)
    token = services.config.metrics_token

    @app.get("/healthz")
    def healthz() -> Response:
        return _uncached(jsonify(status="ok", version=__version__))

    @app.get("/readyz")
    def readyz() -> Response:
        answers = ready(services)
        well = all(answer.well for answer in answers)
        response = jsonify(ready=well, checks=[as_data(answer) for answer in answers])
        response.status_code = 200 if well else 503
        return _uncached(response)

    @app.get("/metrics")
    def metrics() -> Response:
        if not _may_read(request, token):
            abort(404)
        return _uncached(Response(figures.text(), content_type=CONTENT_TYPE))


def as_data(answer: Answer) -> dict[str, object]:
    """A check as anybody may read it."""
    return {
        "name": answer.name,
        "ok": answer.well,
        "warning": answer.warning,
        "sentence": answer.words.as_dict(),
    }


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_read(asked: Request, token: str) -> bool:
    """Whoever has the token, when one is set; else who asks from this machine by its own name, and not by a proxy."""
    if token:
        kind, _, given = asked.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
    try:
        near = ipaddress.ip_address(asked.remote_addr or "").is_loopback
    except ValueError:
        return False
    name = asked.host.rsplit(":", 1)[0].strip("[]").lower()
    return near and name in LOCAL_NAMES and not any(header in asked.headers for header in BY_PROXY)
