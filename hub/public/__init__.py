"""The public sites as files, for installations without a web server in front; and what only a program can answer.

`deploy/nginx.conf` serves the same folder with the same headers; a test asks both.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, abort, request

from hub.public import delta, events, searching, short
from hub.public.files import Found, find, is_gone, missing, served
from hub.public.headers import dress
from hub.public.sites import Sites
from hub.services import Services

GONE = "410.html"
NOT_FOUND = "404.html"


def register(app: Flask, services: Services) -> None:
    """Serve the site that the Host header names (else the first) below `/`."""
    sites = Sites(services)
    short.register(app, services, sites)
    searching.register(app, services, sites)
    events.register(app, services)

    @app.get("/")
    @app.get("/<path:path>")
    def public(path: str = "") -> Response:
        root = sites.root(request.host)
        if root is None:
            return abort(404)
        found = find(root, path)
        if isinstance(found, Found):
            return delta.answer(found, request) if delta.is_wanted(found, request) else served(found, request)
        if found:
            return _turned(path)
        status, page = (410, GONE) if is_gone(root, path) else (404, NOT_FOUND)
        return _missing(root, page, status)


def _missing(root: Path, page: str, status: int) -> Response:
    answer = missing(root, page, status, request)
    return abort(status) if answer is None else answer


def _turned(path: str) -> Response:
    """To the folder's own address, with its slash. Relative, so that it holds behind a proxy that adds a prefix; one
    quoted name, so that it can't leave the host.
    """
    name = quote(path.rpartition("/")[2], safe="")
    return dress(Response(status=301, headers={"Location": f"{name}/"}), path)
