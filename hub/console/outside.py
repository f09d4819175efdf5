"""Signing in by the outside service that the settings name: leaving for it, and coming back."""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict
from datetime import UTC, datetime

from flask import Blueprint, Response, abort, redirect, request, session
from flask_limiter.util import get_remote_address

from channels.words import Words
from hub.console import signing_in
from hub.console.here import services
from hub.console.limits import limiter
from hub.domain.refusals import Refusal
from hub.people.outside import Outside, Trip, user_of
from hub.people.sign_ins import Way

screen = Blueprint("outside", __name__)

SECONDS = 600
OFTEN = "30 per minute"
AGAIN = Words("请从登录页重新开始。", "Please begin again at the sign-in page.")


@screen.get("/sign-in/outside")
@limiter.limit(OFTEN, key_func=get_remote_address)
def begin() -> Response:
    """Off to the service. A link and not a form: browsers hold a form's policy against the redirect too."""
    trip = Trip(*(secrets.token_urlsafe(32) for _ in range(3)))
    address = _outside().leave(trip)
    session["outside"] = {**asdict(trip), "at": int(time.time())}
    session["wanted"] = request.args.get("next", "")
    return redirect(address, 303)  # type: ignore[return-value]  # Flask's own type is werkzeug's


@screen.get("/sign-in/back")
@limiter.limit(OFTEN, key_func=get_remote_address)
def back() -> Response:
    """Back from it: the answer is to this browser's question, or to none."""
    outside, kept = _outside(), session.pop("outside", {})
    state = request.args.get("state", "")
    if not kept or time.time() - kept["at"] > SECONDS or not secrets.compare_digest(state, kept["state"]):
        raise Refusal("SIG-401", Words("这次登录不是从这里开始的。", "This sign-in did not begin here."), AGAIN)
    if "code" not in request.args:
        raise Refusal("SIG-401", Words("登录已取消。", "The sign-in was cancelled."), AGAIN)
    trip = Trip(kept["state"], kept["nonce"], kept["verifier"])
    claims = outside.claims(request.args["code"], trip)
    return signing_in.come_in(user_of(services(), claims, datetime.now(UTC)), Way.OIDC)


def _outside() -> Outside:
    config = services().config
    return Outside.of(config) if config.oidc_issuer else abort(404)
