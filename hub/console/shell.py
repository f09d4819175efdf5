"""What every screen shares: headers, the frame of the page, icons, and how states look."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from flask import Flask, Response, request
from flask_babel import lazy_gettext as _
from flask_login import current_user
from jinja2 import StrictUndefined

from channels.base import Channel
from hub import __version__
from hub.console.here import PREFIX, editor
from hub.console.language import in_language
from hub.domain.states import CANCELLABLE, RESCHEDULABLE, RETRYABLE, State

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# Each state: its word, its icon (a shape, for whoever doesn't see the colour) and its tone.
STATES: dict[State, tuple[Any, str, str]] = {
    State.DRAFT: (_("草稿"), "circle-dashed", "grey"),
    State.SCHEDULED: (_("定时发布"), "clock", "blue"),
    State.QUEUED: (_("等待发送"), "hourglass", "blue"),
    State.WORKING: (_("发布中"), "loader-circle", "blue"),
    State.AWAITING_HAND: (_("待人工发布"), "hand", "amber"),
    State.CONFIRMING: (_("平台处理中"), "radio-tower", "blue"),
    State.UNKNOWN: (_("结果待核"), "circle-question-mark", "amber"),
    State.PUBLISHED: (_("已发布"), "circle-check", "green"),
    State.FAILED: (_("失败"), "octagon-x", "red"),
    State.HELD: (_("暂缓"), "circle-pause", "amber"),
    State.CANCELLED: (_("已取消"), "ban", "grey"),
    State.WITHDRAWING: (_("撤回中"), "undo-2", "amber"),
    State.WITHDRAWN: (_("已撤回"), "undo-2", "grey"),
}

SEVERITIES: dict[str, tuple[Any, str, str]] = {
    "block": (_("须修改"), "octagon-x", "red"),
    "warn": (_("提醒"), "triangle-alert", "amber"),
    "note": (_("备注"), "info", "grey"),
    "skip": (_("不适用"), "circle-slash", "grey"),
}


def register(app: Flask) -> None:
    """Headers on every answer and what templates may call."""
    app.after_request(_headers)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["anchor"] = anchor
    app.jinja_env.filters["size"] = size
    app.jinja_env.filters["readable"] = unquote
    app.jinja_env.globals.update(
        STATES=STATES,
        SEVERITIES=SEVERITIES,
        RETRYABLE=RETRYABLE,
        CANCELLABLE=CANCELLABLE,
        RESCHEDULABLE=RESCHEDULABLE,
        channel_said=_saying(app.extensions["yigao"].channels),
        version=__version__,
    )
    # The person, not the proxy: a page of a hundred rows asks them for their zone and their rights at each.
    app.context_processor(lambda: {"me": editor() if current_user.is_authenticated else None})


def _headers(answer: Response) -> Response:
    if request.path.startswith(PREFIX):
        answer.headers.setdefault("Content-Security-Policy", POLICY)
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        answer.headers.setdefault("Referrer-Policy", "same-origin")
        answer.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        answer.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        # Nobody's page comes back from a shared machine's cache.
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _saying(channels: Mapping[str, Channel]) -> Callable[[str], str]:
    """Says a channel's name in the page's language; of one that is not installed any more its key."""
    return lambda key: in_language(channels[key].name) if key in channels else key


def anchor(place: str) -> str:
    """The id of the form element for a finding's place: `key_points[2].text` is in `key_points-2-text`."""
    whole = place.split(":", maxsplit=1)[0]
    if whole.startswith("images["):
        return "images"
    return re.sub(r"\[(\w+)\]", r"-\1", whole).replace(".", "-") or "title"


def size(count: int) -> str:
    """Bytes as people say them."""
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.0f} kB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MB"
