"""The announcement page, and the same text for feeds."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from channels.base import File
from channels.livestream.announcement import Announcement
from channels.livestream.wording import policy_words
from channels.manuscript import Manuscript
from channels.templating import environment

POSTER_SIZE = (1080, 1920)


def content_html(manuscript: Manuscript, told: Announcement, picture: File) -> str:
    """The announcement as clean HTML with absolute addresses, the poster last: what feeds carry."""
    image = {"src": f"{told.page_url}{picture.path}", "alt": picture.alt}
    return _render("feed.html", **_facts(manuscript, told), image=image)


def _facts(manuscript: Manuscript, told: Announcement) -> dict[str, Any]:
    content = manuscript.content
    stream = content.livestream
    starts = stream.starts.astimezone(ZoneInfo(manuscript.imprint.zone)).isoformat() if stream else ""
    policies = [(policy_words(p), p.url if p.url.startswith(("https://", "http://")) else "") for p in content.policies]
    points = [point for point in content.key_points if point.heading or point.text]
    return {"told": told, "starts_iso": starts, "summary": content.summary, "points": points, "policies": policies}


def _render(name: str, **values: Any) -> str:
    return environment().get_template(f"channels/livestream/{name}").render(values)
