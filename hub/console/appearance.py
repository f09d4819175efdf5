"""How the console looks to one browser: light or dark, and the elder mode 长者模式. Kept in a cookie, so that the page
comes from the server as it stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from flask_babel import lazy_gettext as _

from hub.console.here import PREFIX
from hub.console.links import here_or, see

COOKIE = "yigao-look"
A_YEAR = 365 * 24 * 3600
# By its key: the word and the icon. "auto" is whatever the device says.
THEMES: dict[str, tuple[Any, str]] = {
    "auto": (_("跟随系统"), "sun-moon"),
    "light": (_("浅色"), "sun"),
    "dark": (_("深色"), "moon"),
}

screen = Blueprint("appearance", __name__)


@dataclass(frozen=True)
class Look:
    """What a browser has chosen."""

    theme: str = "auto"
    elder: bool = False
    # Single-key shortcuts can be turned off (WCAG 2.1, 2.1.4): a voice or a shaking hand presses them by mistake.
    keys: bool = True

    @property
    def attributes(self) -> str:
        """What the html element carries of it; nothing for a browser that has chosen nothing."""
        theme = f' data-theme="{self.theme}"' if self.theme != "auto" else ""
        keys = "" if self.keys else ' data-keys="off"'
        return theme + keys + (' class="elder"' if self.elder else "")


def look() -> Look:
    """What this browser has chosen; whatever is no choice of ours counts as none."""
    chosen = set(request.cookies.get(COOKIE, "").split("."))
    theme = next((t for t in ("light", "dark") if t in chosen), "auto")
    return Look(theme, "elder" in chosen, "nokeys" not in chosen)


def register(app: Flask) -> None:
    """Give templates `look()` and the themes."""
    app.jinja_env.globals.update(look=look, THEMES=THEMES)


@screen.post("/appearance")
def switch() -> Response:
    """Keep what was chosen, and come back."""
    now, form = look(), request.form
    theme = form.get("theme", now.theme)
    parts = [theme] if theme in ("light", "dark") else []
    parts += ["elder"] if form.get("elder", str(int(now.elder))) == "1" else []
    parts += ["nokeys"] if form.get("keys", str(int(now.keys))) == "0" else []
    answer = see(here_or("desk.home"))
    answer.set_cookie(
        COOKIE,
        ".".join(parts),
        max_age=A_YEAR,
        path=PREFIX,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return answer
