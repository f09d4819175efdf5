"""The pictures of a text that is being written, for the editor that shows them."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, request

from hub.console.here import guarding, services
from hub.domain.roles import Right
from hub.editorial.images import read_image

screen = Blueprint("pictures", __name__)
screen.before_request(guarding(Right.WRITE, Right.WRITE))


@screen.get("/images/<sha256>")
def of_a_draft(sha256: str) -> Response:
    """A picture as it was taken in, by the hash of its bytes; 404 for anything that is no picture."""
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        abort(404)
    try:
        data = services().artefacts.get(sha256)
    except (OSError, KeyError, ValueError):
        abort(404)
    media_type = read_image("picture", data).media_type
    if not media_type:
        abort(404)
    answer = Response(data, mimetype=media_type)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    # The address names the bytes.
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    answer.set_etag(sha256)
    answer.make_conditional(request)
    return answer
