"""Only what is new in a feed, for readers' programs that ask for it (RFC 3229 with the instance manipulation "feed").

A feed is answered to them under a tag that names its entries, four bytes each. Who comes back with a tag is sent the
entries that it doesn't name. So no version has to be kept or noted, and a restart or another machine knows as much.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

from flask import Request, Response
from lxml import etree

from hub.outlets.kinds import Keep, kind_of
from hub.outlets.packing import SMALLEST, gzipped
from hub.public.files import Found, served, tag_of
from hub.public.headers import dress
from hub.public.links import ATOM, links_of

NAME_BYTES = 4
# RSS, Atom, and what tells that an Atom entry was deleted (RFC 6721).
ENTRIES = ("item", f"{ATOM}entry", "{http://purl.org/atompub/tombstones/1.0}deleted-entry")
# Feeds whose entries' names are remembered.
REMEMBERED = 1000
VARY = ("A-IM", "If-None-Match", "Accept-Encoding")


def is_wanted(found: Found, request: Request) -> bool:
    """Whether the request is for an XML feed and takes the entries alone. RFC 3229 says nothing of JSON."""
    kind = kind_of(found.path)
    manipulations = {part.partition(";")[0].strip().lower() for part in request.headers.get("A-IM", "").split(",")}
    return "feed" in manipulations and kind.is_feed and kind.media_type.endswith("xml")


def answer(found: Found, request: Request) -> Response:
    """304 when nothing is new, 226 with what is, or the whole feed to whoever has none of it; each with the tag to come
    back with.
    """
    with found.file.open("rb") as handle:
        version, data = tag_of(handle), handle.read()
    try:
        names = _names(version, data)
    except etree.XMLSyntaxError:
        return served(found, request)
    entries = _packed(names)
    known = _known(request)
    new = [number for number, name in enumerate(names) if name not in known]
    if known and 0 < len(new) < len(names):
        told = _part(found, request, _only(data, set(new)))
        told.set_etag(f"{version}.{entries}")
    else:
        told = served(found, request, entries=entries, holds=bool(known) and not new)
    told.vary.update(VARY)
    return told


def _known(request: Request) -> set[bytes]:
    """The entries that the tags in the request name."""
    known: set[bytes] = set()
    for tag in request.if_none_match.as_set(include_weak=True):
        packed = tag.partition(".")[2]
        try:
            joined = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        except ValueError:
            continue
        known.update(joined[start : start + NAME_BYTES] for start in range(0, len(joined), NAME_BYTES))
    return known


def _packed(names: list[bytes]) -> str:
    return base64.urlsafe_b64encode(b"".join(names)).decode().rstrip("=")


_read: dict[str, list[bytes]] = {}


def _names(version: str, data: bytes) -> list[bytes]:
    """The entries' names in their order: of an entry's every byte, so that a corrected one has another."""
    names = _read.get(version)
    if names is None:
        if len(_read) >= REMEMBERED:
            _read.clear()
        elements = _entries(_parsed(data))
        names = [hashlib.sha256(etree.tostring(each, with_tail=False)).digest()[:NAME_BYTES] for each in elements]
        _read[version] = names
    return names


def _only(data: bytes, numbers: set[int]) -> bytes:
    """The document with these of its entries, and all that it says of itself."""
    root = _parsed(data)
    for number, element in enumerate(_entries(root)):
        if number not in numbers:
            element.getparent().remove(element)
    document: bytes = etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)
    return document


def _parsed(data: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(data, parser)


def _entries(root: Any) -> list[Any]:
    return list(root.iter(*ENTRIES))


def _part(found: Found, request: Request, data: bytes) -> Response:
    told = Response(status=226, headers={"IM": "feed"})
    if len(data) >= SMALLEST and request.accept_encodings.quality("gzip") > 0:
        data = gzipped(data)
        told.content_encoding = "gzip"
    told.data = data
    told.last_modified = datetime.fromtimestamp(int(found.file.stat().st_mtime), UTC)
    for link in links_of(found.path, found.file):
        told.headers.add("Link", link)
    dress(told, found.path)
    # A store that knows RFC 3229 may keep it; another one would give it to whoever lacks the rest.
    told.headers["Cache-Control"] = f"no-store, im, {Keep.FEED}"
    return told
