"""The console: views that translate between a screen and the verbs of `hub.editorial` and `hub.publishing`."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from hub.console import (
    account,
    accounts,
    appearance,
    artefacts,
    bulk,
    columns,
    comparing,
    composing,
    correcting,
    deliveries,
    desk,
    errors,
    event_words,
    handing,
    held,
    holding,
    interpreters,
    keeping,
    language,
    limits,
    livestreams,
    matrix_table,
    me,
    media,
    more,
    offices,
    outside,
    palette,
    picking,
    pictures,
    placing,
    policies,
    publishing,
    refreshing,
    review_rules,
    reviewing,
    schedule,
    second_step,
    shell,
    short_links,
    signing_in,
    sites,
    slips,
    slots,
    standings,
    static,
    system,
    templates,
    toasts,
    trail,
    users,
    words,
)
from hub.console.here import PREFIX
from hub.services import Services


class ConsoleSessions(SecureCookieSessionInterface):
    """Sessions below `/console/` alone: what citizens read depends on no cookie and may be cached by anybody."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session, or none for a public address."""
        return super().open_session(app, request) if request.path.startswith(PREFIX) else None


def register(app: Flask, services: Services, hint: Callable[[int], None]) -> None:
    """Add the console to the application."""
    app.extensions["yigao"] = services
    app.extensions["yigao-hint"] = hint
    language.register(app)
    signing_in.register(app)
    limits.register(app, services.config)
    shell.register(app)
    errors.register(app)
    static.register(app)
    appearance.register(app)
    toasts.register(app)
    standings.register(app)
    for screen in SCREENS:
        app.register_blueprint(screen.screen, url_prefix=PREFIX)


# One a line, so that two who add one don't meet.
SCREENS = (
    signing_in,
    language,
    desk,
    composing,
    pictures,
    publishing,
    reviewing,
    comparing,
    slips,
    short_links,
    review_rules,
    correcting,
    deliveries,
    held,
    holding,
    artefacts,
    accounts,
    account,
    offices,
    matrix_table,
    appearance,
    bulk,
    handing,
    palette,
    livestreams,
    media,
    system,
    columns,
    sites,
    trail,
    more,
    policies,
    refreshing,
    event_words,
    keeping,
    picking,
    interpreters,
    words,
    me,
    users,
    second_step,
    outside,
    schedule,
    placing,
    slots,
    templates,
)
