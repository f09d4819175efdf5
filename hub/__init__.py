"""Yigao (一稿): one draft to every channel. The console, its domain and the machinery of delivery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from hub.services import Services

__version__ = "0.1.0"


def _nobody(_rows: int) -> None:
    """No queue: the clock finds what is due."""


def _well() -> Sequence[object]:
    """Nobody watches: nothing is known to be wrong."""
    return []


def create_app(
    services: Services, *, hint: Callable[[int], None] = _nobody, troubles: Callable[[], Sequence[object]] = _well
) -> Flask:
    """The web application over `services`: the console below `/console/`, the public sites everywhere else.

    `hint` tells the workers that so many deliveries are due; it must not raise. `troubles` gives the answers of
    `hub.health` that are not well, for every page of the console; it must be quick.
    """
    # Imported here, so that the commands that need no web don't pay for one.
    from flask import Flask  # noqa: PLC0415

    from channels.templating import TEMPLATES  # noqa: PLC0415
    from hub import console, probes, public  # noqa: PLC0415
    from hub.security import secret_key  # noqa: PLC0415

    config = services.config
    app = Flask("hub", static_folder=None, template_folder=str(TEMPLATES))
    app.config.update(
        SECRET_KEY=secret_key(config.data),
        # The prefix makes browsers refuse the cookie over plain http; `__Host-` would want it for the public site too.
        SESSION_COOKIE_NAME="__Secure-yigao" if config.secure_cookies else "yigao",
        SESSION_COOKIE_PATH="/console",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        PERMANENT_SESSION_LIFETIME=config.session_hours * 3600,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        MAX_CONTENT_LENGTH=24 * 1024 * 1024,
        # 60,000 characters of Chinese are 540 kB in a form; the default of 500 kB would refuse them.
        MAX_FORM_MEMORY_SIZE=8 * 1024 * 1024,
        MAX_FORM_PARTS=5000,
    )
    app.session_interface = console.ConsoleSessions()
    console.register(app, services, hint)
    app.jinja_env.globals["troubles_now"] = troubles
    probes.register(app, services)
    public.register(app, services)
    return app
