"""Chinese first, English beside it; times in the office's zone, with the zone named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, g, request, session
from flask_babel import Babel, get_locale, gettext
from flask_login import current_user
from markupsafe import Markup

import hub
from channels.words import Words
from hub.console.links import here_or, see

TRANSLATIONS = Path(hub.__file__).parent / "translations"
LANGUAGES = ("zh", "en")

screen = Blueprint("language", __name__)


def register(app: Flask) -> None:
    """Choose the language of every answer and teach templates to write words and times in it."""
    Babel(
        app,
        default_locale="zh",
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=chosen,
    )
    app.jinja_env.filters.update(words=in_language, time=local_time, clock=clock_time, day=local_day)
    app.jinja_env.globals.update(language=chosen, zone_name=zone_name, _=_catalogue())


def chosen() -> str:
    """The language picked on the screen, else the user's, else the browser's, else Chinese."""
    picked = session.get("language")
    if picked in LANGUAGES:
        return str(picked)
    if current_user and current_user.is_authenticated and current_user.language in LANGUAGES:
        return str(current_user.language)
    return request.accept_languages.best_match(LANGUAGES, "zh") or "zh"


def spoken() -> str:
    """The language of this answer, asked once: a page looks it up a thousand times."""
    if "spoken" not in g:
        g.spoken = str(get_locale())
    return str(g.spoken)


def _catalogue() -> Callable[..., Markup]:
    """What `_` does in templates. Each sentence is looked up once a language; the extension's own way asks for the
    language, the domain and the catalogue at each.
    """
    known: dict[tuple[str, str], Markup] = {}

    def translated(sentence: str, **values: Any) -> Markup:
        key = spoken(), sentence
        if key not in known:
            known[key] = Markup(gettext(sentence))  # noqa: S704 (our own words, never what somebody typed)
        return known[key] % values

    return translated


def in_language(words: Words | dict[str, str] | None) -> str:
    """Words, or the same as stored data, in the screen's language."""
    if words is None:
        return ""
    if isinstance(words, Words):
        return words.in_(spoken())
    return words["zh" if spoken().startswith("zh") else "en"]


def local_time(instant: datetime, zone: ZoneInfo) -> str:
    """An instant as date and time to the minute: 2026-11-23 09:05."""
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def clock_time(instant: datetime, zone: ZoneInfo) -> str:
    """An instant to the second: 2026-11-23 09:05:07."""
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def local_day(instant: datetime, zone: ZoneInfo) -> str:
    """The day of an instant: 2026-11-23."""
    return instant.astimezone(zone).strftime("%Y-%m-%d")


def zone_name(zone: ZoneInfo) -> str:
    """The zone as screens name it."""
    names = {"Asia/Shanghai": Words("北京时间", "Beijing time"), "Asia/Urumqi": Words("新疆时间", "Xinjiang time")}
    return in_language(names.get(zone.key, Words(zone.key, zone.key)))


@screen.post("/language")
def switch() -> Response:
    """Change the language of this session and come back."""
    if (wanted := request.form.get("language")) in LANGUAGES:
        session["language"] = wanted
    return see(here_or("desk.home"))
