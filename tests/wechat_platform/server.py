"""The simulated platform over HTTP: its calls under /cgi-bin, and under /control what a test switches and reads."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Flask, Response, jsonify, request

from tests.wechat_platform import drafts, publishing, shapes
from tests.wechat_platform.state import Account, Platform, Refused

Call = Callable[[Platform, Account, dict[str, Any]], dict[str, Any]]
CALLS: dict[str, Call] = {
    "material/batchget_material": drafts.batchget_material,
    "draft/add": drafts.draft_add,
    "draft/update": drafts.draft_update,
    "draft/get": drafts.draft_get,
    "draft/delete": drafts.draft_delete,
    "draft/batchget": drafts.draft_batchget,
    "freepublish/submit": publishing.submit,
    "freepublish/get": publishing.get,
    "freepublish/batchget": publishing.batchget,
    "freepublish/delete": publishing.delete,
}


def make_app(platform: Platform) -> Flask:
    """The application over one platform."""
    app = Flask(__name__)

    @app.post("/cgi-bin/<path:call>")
    def api(call: str) -> Response:
        fault = _fault(platform, call)
        if fault and fault["kind"] == "errcode":
            _log(platform, call, fault["errcode"])
            return _said({"errcode": fault["errcode"], "errmsg": fault.get("errmsg", "simulated")})
        if fault and fault["kind"] == "cut_before":
            return _cut(platform, call, "cut_before")
        if fault and fault["kind"] == "500":
            _log(platform, call, "500")
            return Response("<html>Bad Gateway</html>", 502, mimetype="text/html")
        if fault and fault["kind"] == "hang":
            _log(platform, call, "hang")
            time.sleep(fault.get("seconds", 3600))
            return _said({"errcode": -1, "errmsg": "system error"})
        with platform.lock:
            answer = _answer(platform, call)
        if fault and fault["kind"] in ("cut_after", "hang_after", "500_after", "garbled"):
            _log(platform, call, fault["kind"])
            return _after(platform, call, fault)
        _log(platform, call, answer.get("errcode", 0))
        return _said(answer)

    _add_control(app, platform)
    return app


def _after(platform: Platform, call: str, fault: dict[str, Any]) -> Response:
    """It was done, and whoever asked does not learn of it."""
    if fault["kind"] == "hang_after":
        time.sleep(fault.get("seconds", 3600))
    if fault["kind"] == "500_after":
        return Response("<html>Gateway Time-out</html>", 504, mimetype="text/html")
    if fault["kind"] == "garbled":
        return Response('{"errcode":0,"media', 200, mimetype="application/json")
    return _cut(platform, call, fault["kind"])


def _answer(platform: Platform, call: str) -> dict[str, Any]:
    try:
        if call == "stable_token":
            return drafts.stable_token(platform, shapes.read(request.get_data()))
        answer = _authorised(platform, _account(platform), call)
    except Refused as refused:
        return {"errcode": refused.errcode, "errmsg": f"{refused.errmsg} rid: 66aa-1122-{int(time.time())}"}
    return answer


def _authorised(platform: Platform, account: Account, call: str) -> dict[str, Any]:
    publishing.settle(platform, account)
    if call in ("media/uploadimg", "material/add_material"):
        return _picture(platform, account, call)
    if call not in CALLS or set(request.args) != {"access_token"}:
        raise Refused(40066, "invalid url")
    answer = CALLS[call](platform, account, shapes.read(request.get_data()))
    publishing.settle(platform, account)
    return answer


def _account(platform: Platform) -> Account:
    token = request.args.get("access_token", "")
    if not token:
        raise Refused(41001, "access_token missing")
    now = platform.now()
    for account in platform.accounts.values():
        if token in account.tokens:
            if account.tokens[token] <= now:
                raise Refused(42001, "access_token expired")
            if request.remote_addr not in account.whitelist:
                raise Refused(40164, f"invalid ip {request.remote_addr} ipv6 ::ffff:127.0.0.1, not in whitelist")
            return account
    raise Refused(40001, "invalid credential, access_token is invalid or not latest")


def _picture(platform: Platform, account: Account, call: str) -> dict[str, Any]:
    if set(request.files) != {"media"} or request.form:
        raise Refused(41005, "media data missing")
    media = request.files["media"]
    if call == "media/uploadimg":
        return drafts.uploadimg(platform, account, media.read())
    if request.args.get("type") != "image":
        raise Refused(40004, "invalid media type")
    return drafts.add_material(platform, account, media.read(), media.filename or "")


def _said(answer: dict[str, Any]) -> Response:
    response = jsonify(answer)
    # As it is served: JSON that says it is text.
    response.headers["Content-Type"] = "text/plain"
    return response


def _fault(platform: Platform, call: str) -> dict[str, Any] | None:
    with platform.lock:
        for fault in platform.faults:
            if fault["call"] in (call, "*") and fault["times"] > 0:
                if fault.get("skip", 0) > 0:
                    fault["skip"] -= 1
                    continue
                fault["times"] -= 1
                return dict(fault)
    return None


def _cut(platform: Platform, call: str, kind: str) -> Response:
    """Close the line without a word."""
    if kind == "cut_before":
        _log(platform, call, kind)
    line: socket.socket = request.environ["werkzeug.socket"]
    line.shutdown(socket.SHUT_RDWR)
    line.close()
    return Response("")


def _log(platform: Platform, call: str, outcome: Any) -> None:
    with platform.lock:
        platform.log.append({"call": call, "outcome": outcome, "at": platform.now()})


def _add_control(app: Flask, platform: Platform) -> None:
    @app.post("/control/accounts")
    def accounts() -> Response:
        given = dict(request.get_json())
        with platform.lock:
            account = platform.accounts.setdefault(given["appid"], Account(given["appid"], given.get("secret", "")))
            for name, value in given.items():
                now = getattr(account, name)
                setattr(account, name, {**now, **value} if isinstance(now, dict) else value)
        return jsonify({})

    @app.post("/control/faults")
    def faults() -> Response:
        with platform.lock:
            platform.faults = [{"times": 1, **fault} for fault in request.get_json()]
        return jsonify({})

    @app.post("/control/clock")
    def clock() -> Response:
        given = request.get_json()
        with platform.lock:
            platform.fixed, platform.shift = given.get("fixed"), given.get("shift", 0.0)
        return jsonify({})

    @app.post("/control/remove")
    def remove() -> Response:
        """The platform (6) or the user (5) takes down all of a publication."""
        given = request.get_json()
        with platform.lock:
            for task in platform.accounts[given["appid"]].tasks.values():
                if task.article_id:
                    task.removed = given["status"]
        return jsonify({})

    @app.post("/control/spoil")
    def spoil() -> Response:
        """Somebody changes the texts that wait for their publication."""
        with platform.lock:
            for task in platform.accounts[request.get_json()["appid"]].tasks.values():
                for article in task.articles:
                    article["content"] = "<p>别的内容</p>"
        return jsonify({})

    @app.get("/control/state/<appid>")
    def state(appid: str) -> Response:
        with platform.lock:
            account = platform.accounts[appid]
            publishing.settle(platform, account)
            told = {**asdict(account), "used": {f"{g} {d}": n for (g, d), n in account.used.items()}}
        return jsonify(told)

    @app.get("/control/log")
    def log() -> Response:
        with platform.lock:
            return jsonify(platform.log)

    @app.post("/control/reset")
    def reset() -> Response:
        with platform.lock:
            platform.accounts, platform.log, platform.faults = {}, [], []
            platform.fixed, platform.shift = None, 0.0
        return jsonify({})
