"""The second step of signing in: a code of the telephone, or one of the codes on paper."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from flask import Blueprint, Response, render_template, request, session, url_for
from flask_limiter.util import get_remote_address

from channels.words import Words
from hub.console import signing_in
from hub.console.here import services
from hub.console.limits import TRIES_OF_A_CODE, limiter, was_wrong
from hub.console.links import see
from hub.models import User
from hub.people import second_factor
from hub.people.sign_ins import Way

screen = Blueprint("second_step", __name__)

# So long after the password the code may be typed.
SECONDS = 300
WRONG = Words(
    f"{second_factor.WRONG.code} {second_factor.WRONG.words.zh}{second_factor.WRONG.suggestion.zh}",
    f"{second_factor.WRONG.code} {second_factor.WRONG.words.en} {second_factor.WRONG.suggestion.en}",
)
LATE = Words("输入密码后已超过 5 分钟，请重新登录。", "Over five minutes since the password: please begin again.")


def ask(user_id: int) -> Response | str:
    """The password was right: note whose, and ask for the code. What a form carried along stays on the page."""
    with services().db.reading() as rows:
        unlocks = rows.get_one(User, user_id).unlocks
    # `unlocks` goes up when the password is set by somebody else: what was begun before is then over.
    session["halfway"] = [user_id, unlocks, int(time.time())]
    return _form(next_=request.form.get("next", ""))


def _halfway() -> int | None:
    """Whose password was typed in this browser, lately."""
    user_id, unlocks, at = session.get("halfway") or (0, 0, 0)
    if time.time() - at > SECONDS:
        return None
    with services().db.reading() as rows:
        user = rows.get(User, user_id)
        return user.id if user and user.active and user.totp and user.unlocks == unlocks else None


def _whose() -> str:
    return f"code:{(session.get('halfway') or [get_remote_address()])[0]}"


@screen.route("/sign-in/code", methods=["GET", "POST"])
@limiter.limit(TRIES_OF_A_CODE, key_func=_whose, methods=["POST"], deduct_when=was_wrong)
def code() -> Response | str | tuple[str, int]:
    """The form for the code, and its answer."""
    user_id = _halfway()
    if user_id is None:
        session.pop("halfway", None)
        return see(url_for("signing_in.sign_in"))
    if request.method == "GET":
        return _form()
    typed, at = request.form.get("code", ""), datetime.now(UTC)
    if second_factor.passes(services(), user_id, typed, at):
        return signing_in.come_in(user_id, Way.TOTP)
    if second_factor.recovers(services(), user_id, typed, at):
        return signing_in.come_in(user_id, Way.RECOVERY)
    return _form(trouble=WRONG), 401


def _form(trouble: Words | None = None, next_: str = "") -> str:
    return render_template("console/code.html", trouble=trouble, next=next_ or request.values.get("next", ""))
