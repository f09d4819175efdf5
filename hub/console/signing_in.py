"""Signing in and out, and the guard before every other screen."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, g, jsonify, make_response, render_template, request, session, url_for
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFProtect, generate_csrf

from channels.words import Words
from hub.console import carrying
from hub.console.here import PREFIX, find_editor, services
from hub.console.keeping import rescue
from hub.console.limits import (
    TRIES_PER_ADDRESS,
    TRIES_PER_NAME,
    TRIES_PER_NAME_HERE,
    limiter,
    name_tried,
    name_tried_here,
    was_wrong,
)
from hub.console.links import here_or, is_inside, see
from hub.models import User
from hub.people import sign_ins
from hub.people.passwords import authenticate
from hub.people.sign_ins import Ended, Way

# What anybody may ask for (an opened artefact with a ticket). All else asks who you are; a test walks the URL map.
OPEN_ENDPOINTS = frozenset(
    {
        "signing_in.sign_in",
        "second_step.code",
        "outside.begin",
        "outside.back",
        "language.switch",
        "appearance.switch",
        # With a ticket for one task.
        "handing.task",
        "handing.file",
        "handing.archive",
        # What everybody sees on the site.
        "artefacts.icon",
        "static",
        "healthz",
        "readyz",
        "metrics",
        "public",
        # With a platform's signature.
        "events",
        "short",
        "search",
        "search_turned",
        "artefacts.opened",
    }
)
# What somebody may ask for who must first change a password that an administrator gave, or set up a second factor.
FIRST_ENDPOINTS = frozenset(
    {"me.page", "me.password", "me.factor", "me.picture", "signing_in.sign_out", "signing_in.token"}
)
WRONG = Words(
    "SIG-101 账号或密码不正确。请核对后再试；忘记密码请联系管理员。",
    "SIG-101 The name or the password is not right. Check both; an administrator can set a new password.",
)
# Said on the sign-in page to somebody who did not end it.
ENDED = {
    Ended.IDLE: Words(
        "太久没有操作，已为您退出。请重新登录。", "Nothing was done for a while, so you were signed out."
    ),
    Ended.EXPIRED: Words("登录已到期，请重新登录。", "Your sign-in has run out. Please sign in again."),
    Ended.PASSWORD: Words("密码已更改，请用新密码登录。", "The password was changed. Sign in with the new one."),
    Ended.ADMINISTRATOR: Words("管理员已结束您的登录，请重新登录。", "An administrator ended your sign-in."),
    Ended.ELSEWHERE: Words("您已在别处结束这次登录。", "You ended this sign-in from another browser."),
    Ended.FACTOR: Words("第二重验证已更改，请重新登录。", "Your second factor was changed. Please sign in again."),
}

screen = Blueprint("signing_in", __name__)


def register(app: Flask) -> None:
    """Sign-ins, the guard, and tokens on every form."""
    CSRFProtect(app)
    manager = LoginManager(app)
    manager.user_loader(find_editor)
    manager.session_protection = None  # the sign-in's row says what there is to say
    app.before_request(_guard)
    app.jinja_env.globals["kept"] = carrying.kept


def _guard() -> Response | None:
    if request.endpoint in OPEN_ENDPOINTS or request.endpoint is None:
        return None
    if current_user.is_authenticated:
        return _first_things_first()
    return ask_to_sign_in()


def ask_to_sign_in() -> Response:
    """For somebody who is not signed in, or no longer: the way to the sign-in page, with what they typed."""
    if request.headers.get("X-Requested-With") == "fetch":
        return Response(status=401)
    if (kept := rescue()) is not None:
        return kept
    if carrying.is_worth_carrying():
        return make_response(_form(), 401)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else PREFIX + "/"
    why = {"why": g.ended} if g.get("ended") in ENDED else {}
    return see(url_for("signing_in.sign_in", next=wanted, **why))


def _first_things_first() -> Response | None:
    if request.endpoint in FIRST_ENDPOINTS or not (current_user.must_change or current_user.must_enrol):
        return None
    return see(url_for("me.page", _anchor="password" if current_user.must_change else "factor"))


@screen.route("/sign-in", methods=["GET", "POST"])
@limiter.limit(TRIES_PER_NAME_HERE, key_func=name_tried_here, methods=["POST"], deduct_when=was_wrong)
@limiter.limit(TRIES_PER_NAME, key_func=name_tried, methods=["POST"], deduct_when=was_wrong)
@limiter.limit(TRIES_PER_ADDRESS, methods=["POST"], deduct_when=was_wrong)
def sign_in() -> str | Response | tuple[str, int]:
    """The sign-in form, and its answer."""
    if current_user.is_authenticated:
        return carrying.handed_on() or see(here_or("desk.home"))
    if request.method == "GET":
        return _form()
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    user_id = authenticate(services(), login, password, datetime.now(UTC))
    if user_id is None:
        return _form(trouble=WRONG), 401
    with services().db.reading() as rows:
        has_factor = bool(rows.get_one(User, user_id).totp)
    if has_factor:
        from hub.console import second_step  # noqa: PLC0415 (it comes back here when it is done)

        return second_step.ask(user_id)
    return come_in(user_id, Way.PASSWORD)


def come_in(user_id: int, way: Way) -> Response:
    """Sign the user in, and lead them to where they wanted to go. The session is a new one: what somebody may have put
    into the browser before (session fixation) is worth nothing.
    """
    at = datetime.now(UTC)
    agent = request.headers.get("User-Agent", "")
    with services().db.writing() as rows:
        user = rows.get_one(User, user_id)
        token = sign_ins.begin(
            rows,
            user,
            way=way,
            now=at,
            hours=services().config.session_hours,
            address=request.remote_addr or "",
            agent=agent,
        )
    wanted = request.values.get("next", "") or session.get("wanted", "")
    forget_all_but_language()
    session.permanent = True
    editor = find_editor(token)
    login_user(editor)
    return carrying.handed_on() or see(wanted if is_inside(wanted) else url_for("desk.home"))


def forget_all_but_language() -> None:
    """Empty the session."""
    kept = session.get("language")
    session.clear()
    if kept:
        session["language"] = kept


def _form(trouble: Words | None = None) -> str:
    why = request.args.get("why", "") or g.get("ended", "")
    return render_template(
        "console/sign_in.html",
        trouble=trouble,
        ended=None if trouble else ENDED.get(Ended(why)) if why in ENDED else None,
        login=request.form.get("login", "") if request.endpoint == "signing_in.sign_in" else "",
        next=request.values.get("next", "") if request.endpoint == "signing_in.sign_in" else "",
        outside=services().config.oidc_name if services().config.oidc_issuer else "",
    )


@screen.get("/token")
def token() -> Response:
    """A token for a page that was open before its editor signed in again in another window: its text is kept."""
    return jsonify(token=generate_csrf())


@screen.post("/sign-out")
def sign_out() -> Response:
    """End the sign-in."""
    with services().db.writing() as rows:
        sign_ins.end(rows, current_user.id, current_user.sign_in_id, Ended.OUT, datetime.now(UTC))
    logout_user()
    forget_all_but_language()
    return see(url_for("signing_in.sign_in"))
