"""A form that was sent after the sign-in had ended: what was typed goes with the person through signing in, and is sent
on when they say so. It is kept in the pages themselves, nowhere on the server.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, make_response, render_template, request

from channels.words import Words
from hub.console.links import is_inside

TO, PREFIX = "kept-to", "kept:"
# What is not worth keeping, or must not be sent twice.
NEVER = frozenset(
    {"signing_in.sign_in", "signing_in.sign_out", "second_step.code", "language.switch", "appearance.switch"}
)


def is_worth_carrying() -> bool:
    """Whether the request is a form of ours with something in it. What another site sends is not kept: signing in must
    not lead to doing what that site wanted.
    """
    origin = urlsplit(request.headers.get("Origin", ""))
    ours = bool(origin.netloc) and origin.netloc == request.host
    posted = request.method == "POST" and request.endpoint is not None and request.endpoint not in NEVER
    return posted and ours and is_inside(request.path) and any(True for _ in _typed())


def _typed() -> list[tuple[str, str]]:
    return [(k, v) for k, v in request.form.items(multi=True) if k != "csrf_token"]


def kept() -> list[tuple[str, str]]:
    """What the sign-in page must carry along, as names and values of hidden fields."""
    if TO in request.form:
        return [(k, v) for k, v in request.form.items(multi=True) if k == TO or k.startswith(PREFIX)]
    if not is_worth_carrying():
        return []
    return [(TO, request.path), *((PREFIX + name, value) for name, value in _typed())]


def handed_on() -> Response | None:
    """After signing in: the page from which what was kept is sent on with one press; None when nothing was kept."""
    to = request.form.get(TO, "")
    if not is_inside(to):
        return None
    fields = [(k.removeprefix(PREFIX), v) for k, v in request.form.items(multi=True) if k.startswith(PREFIX)]
    return _page(to, fields, KEPT)


def of_an_older_page() -> Response:
    """The same for somebody who is signed in, but whose page is from before."""
    return _page(request.path, _typed(), OLDER)


def _page(to: str, fields: list[tuple[str, str]], words: Words) -> Response:
    lost = bool(request.files)
    return make_response(render_template("console/kept.html", to=to, fields=fields, words=words, lost=lost))


KEPT = Words("已登录。您刚才提交的内容都在。", "You are signed in. What you sent is still here.")
OLDER = Words(
    "这一页是上次登录时打开的，您提交的内容都在。",
    "This page was opened under an earlier sign-in; what you sent is still here.",
)
