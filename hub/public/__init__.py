"""The public sites as files, for installations without a web server in front."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from flask import Flask, Response, abort, redirect, request, send_file
from sqlalchemy import select
from werkzeug.security import safe_join

from hub.models import Site
from hub.services import Services

# By name for the feeds, whose ending says nothing; a feed reader goes by this type.
NAMED = {"feed.xml": "application/rss+xml", "atom.xml": "application/atom+xml"}
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".txt": "text/plain",
    ".xml": "application/xml",
    ".ics": "text/calendar",
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".zip": "application/zip",
    ".woff2": "font/woff2",
}
# The pages carry their own style sheet and no script.
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; font-src 'self'; media-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)


def register(app: Flask, services: Services) -> None:
    """Serve the site that the Host header names (else the first) below `/`."""

    @app.get("/")
    @app.get("/<path:path>")
    def public(path: str = "") -> Response:
        root = _root(services, request.host)
        found = _find(root, path) if root else None
        if found is None:
            return _missing(root)
        if found.is_dir():
            # Relative, so that it holds behind a proxy that adds a prefix.
            return cast(Response, redirect(found.name + "/", 301))
        return _file(found)


def _root(services: Services, host: str) -> Path | None:
    with services.db.reading() as session:
        sites = session.execute(select(Site.key, Site.domain).order_by(Site.id)).all()
    name = host.rsplit(":", 1)[0].lower()
    key = next((s.key for s in sites if s.domain.lower() == name), sites[0].key if sites else None)
    return services.config.site_folder / key if key else None


def _find(root: Path, path: str) -> Path | None:
    """The file for the address; a folder when its slash is missing; None for what is not there or not meant for it."""
    if "\x00" in path or any(part.startswith(".") for part in path.split("/")):
        return None
    joined = safe_join(str(root), path)
    if joined is None:
        return None
    found = Path(joined)
    if path == "" or path.endswith("/"):
        found /= "index.html"
    elif found.is_dir():
        return found
    return found if found.is_file() else None


def _file(path: Path, status: int = 200) -> Response:
    media_type = NAMED.get(path.name) or TYPES.get(path.suffix.lower(), "application/octet-stream")
    answer = send_file(path, mimetype=media_type, conditional=status == 200, max_age=60)
    answer.status_code = status if status != 200 else answer.status_code
    if media_type.startswith("text/") or "xml" in media_type:
        answer.headers["Content-Type"] = f"{media_type}; charset=utf-8"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    if media_type in ("text/html", "image/svg+xml"):
        answer.headers["Content-Security-Policy"] = POLICY
    return answer


def _missing(root: Path | None) -> Response:
    """The site's own page for this when it has one."""
    page = root / "404.html" if root else None
    if page is not None and page.is_file():
        return _file(page, 404)
    return abort(404)
