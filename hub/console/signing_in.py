"""Signing in and out, and the guard before every other screen."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, jsonify, render_template, request, session, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFProtect, generate_csrf

from channels.words import Words
from hub.console.here import PREFIX, find_editor, load_editor, services
from hub.console.keeping import rescue
from hub.console.links import here_or, see
from hub.security import authenticate

# What anybody may ask for (an opened artefact with a ticket). All else asks who you are; a test walks the URL map.
OPEN_ENDPOINTS = frozenset(
    {
        "signing_in.sign_in",
        "language.switch",
        "appearance.switch",
        # With a ticket for one task.
        "handing.task",
        "handing.file",
        "handing.archive",
        "static",
        "healthz",
        "readyz",
        "metrics",
        "public",
        "artefacts.opened",
    }
)
# Failed tries: of one name from one address; from one address whatever the name; and of one name from anywhere, so wide
# that a stranger can hardly lock an editor out, and still hopeless for guessing.
TRIES_PER_NAME_HERE = "10 per 15 minutes"
TRIES_PER_ADDRESS = "50 per 15 minutes"
TRIES_PER_NAME = "100 per hour"

WRONG = Words(
    "SIG-101 账号或密码不正确。请核对后再试；忘记密码请联系管理员。",
    "SIG-101 The name or the password is not right. Check both; an administrator can set a new password.",
)

screen = Blueprint("signing_in", __name__)
# The count is one process's own; several web processes would each allow as many tries.
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=False)


def register(app: Flask) -> None:
    """Sessions, the guard, tokens on every form, and the limit on failed tries."""
    CSRFProtect(app)
    manager = LoginManager(app)
    manager.user_loader(find_editor)
    manager.session_protection = "basic"
    app.before_request(_guard)
    limiter.init_app(app)


def _name_tried() -> str:
    return "name:" + request.form.get("login", "").strip().lower()[:60]


def _name_tried_here() -> str:
    return f"{_name_tried()} from {get_remote_address()}"


def _refused(answer: Response) -> bool:
    return answer.status_code == 401


def _guard() -> Response | None:
    if request.endpoint in OPEN_ENDPOINTS or request.endpoint is None or current_user.is_authenticated:
        return None
    if request.headers.get("X-Requested-With") == "fetch":
        return Response(status=401)
    if (kept := rescue()) is not None:
        return kept
    wanted = request.full_path.rstrip("?") if request.method == "GET" else PREFIX + "/"
    return see(url_for("signing_in.sign_in", next=wanted))


@screen.route("/sign-in", methods=["GET", "POST"])
@limiter.limit(TRIES_PER_NAME_HERE, key_func=_name_tried_here, methods=["POST"], deduct_when=_refused)
@limiter.limit(TRIES_PER_NAME, key_func=_name_tried, methods=["POST"], deduct_when=_refused)
@limiter.limit(TRIES_PER_ADDRESS, methods=["POST"], deduct_when=_refused)
def sign_in() -> str | Response | tuple[str, int]:
    """The sign-in form, and its answer."""
    if current_user.is_authenticated:
        return see(here_or("desk.home"))
    if request.method == "GET":
        return _form()
    user_id = authenticate(services(), request.form.get("login", "").strip(), request.form.get("password", ""))
    editor = load_editor(user_id) if user_id else None
    if editor is None:
        return _form(trouble=WRONG), 401
    kept = session.get("language")
    session.clear()
    if kept:
        session["language"] = kept
    session.permanent = True
    login_user(editor)
    return see(here_or("desk.home"))


def _form(trouble: Words | None = None) -> str:
    return render_template(
        "console/sign_in.html",
        trouble=trouble,
        login=request.form.get("login", ""),
        next=request.values.get("next", ""),
    )


@screen.get("/token")
def token() -> Response:
    """A token for a page that was open before its editor signed in again in another window: its text is kept."""
    return jsonify(token=generate_csrf())


@screen.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    logout_user()
    kept = session.get("language")
    session.clear()
    if kept:
        session["language"] = kept
    return see(url_for("signing_in.sign_in"))
