"""A file of the site as an answer: whole or in part, packed or plain, or "not modified"."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path

from flask import Request, Response
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.security import safe_join
from werkzeug.wsgi import wrap_file

from channels.site import paths
from hub.outlets.packing import ENCODINGS
from hub.public.headers import Answer, dress
from hub.public.links import links_of

# How many files' hashes are remembered: those asked for again and again are a few hundred.
REMEMBERED = 10_000
_tags: dict[tuple[str, int, int, int, int], str] = {}


@dataclass(frozen=True)
class Found:
    """A file by its path below the site's root."""

    root: Path
    path: str

    @property
    def file(self) -> Path:
        """Where it lies."""
        return self.root / self.path


def find(root: Path, path: str) -> Found | bool:
    """The file for the address below the root. True for a folder whose slash is missing; False for what is not there
    or not meant for the public.
    """
    if _is_hidden(path):
        return False
    joined = safe_join(str(root), path)
    if joined is None:
        return False
    if path == "" or path.endswith("/"):
        joined = f"{joined.rstrip('/')}/index.html"
    elif Path(joined).is_dir():
        return True
    return Found(root, os.path.relpath(joined, root)) if Path(joined).is_file() else False


def is_gone(root: Path, path: str) -> bool:
    """Whether the address is of something that stood in a piece's folder until the piece was withdrawn."""
    if _is_hidden(path) or path.count("/") < 2:
        return False
    marker = safe_join(str(root), *path.split("/")[:2], paths.GONE)
    return marker is not None and Path(marker).is_file()


def _is_hidden(path: str) -> bool:
    return "\x00" in path or any(part.startswith(".") for part in path.split("/"))


def served(found: Found, request: Request, *, entries: str = "", holds: bool = False) -> Response:
    """The file as the request wants it: by encoding, date, tag and range. `entries` is appended to the tag; `holds`:
    whoever asks has the file already, whatever their tag.
    """
    encoding, handle = _opened(found, request)
    answer = _body(found, request, encoding, handle)
    answer.set_etag(".".join(filter(None, (tag_of(handle), entries))))
    answer.last_modified = datetime.fromtimestamp(int(os.fstat(handle.fileno()).st_mtime), UTC)
    size = os.fstat(handle.fileno()).st_size
    try:
        environ = _conditions(request, encoding) | ({"HTTP_IF_NONE_MATCH": answer.headers["ETag"]} if holds else {})
        answer.make_conditional(environ, accept_ranges=not encoding, complete_length=size)
    except RequestedRangeNotSatisfiable:
        handle.close()
        return _beyond(found, size)
    if encoding or answer.status_code != 200:
        answer.headers.pop("Accept-Ranges", None)
    return dress(answer, found.path)


def missing(root: Path, page: str, status: int, request: Request) -> Response | None:
    """The site's own page that says so, when it has one."""
    found = find(root, page)
    if not isinstance(found, Found):
        return None
    encoding, handle = _opened(found, request)
    answer = _body(found, request, encoding, handle)
    answer.status_code = status
    return dress(answer, page)


def tag_of(handle: BufferedReader) -> str:
    """A name of the open file's bytes: of the content, so that a rebuild or another machine gives the same."""
    told = os.fstat(handle.fileno())
    key = (handle.name, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)
    tag = _tags.get(key)
    if tag is None:
        tag = hashlib.file_digest(handle, "sha256").hexdigest()[:32]
        handle.seek(0)
        if len(_tags) >= REMEMBERED:
            _tags.clear()
        _tags[key] = tag
    return tag


def _opened(found: Found, request: Request) -> tuple[str, BufferedReader]:
    """The twin that the request takes, else the plain file; with the name of its encoding."""
    taken = {name.lower() for name, quality in request.accept_encodings if quality > 0}
    for encoding, ending in ENCODINGS.items():
        if encoding in taken:
            try:
                return encoding, Path(f"{found.file}{ending}").open("rb")
            except FileNotFoundError:
                continue
    return "", found.file.open("rb")


def _body(found: Found, request: Request, encoding: str, handle: BufferedReader) -> Response:
    answer = Answer(wrap_file(request.environ, handle), direct_passthrough=True)
    answer.content_length = os.fstat(handle.fileno()).st_size
    if encoding:
        answer.content_encoding = encoding
    if any(Path(f"{found.file}{ending}").exists() for ending in ENCODINGS.values()):
        answer.vary.add("Accept-Encoding")
    for link in links_of(found.path, found.file):
        answer.headers.add("Link", link)
    return answer


def _conditions(request: Request, encoding: str) -> dict[str, str]:
    """The request's environment. Several ranges at once, other units and ranges of what is packed are answered with the
    whole, as RFC 9110, 14.2 lets a server do and nginx does.
    """
    asked = request.headers.get("Range", "")
    environ = dict(request.environ)
    if encoding or "," in asked or not asked.startswith("bytes="):
        environ.pop("HTTP_RANGE", None)
    return environ


def _beyond(found: Found, size: int) -> Response:
    answer = dress(Response(status=416, headers={"Content-Range": f"bytes */{size}"}), found.path)
    answer.headers["Content-Type"] = "text/html"
    return answer
