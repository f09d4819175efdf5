"""What is said with every public file. `deploy/nginx.conf` says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response
from werkzeug.datastructures import Headers

from hub.outlets import kind_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# The pages carry their own style sheet; feeds are shown with one from a file. The one script is a file too, and asks
# nothing of another host.
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; font-src 'self'; media-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
SAFETY = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin"}


class Answer(Response):
    """Keeps `Last-Modified` on a 304, as nginx does: there are readers that come back with what they were sent last."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """The headers as they are sent."""
        headers = super().get_wsgi_headers(environ)
        if self.status_code == 304 and (modified := self.headers.get("Last-Modified")):
            headers["Last-Modified"] = modified
        return headers


def dress(answer: Response, path: str) -> Response:
    """Give the answer for the file or address `path` its type, how long it may be kept, and what a browser may do."""
    kind = kind_of(path)
    if answer.status_code not in (301, 304):
        answer.headers["Content-Type"] = kind.content_type
    answer.headers["Cache-Control"] = kind.keep.value
    answer.headers.update(SAFETY)
    if kind.active:
        answer.headers["Content-Security-Policy"] = POLICY
    return answer
