"""Ways back and forth that stay inside the console."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from flask import Response, redirect, request, url_for

from hub.console.here import PREFIX


def is_inside(target: str) -> bool:
    """Whether the address is a path of the console and nothing else."""
    parts = urlsplit(target)
    plain = not (parts.scheme or parts.netloc) and "\\" not in target and "\n" not in target
    return plain and (target == PREFIX or target.startswith(PREFIX + "/"))


def here_or(endpoint: str) -> str:
    """The page the form was on (its `next` field), when it is one of the console's; else the endpoint."""
    target = request.values.get("next", "")
    return target if is_inside(target) else url_for(endpoint)


def see(address: str) -> Response:
    """Send the browser on after a form, so that a reload doesn't send the form again."""
    return cast(Response, redirect(address, 303))
