"""What a file is, told by its name."""

from __future__ import annotations

import pytest

from hub.outlets import kind_of


@pytest.mark.parametrize(
    ("path", "content_type", "keep"),
    [
        ("i/1/index.html", "text/html; charset=utf-8", "max-age=60"),
        ("feed.xml", "application/rss+xml; charset=utf-8", "max-age=300"),
        ("c/jd/feed-summary.xml", "application/rss+xml; charset=utf-8", "max-age=300"),
        ("atom.xml", "application/atom+xml; charset=utf-8", "max-age=300"),
        ("feed.json", "application/feed+json", "max-age=300"),
        ("index.json", "application/json", "max-age=60"),
        ("sitemap.xml", "application/xml; charset=utf-8", "max-age=60"),
        ("subscribe/feeds.opml", "text/x-opml", "max-age=300"),
        ("live/1/event.ics", "text/calendar; charset=utf-8", "max-age=900"),
        ("icon.png", "image/png", "max-age=3600"),
        ("i/1/images/0123456789abcdef.png", "image/png", "max-age=86400, immutable"),
        ("x.unknown", "application/octet-stream", "max-age=60"),
        ("index", "application/octet-stream", "max-age=60"),
    ],
)
def test_a_name_tells_type_and_how_long_it_is_kept(path: str, content_type: str, keep: str) -> None:
    kind = kind_of(path)
    assert kind.content_type.startswith(content_type)
    assert kind.keep == keep


def test_a_stored_type_counts_where_the_name_says_nothing() -> None:
    assert kind_of("x.bin", "audio/ogg").media_type == "audio/ogg"
    assert kind_of("x.html", "application/pdf").media_type == "text/html"


def test_feeds_are_told_from_other_files() -> None:
    assert [kind_of(p).is_feed for p in ("feed.xml", "atom-2.xml", "feed.json", "sitemap.xml", "feed.html")] == [
        True,
        True,
        True,
        False,
        False,
    ]
