"""Where platforms push their events to: `/events/<account>`. An event is believed for its signature, and all that it
causes is that the platform is asked at once instead of later: what it says is never taken for true.
"""

from __future__ import annotations

import logging

from flask import Flask, Response, abort, request
from pydantic import ValidationError

from channels.base import Hears
from hub.models import Account
from hub.publishing.confirming import told
from hub.services import Services

log = logging.getLogger("yigao.events")

MOST_BYTES = 64 * 1024


def register(app: Flask, services: Services) -> None:
    """Answer below `/events/`; without a form's token, for the sender is a machine."""

    @app.route("/events/<int:account_id>", methods=["GET", "POST"])
    def events(account_id: int) -> Response:
        if (request.content_length or 0) > MOST_BYTES:
            return abort(413)
        with services.db.reading() as session:
            account = session.get(Account, account_id)
            channel = services.channels.get(account.channel) if account and account.active else None
        if account is None or not isinstance(channel, Hears):
            return abort(404)
        try:
            settings = services.settings(account.channel, account.settings)
        except ValidationError:
            return abort(404)
        heard = channel.hear(settings, request.args.to_dict(), request.get_data())
        if heard is None:
            return abort(403)
        if heard.news:
            with services.db.writing() as session:
                told(session, account_id, services.db.now())
        return Response(heard.reply, mimetype="text/plain", headers={"X-Content-Type-Options": "nosniff"})

    if "csrf" in app.extensions:
        app.extensions["csrf"].exempt(events)
