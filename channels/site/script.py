"""The one script of the site. What it adds can be done without: elder mode from page to page, a countdown."""

from __future__ import annotations

from channels.base import File
from channels.site import paths
from channels.templating import TEMPLATES


def script() -> File:
    """`site.js`."""
    return File(paths.SCRIPT, (TEMPLATES / "site" / paths.SCRIPT).read_bytes(), "text/javascript; charset=utf-8")
