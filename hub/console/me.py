"""我的账号: one's password, second factor, and where one is signed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from channels.words import NO_WORDS, Words
from hub.console.here import actor, editor, services
from hub.console.limits import TRIES_OF_ONES_OWN, limiter, person, was_wrong
from hub.console.links import see
from hub.domain.refusals import Refusal
from hub.models import Grant, User
from hub.people import passwords, second_factor, sign_ins
from hub.people.sign_ins import Ended
from hub.secretbox import SealError

screen = Blueprint("me", __name__)

MUST_CHANGE = Words(
    "您用的是一次性密码。请先改成自己的密码，再继续工作。",
    "You signed in with a password for one use. Set one of your own, then go on.",
)
MUST_ENROL = Words(
    "本单位要求您的角色使用第二重验证。请先设置，再继续工作。",
    "Your office asks your role for a second factor. Set it up, then go on.",
)


@screen.get("/me")
def page() -> Response:
    """The page."""
    return _page()


@screen.post("/me/password")
@limiter.limit(TRIES_OF_ONES_OWN, key_func=person, deduct_when=was_wrong)
def password() -> Response:
    """Change one's own password; every other sign-in ends, and this one gets another token."""
    form, first = request.form, editor().must_change
    try:
        passwords.change(
            services(),
            actor=actor(),
            old=form.get("old", ""),
            new=form.get("new", ""),
            again=form.get("again", ""),
            keep=editor().sign_in_id,
            now=datetime.now(UTC),
        )
    except Refusal as refusal:
        return _page(refusal=refusal, at="password", status=422)
    _another_token()
    flash(_("密码已更改，别处的登录都已结束。"))
    return see(url_for("desk.home" if first and not editor().must_enrol else "me.page"))


@screen.post("/me/factor")
@limiter.limit(TRIES_OF_ONES_OWN, key_func=person, deduct_when=was_wrong)
def factor() -> Response:
    """Set up, renew or end the second factor: what the pressed button says."""
    form, at = request.form, datetime.now(UTC)
    code, button = form.get("code", ""), form.get("do", "")
    try:
        if button == "begin":
            session["seed"] = services().box.seal(second_factor.fresh(), _about())
        elif button == "on" and (seed := _seed()):
            codes = second_factor.turn_on(
                services(), actor=actor(), seed=seed, code=code, keep=editor().sign_in_id, now=at
            )
            session.pop("seed")
            _another_token()
            return _codes(codes)
        elif button == "codes":
            return _codes(second_factor.new_codes(services(), actor=actor(), code=code, now=at))
        elif button == "off":
            second_factor.turn_off(services(), actor=actor(), code=code, now=at)
            flash(_("第二重验证已关闭。"))
        else:
            session.pop("seed", None)
    except Refusal as refusal:
        return _page(refusal=refusal, at="factor", status=422)
    return see(url_for("me.page", _anchor="factor"))


@screen.get("/me/factor.svg")
def picture() -> Response:
    """The QR code of the seed that is being set up."""
    seed = _seed() or abort(404)
    return Response(second_factor.picture(seed, editor().login), mimetype="image/svg+xml")


@screen.post("/me/sign-ins/<int:id_>/end")
def end(id_: int) -> Response:
    """End one sign-in of one's own, elsewhere."""
    with services().db.writing() as rows:
        sign_ins.end(rows, editor().id, id_, Ended.ELSEWHERE, datetime.now(UTC))
    flash(_("那里的登录已结束。"))
    return see(url_for("me.page", _anchor="sign-ins"))


@screen.post("/me/sign-ins/end-others")
def end_others() -> Response:
    """End all but this one."""
    with services().db.writing() as rows:
        count = sign_ins.end_all(rows, editor().id, Ended.ELSEWHERE, datetime.now(UTC), keep=editor().sign_in_id)
    flash(_("已结束别处的 %(count)s 个登录。", count=count))
    return see(url_for("me.page", _anchor="sign-ins"))


def _another_token() -> None:
    """What the sign-in may do has changed: its old token is worth nothing from now on."""
    with services().db.writing() as rows:
        session["_user_id"] = sign_ins.renew(rows, editor().sign_in_id)


def _about() -> str:
    return f"user:{editor().id}:setting-up"


def _seed() -> str:
    """The seed that is being set up in this browser."""
    sealed = session.get("seed", "")
    try:
        return services().box.open(sealed, _about()) if sealed else ""
    except SealError:
        return ""


def _codes(codes: list[str]) -> Response:
    return make_response(render_template("console/codes.html", codes=codes))


def _page(*, refusal: Refusal | None = None, at: str = "", status: int = 200) -> Response:
    config, now = services().config, datetime.now(UTC)
    seed = _seed()
    with services().db.reading() as rows:
        user = rows.get_one(User, editor().id)
        living = sign_ins.living(rows, user.id, now, timedelta(minutes=config.idle_minutes))
        grants = rows.scalars(
            select(Grant)
            .where(Grant.user_id == user.id)
            .options(joinedload(Grant.office), joinedload(Grant.area))
            .order_by(Grant.id)
        ).all()
        shown: dict[str, Any] = {
            "user": user,
            "living": living,
            "grants": grants,
            "left": second_factor.codes_left(rows, user.id) if user.totp else 0,
            "wanted": second_factor.is_wanted(rows, user),
        }
    words = refusal.coded if refusal else None
    body = render_template(
        "console/me.html",
        **shown,
        seed=" ".join(seed[i : i + 4] for i in range(0, len(seed), 4)),
        hours=config.session_hours,
        idle=config.idle_minutes,
        notice=words,
        advice=refusal.suggestion if refusal else NO_WORDS,
        at=at,
        must_change_words=MUST_CHANGE,
        must_enrol_words=MUST_ENROL,
    )
    return make_response(body, status)
