"""Rendered files as they were or would be published: opened, saved, or all in one archive."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, request

from channels.packing import zip_of
from hub.console.here import services

screen = Blueprint("artefacts", __name__)

# What is shown was made by a channel from cleaned text; should anything slip through, it still can't run, call home or
# act as the editor. Same origin, because the pictures beside a page are behind the sign-in too.
POLICY = (
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-downloads; default-src 'none'; "
    "img-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; media-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


def manifest_of(sha256: str) -> dict[str, Any]:
    """The artefact's manifest; 404 for a hash that names none."""
    try:
        found = json.loads(services().artefacts.get(sha256))
    except (ValueError, OSError):
        abort(404)
    if not isinstance(found, dict) or "files" not in found or "entry" not in found:
        abort(404)
    return found


@screen.get("/artefacts/<sha256>/<path:path>")
def file(sha256: str, path: str) -> Response:
    """One file, with the media type its channel gave it; `?download=1` saves it."""
    entry = next((f for f in manifest_of(sha256)["files"] if f["path"] == path), None)
    if entry is None:
        abort(404)
    answer = _answer(entry["sha256"], entry["media_type"])
    if request.args.get("download"):
        answer.headers.set("Content-Disposition", "attachment", filename=path.rsplit("/", 1)[-1])
    answer.make_conditional(request)
    return answer


@screen.get("/artefacts/<sha256>.zip")
def archive(sha256: str) -> Response:
    """Every file in one archive; the same artefact is always the same bytes."""
    manifest = manifest_of(sha256)
    store = services().artefacts
    data = zip_of((f["path"], store.get(f["sha256"])) for f in manifest["files"])
    answer = Response(data, mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{manifest['channel']}-{sha256[:8]}.zip")
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer


def _answer(sha256: str, media_type: str) -> Response:
    answer = Response(services().artefacts.get(sha256))
    textual = media_type.startswith("text/") or media_type.endswith(("xml", "json"))
    answer.headers["Content-Type"] = f"{media_type}; charset=utf-8" if textual else media_type
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    answer.set_etag(sha256)
    # The address names the bytes; private, because they may not be public yet.
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer
