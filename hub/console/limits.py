"""How often something may be tried. Counted in the installation's queue server, for all web processes together; while
that is away, by each for itself, and the log says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user
from sqlalchemy import select

from hub.config import Config
from hub.console.here import services
from hub.models import User

# Failed tries: of one name from one address; from one address whatever the name; and of one name from anywhere, so wide
# that a stranger can hardly lock an editor out, and still hopeless for guessing.
TRIES_PER_NAME_HERE = "10 per 15 minutes"
TRIES_PER_ADDRESS = "50 per 15 minutes"
TRIES_PER_NAME = "100 per hour"
# Of somebody who knows the password: three codes of a million are right at any time.
TRIES_OF_A_CODE = "10 per 15 minutes"
# Of one's own password, and of codes on one's own account's page.
TRIES_OF_ONES_OWN = "20 per 15 minutes"

limiter = Limiter(get_remote_address, headers_enabled=False, key_prefix="yigao", in_memory_fallback_enabled=True)


def register(app: Flask, config: Config) -> None:
    """Count where all web processes see it, and limit the endpoints of `LIMITED`."""
    url = config.redis_url
    app.config["RATELIMIT_STORAGE_URI"] = (f"redis+{url}" if url.startswith("unix:") else url) or "memory://"
    # A person waits no longer than this for a server that is away.
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"socket_connect_timeout": 1, "socket_timeout": 1} if url else {}
    limiter.init_app(app)
    if not url:
        app.logger.info("rate limits are counted by this process alone: there is no queue server")
    app.before_request(_limit)


def person() -> str:
    """Who asks: the person, or for a stranger the address."""
    return f"user:{current_user.id}" if current_user.is_authenticated else f"from:{get_remote_address()}"


def name_tried() -> str:
    """The name that is being tried. An administrator's "let them try again" makes it another."""
    login = request.form.get("login", "").strip().lower()[:60]
    with services().db.reading() as session:
        unlocks = session.scalar(select(User.unlocks).where(User.login == login))
    return f"name:{login}:{unlocks or 0}"


def name_tried_here() -> str:
    """The name that is being tried, from here."""
    return f"{name_tried()} from {get_remote_address()}"


def was_wrong(answer: Response) -> bool:
    """Only what was wrong counts as a try."""
    return answer.status_code in (401, 422)


@limiter.shared_limit("300 per minute", scope="previews", key_func=person)
def previews() -> None:
    """A preview after each change of a fast typist is well under this; drawing cards for a program is not."""


@limiter.shared_limit("60 per minute; 600 per hour", scope="uploads", key_func=person)
def uploads() -> None:
    """Pictures are decoded and written anew: an editor with a folder of them needs a minute."""


@limiter.shared_limit("30 per minute; 200 per hour", scope="open", key_func=get_remote_address)
def open_forms() -> None:
    """What anybody may send."""


# Endpoint: what limits its POST. A line here is all that a new one needs.
LIMITED: dict[str, Callable[[], Any]] = {
    "composing.live_preview": previews,
    "composing.image": uploads,
    "media.upload": uploads,
    "language.switch": open_forms,
    "appearance.switch": open_forms,
    "handing.task": open_forms,
}


def _limit() -> None:
    if request.method == "POST" and request.endpoint in LIMITED:
        LIMITED[request.endpoint]()


def seconds_left() -> int:
    """How long until the limit that was hit lets the next one through."""
    hit = limiter.current_limit
    return max(1, int(hit.reset_at - time.time()) + 1) if hit else 60
