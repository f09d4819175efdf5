"""Rendered files as they were or would be published: opened, saved, or all in one archive."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, current_app, request, url_for
from flask_login import current_user
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import select

from channels.packing import zip_of
from channels.site.icon import icon as mark_of
from hub.console.here import services
from hub.console.links import see
from hub.manuscripts import site_info
from hub.models import Office, Site

screen = Blueprint("artefacts", __name__)

# What is shown was made by a channel from cleaned text; should anything slip through, it can't call home and can't act
# as the editor: a page gets either the console's origin or its own scripts (a button that copies), never both.
_SOURCES = (
    "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "media-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
# In the rack, which scrolls a new preview to where the old one was.
FRAMED = f"sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; {_SOURCES}"
# In a window of its own.
ALONE = (
    "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox allow-downloads; "
    f"script-src 'unsafe-inline'; {_SOURCES}"
)
# A page without the console's origin gets no cookie for its pictures: it is opened with a ticket in its address.
TICKET_SECONDS = 3600


def _tickets() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or b"", salt="artefact")


def manifest_of(sha256: str) -> dict[str, Any]:
    """The artefact's manifest; 404 for a hash that names none."""
    try:
        found = json.loads(services().rendered(sha256))
    except (ValueError, OSError):
        abort(404)
    if not isinstance(found, dict) or "files" not in found or "entry" not in found:
        abort(404)
    return found


@screen.get("/artefacts/<sha256>/<path:path>")
def file(sha256: str, path: str) -> Response:
    """One file, with the media type its channel gave it; `?download=1` saves it. A page that asks for a window of its
    own is sent on to one, with a ticket.
    """
    entry = entry_of(sha256, path)
    saving = bool(request.args.get("download"))
    if (
        entry["media_type"].startswith("text/html")
        and request.headers.get("Sec-Fetch-Dest") == "document"
        and not saving
    ):
        return see(url_for("artefacts.opened", ticket=_tickets().dumps(sha256), path=path))
    answer = answer_of(entry, FRAMED)
    if saving:
        answer.headers.set("Content-Disposition", "attachment", filename=path.rsplit("/", 1)[-1])
    answer.headers["Vary"] = "Sec-Fetch-Dest"
    return answer


@screen.get("/opened/<ticket>/<path:path>")
def opened(ticket: str, path: str) -> Response:
    """A file of the artefact that the ticket is for, within the hour."""
    try:
        sha256 = _tickets().loads(ticket, max_age=TICKET_SECONDS)
    except BadData:
        abort(404)
    return answer_of(entry_of(sha256, path), ALONE)


def entry_of(sha256: str, path: str) -> dict[str, Any]:
    """What the manifest says of one file; 404 for one it doesn't have."""
    found: dict[str, Any] | None = next((f for f in manifest_of(sha256)["files"] if f["path"] == path), None)
    return found or abort(404)


@screen.get("/icon.png")
def icon() -> Response:
    """The site's mark, where a page that stands two steps deep on its site looks for it: also one that is looked at
    here, by its own ticket, without a sign-in. Everybody can see it on the site.
    """
    with services().db.reading() as session:
        mine = current_user.office_id if current_user.is_authenticated else 0
        own = select(Site).join(Office, Office.site_id == Site.id).where(Office.id == mine)
        site = session.scalars(own).first() or session.scalars(select(Site).order_by(Site.id).limit(1)).first()
        mark = mark_of(site_info(site)) if site else abort(404)
    answer = Response(mark.data, mimetype=mark.media_type)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


@screen.get("/artefacts/<sha256>.zip")
def archive(sha256: str) -> Response:
    """Every file in one archive; the same artefact is always the same bytes."""
    manifest = manifest_of(sha256)
    data = zip_of((f["path"], services().rendered(f["sha256"])) for f in manifest["files"])
    answer = Response(data, mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{manifest['channel']}-{sha256[:8]}.zip")
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer


def answer_of(entry: dict[str, Any], policy: str) -> Response:
    """The file with its media type, under a policy of its own."""
    media_type = entry["media_type"]
    answer = Response(services().rendered(entry["sha256"]))
    textual = "charset" not in media_type and media_type.startswith("text/")
    answer.headers["Content-Type"] = f"{media_type}; charset=utf-8" if textual else media_type
    answer.headers["Content-Security-Policy"] = policy
    answer.set_etag(entry["sha256"])
    # The address names the bytes; private, because they may not be public yet.
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    answer.make_conditional(request)
    return answer
