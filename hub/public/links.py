"""What a feed says of itself in its body, said again in a header: where it lives, and which hub tells of its changes
(WebSub, 4). Read from the file, so that the two can't differ and nobody has to be asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from hub.outlets import kind_of

ATOM = "{http://www.w3.org/2005/Atom}"
TOLD = ("hub", "self")
# Up to its first entry a feed says what it is; after this much it is none of ours.
_HEAD_BYTES = 65_536


def links_of(path: str, file: Path) -> tuple[str, ...]:
    """The Link headers of the file; none for what is no feed, or doesn't say."""
    kind = kind_of(path)
    if not kind.is_feed:
        return ()
    told = file.stat()
    return _links(file, kind.media_type.endswith("json"), told.st_mtime_ns, told.st_ino)


@lru_cache(maxsize=2048)
def _links(file: Path, is_json: bool, _time: int, _inode: int) -> tuple[str, ...]:
    pairs = _json_links(file) if is_json else _xml_links(file)
    return tuple(f'<{href}>; rel="{rel}"' for rel, href in sorted(pairs) if href.isascii() and ">" not in href)


def _json_links(file: Path) -> Iterator[tuple[str, str]]:
    try:
        feed = json.loads(file.read_bytes())
    except ValueError:
        return
    if isinstance(feed.get("feed_url"), str):
        yield "self", feed["feed_url"]
    for hub in feed.get("hubs", ()):
        yield "hub", hub["url"]


def _xml_links(file: Path) -> Iterator[tuple[str, str]]:
    parser = etree.XMLPullParser(("start",), tag=None, resolve_entities=False, no_network=True)
    with file.open("rb") as handle:
        head = handle.read(_HEAD_BYTES)
    try:
        parser.feed(head)
    except etree.XMLSyntaxError:
        return
    element: Any
    for _, element in parser.read_events():
        if element.tag in ("item", f"{ATOM}entry"):
            return
        if element.tag == f"{ATOM}link" and element.get("rel") in TOLD:
            yield element.get("rel"), element.get("href", "")
