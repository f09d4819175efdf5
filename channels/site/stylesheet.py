"""The style sheet that feeds name, so that a browser shows a readable page instead of marks."""

from __future__ import annotations

from channels.base import File
from channels.site import paths
from channels.templating import environment


def feed_style() -> File:
    """`feed.css`, at the site's root."""
    return File(paths.FEED_STYLE, environment().get_template("site/feed.css").render().encode(), "text/css")
