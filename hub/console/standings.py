"""How the standings of the three reviews look: a word, a shape, a tone; and what templates ask of reviews."""

from __future__ import annotations

from typing import Any

from flask import Flask, g
from flask_babel import lazy_gettext as _
from flask_login import current_user

from hub.console.here import services
from hub.domain.reviews import Standing
from hub.domain.roles import Level
from hub.editorial.waiting import count_waiting

STANDINGS: dict[Standing, tuple[Any, str, str]] = {
    Standing.DRAFT: (_("草稿"), "circle-dashed", "grey"),
    Standing.AWAITING_FIRST: (_("待初审"), "hourglass", "amber"),
    Standing.AWAITING_SECOND: (_("待复审"), "hourglass", "amber"),
    Standing.AWAITING_FINAL: (_("待终审"), "hourglass", "amber"),
    Standing.RETURNED: (_("退回修改"), "undo-2", "red"),
    Standing.SIGNED: (_("已签发"), "stamp", "green"),
}
LEVELS: dict[Level, Any] = {Level.FIRST: _("初审"), Level.SECOND: _("复审"), Level.FINAL: _("终审")}
# A seal has four characters, so a shorter name is filled up as seals do it.
_FILL = {1: "之印章", 2: "之印", 3: "印"}
_MOST = 6


def register(app: Flask) -> None:
    """What templates may call."""
    app.jinja_env.globals.update(STANDINGS=STANDINGS, LEVELS=LEVELS, waiting_count=waiting_count)
    app.jinja_env.filters["sealed"] = sealed


def waiting_count() -> int:
    """How many texts wait for the signature of whoever is signed in; asked once a page."""
    if not getattr(current_user, "levels", None):
        return 0
    if "waiting_count" not in g:
        with services().db.reading() as session:
            g.waiting_count = count_waiting(session, current_user.id)
    return int(g.waiting_count)


def sealed(name: str) -> str:
    """A name as it is cut into a seal: four characters for a Chinese name, initials for another."""
    name = name.strip()
    if not any("\u4e00" <= c <= "\u9fff" for c in name):
        return "".join(word[0] for word in name.split())[:3].upper() or "?"
    return name[:_MOST] + _FILL.get(len(name), "")
