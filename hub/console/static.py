"""The built style sheet, scripts and icons, under addresses that change with their bytes."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, send_from_directory
from markupsafe import Markup

import hub
from hub.console.here import PREFIX

FOLDER = Path(hub.__file__).parent / "static"
A_YEAR = 365 * 24 * 3600


def register(app: Flask) -> None:
    """Serve `hub/static/` and give templates `asset(name)`."""
    versions = {
        path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file()
    }

    @app.get(f"{PREFIX}/static/<path:name>")
    def static(name: str) -> Response:
        answer = send_from_directory(FOLDER, name, max_age=A_YEAR)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    @app.template_global()
    def asset(name: str) -> str:
        """The address of a built file."""
        return f"{PREFIX}/static/{name}?v={versions.get(name, 'unbuilt')}"

    # A long list shows hundreds: as a macro they cost six times as much.
    @app.template_global()
    @cache
    def icon_of(name: str, kind: str = "") -> Markup:
        """An icon of the set, with a further class; the words beside it name it."""
        return Markup(
            '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
        ).format(kind, asset("icons.svg"), name)
