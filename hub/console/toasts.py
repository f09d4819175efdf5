"""A sentence that says what was done, with the way back in it: instead of asking "are you sure?" before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Flask, flash

_MARK = "undo:"


def undoable(sentence: str, address: str, **fields: object) -> None:
    """Show the sentence on the next page, with a button that posts `fields` to `address` and so takes it back. A list
    is a field that is sent several times.
    """
    sent = [(name, str(one)) for name, value in fields.items() for one in _several(value)]
    flash(sentence, _MARK + json.dumps({"address": address, "fields": sent}))


def _several(value: object) -> Iterable[object]:
    return (value,) if isinstance(value, str) or not isinstance(value, Sequence) else value


def _way_back(category: str) -> dict[str, Any] | None:
    """What a flashed category says of the way back; None when there is none."""
    found: dict[str, Any] | None = json.loads(category.removeprefix(_MARK)) if category.startswith(_MARK) else None
    return found


def register(app: Flask) -> None:
    """Give templates `way_back(category)`."""
    app.jinja_env.globals["way_back"] = _way_back
