"""The one Jinja environment of everything the channels and the public site write as HTML."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

import channels

# The wheel mirrors the checkout: templates/ lies beside the package in both.
TEMPLATES = Path(channels.__file__).parent.parent / "templates"


@cache
def environment() -> jinja2.Environment:
    """The environment: every template escapes, and a name that isn't there raises `jinja2.UndefinedError`."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    # For `tojson` in JSON-LD: Chinese stays readable; `<`, `>`, `&` and `'` are escaped by the filter itself.
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    return made
