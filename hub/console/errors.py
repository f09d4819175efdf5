"""What a person reads when something can't be done: a sentence and a code, never a traceback."""

from __future__ import annotations

import logging
from typing import cast

from flask import Flask, Response, g, make_response, render_template, request
from flask_limiter.errors import RateLimitExceeded
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from channels.words import NO_WORDS, Words
from hub.console import carrying
from hub.console.here import PREFIX
from hub.console.keeping import rescue
from hub.console.limits import seconds_left
from hub.console.links import see
from hub.console.signing_in import ask_to_sign_in
from hub.db import AWAY, CLASH, is_away, is_clash
from hub.domain.refusals import Refusal
from hub.workflow import ConflictError

log = logging.getLogger("yigao.web")

HTTP_WORDS = {
    400: Words("SYS-400 这个请求无法识别。", "SYS-400 This request can't be read."),
    403: Words("SYS-403 您没有权限打开这个页面。", "SYS-403 You may not open this page."),
    404: Words("SYS-404 没有这个页面，或它属于别的单位。", "SYS-404 There is no such page, or it is another office's."),
    405: Words("SYS-405 这个地址不能这样打开。", "SYS-405 This address can't be opened in this way."),
    410: Words("SYS-410 这里的内容已撤回。", "SYS-410 What was here was withdrawn."),
    413: Words("SYS-413 提交的内容超过 24 MB。", "SYS-413 What was sent is over 24 MB."),
    401: Words("SIG-401 请先登录。", "SIG-401 Please sign in first."),
    500: Words("SYS-500 系统出错，这次操作没有完成。", "SYS-500 Something broke; this was not done."),
}
HINTS = {
    404: Words("请从左侧导航重新进入。", "Start again from the navigation."),
    413: Words("请压缩图片或分开上传。", "Make the picture smaller, or send less at once."),
    500: Words(
        "请重试；仍不行，请把编号和时间告诉管理员。", "Try again, or tell an administrator the code and the time."
    ),
}
EXPIRED = Words("SIG-400 页面已过期，没有保存任何改动。", "SIG-400 The page has expired; nothing was saved.")
EXPIRED_HINT = Words("请返回上一页，刷新后再提交。", "Go back, reload, and send it again.")
PAUSED = Words("SIG-429 尝试次数过多，已暂停登录。", "SIG-429 Too many tries; signing in is paused.")
TOO_OFTEN = Words("SYS-429 操作过于频繁，这一次没有执行。", "SYS-429 Too many in a short time; this one was not done.")
SIGNING_IN = frozenset({"signing_in.sign_in", "second_step.code"})
STATUS_OF_CODE = {"404": 404, "405": 404, "406": 404, "403": 403, "409": 409}


def register(app: Flask) -> None:
    """Answer every error with a page of ours, also at an address below the console that nobody serves."""

    @app.get(PREFIX)
    @app.get(f"{PREFIX}/<path:_path>")
    def nowhere(_path: str = "") -> Response:
        return see(f"{PREFIX}/") if request.path == PREFIX else page(404, HTTP_WORDS[404], HINTS[404])

    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(RateLimitExceeded, _too_often)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(SQLAlchemyError, _database)
    app.register_error_handler(ConflictError, lambda error: page(409, error.words))
    app.register_error_handler(Exception, _broken)


def page(status: int, words: Words, suggestion: Words = NO_WORDS, *, plain: bool = False) -> Response:
    """The error page, or for a script the sentence alone. `plain`: without the console around it."""
    if request.headers.get("X-Requested-With") == "fetch":
        template = "console/_trouble.html"
    elif request.path.startswith(PREFIX) and not plain:
        template = "console/error.html"
    else:
        template = "console/plain_error.html"
    body = render_template(template, status=status, words=words, suggestion=suggestion)
    return make_response(body, status)


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return cast(Response, error.get_response())
    return page(error.code, HTTP_WORDS.get(error.code, HTTP_WORDS[400]), HINTS.get(error.code, NO_WORDS))


def _csrf(_error: CSRFError) -> Response:
    if (kept := rescue()) is not None:
        return kept
    # To a script the difference matters: sign in again, or only ask for a new token.
    if request.headers.get("X-Requested-With") == "fetch":
        return page(400, EXPIRED, EXPIRED_HINT) if current_user.is_authenticated else Response(status=401)
    if carrying.is_worth_carrying():
        return carrying.of_an_older_page() if current_user.is_authenticated else ask_to_sign_in()
    return page(400, EXPIRED, EXPIRED_HINT)


def _too_often(_error: RateLimitExceeded) -> Response:
    seconds = seconds_left()
    minutes = -(-seconds // 60)
    words = PAUSED if request.endpoint in SIGNING_IN else TOO_OFTEN
    hint = Words(f"请 {minutes} 分钟后再试。", f"Try again in {minutes} min.")
    if request.endpoint in SIGNING_IN:
        hint = Words(hint.zh + "忘记密码请联系管理员。", hint.en + " An administrator can set a new password.")
    answer = page(429, words, hint)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _refusal(error: Refusal) -> Response:
    words = error.coded
    return page(STATUS_OF_CODE.get(error.code[-3:], 422), words, error.suggestion)


def _database(error: SQLAlchemyError) -> Response:
    if is_clash(error):
        return page(409, CLASH)
    if not is_away(error):
        return _broken(error)
    log.warning("database away", exc_info=error)
    # Who is signed in can't be asked either; the page, and the choice of its language, would.
    if not hasattr(g, "_login_user"):
        g._login_user = AnonymousUserMixin()
    answer = page(503, AWAY, plain=True)
    answer.headers["Retry-After"] = "10"
    return answer


def _broken(_error: Exception) -> Response:
    log.exception("view broke")
    return page(500, HTTP_WORDS[500], HINTS[500])
