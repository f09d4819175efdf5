"""What a public file is, told by its name alone: its media type, how long it may be kept, whether it is packed.

One table for the hub's own server, the object store, and `deploy/nginx.conf`, which repeats it (a test compares them).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Keep(StrEnum):
    """How long a copy may be kept, as a Cache-Control header. It is also how often a reader's program asks again."""

    PAGE = "max-age=60"
    FEED = "max-age=300"
    CALENDAR = "max-age=900"
    ASSET = "max-age=3600"
    # Named by its content. A day and not a year: what is withdrawn must leave the caches too.
    FOREVER = "max-age=86400, immutable"


@dataclass(frozen=True)
class Kind:
    """`media_type` is without charset. `packed`: has a `.gz` and a `.br` beside it. `active`: a browser runs or styles
    it, so it is sent with a content security policy.
    """

    media_type: str
    keep: Keep = Keep.PAGE
    packed: bool = False
    active: bool = False

    @property
    def content_type(self) -> str:
        """The Content-Type header. JSON takes no charset (RFC 8259, 11)."""
        text = self.media_type.startswith("text/") or "xml" in self.media_type
        return f"{self.media_type}; charset=utf-8" if text else self.media_type

    @property
    def is_feed(self) -> bool:
        """Whether readers' programs come back for it, and may be told only what is new."""
        return self.media_type in FEEDS


FEEDS = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})

# By name, where the ending says nothing; feed.xml and feed-summary.xml, but no feed-list.html.
_NAMED = (
    (re.compile(r"feed[^/]*\.xml"), Kind("application/rss+xml", Keep.FEED, packed=True, active=True)),
    (re.compile(r"atom[^/]*\.xml"), Kind("application/atom+xml", Keep.FEED, packed=True, active=True)),
    (re.compile(r"feed[^/]*\.json"), Kind("application/feed+json", Keep.FEED, packed=True)),
)
_HASHED = re.compile(r"[0-9a-f]{16,64}\.\w+")
_ENDINGS = {
    "html": Kind("text/html", Keep.PAGE, packed=True, active=True),
    "txt": Kind("text/plain", Keep.PAGE, packed=True),
    "xml": Kind("application/xml", Keep.PAGE, packed=True, active=True),
    "json": Kind("application/json", Keep.PAGE, packed=True),
    "opml": Kind("text/x-opml", Keep.FEED, packed=True),
    "ics": Kind("text/calendar", Keep.CALENDAR, packed=True),
    "css": Kind("text/css", Keep.ASSET, packed=True),
    "js": Kind("text/javascript", Keep.ASSET, packed=True),
    "vtt": Kind("text/vtt", Keep.ASSET, packed=True),
    "srt": Kind("application/x-subrip", Keep.ASSET, packed=True),
    "svg": Kind("image/svg+xml", Keep.ASSET, packed=True, active=True),
    "png": Kind("image/png", Keep.ASSET),
    "jpg": Kind("image/jpeg", Keep.ASSET),
    "jpeg": Kind("image/jpeg", Keep.ASSET),
    "gif": Kind("image/gif", Keep.ASSET),
    "webp": Kind("image/webp", Keep.ASSET),
    "ico": Kind("image/x-icon", Keep.ASSET),
    "woff2": Kind("font/woff2", Keep.ASSET),
    "mp3": Kind("audio/mpeg", Keep.ASSET),
    "m4a": Kind("audio/mp4", Keep.ASSET),
    "mp4": Kind("video/mp4", Keep.ASSET),
    "zip": Kind("application/zip"),
}


def kind_of(path: str, media_type: str = "") -> Kind:
    """The kind of the file at `path`. `media_type` (a charset in it is ignored) counts for an ending that the table
    doesn't know, for whoever stores a type with the file; a server that sees only names sends octets.
    """
    name = path.rpartition("/")[2].lower()
    for pattern, kind in _NAMED:
        if pattern.fullmatch(name):
            return kind
    found = _ENDINGS.get(name.rpartition(".")[2])
    if found is None:
        return Kind(media_type.partition(";")[0].strip() or "application/octet-stream")
    if _HASHED.fullmatch(name):
        return Kind(found.media_type, Keep.FOREVER, found.packed, found.active)
    return found


def endings() -> dict[str, Kind]:
    """The table by ending, for whoever writes it down elsewhere."""
    return dict(_ENDINGS)
