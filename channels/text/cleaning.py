"""The one choke point for text: what passes here can stand in XML, HTML, a database and a file name's label."""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"
# The characters XML 1.0 allows; one other character in one article makes a whole feed unreadable.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BOM = b"\xef\xbb\xbf"


def clean(text: str) -> str:
    """The text with illegal XML characters replaced by U+FFFD and line ends made LF; everything else stays.

    Idempotent. Source of the character set: XML 1.0, production 2 (Char).
    """
    return _ILLEGAL.sub(REPLACEMENT, text.replace("\r\n", "\n").replace("\r", "\n"))


def decode(data: bytes) -> str:
    """UTF-8 bytes as clean text. A byte order mark is dropped; bytes that are no UTF-8 become U+FFFD. Never raises."""
    return clean(data.removeprefix(_BOM).decode("utf-8", errors="replace"))


def illegal_places(text: str) -> list[tuple[int, int, int]]:
    """Where `clean` would replace something: (line, column, code point), line and column counted from 1."""
    places = []
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        places += [(number, m.start() + 1, ord(m[0])) for m in _ILLEGAL.finditer(line)]
    return places


def replaced_lines(text: str) -> list[int]:
    """The lines, counted from 1, of a cleaned text in which something was replaced."""
    return [number for number, line in enumerate(text.split("\n"), start=1) if REPLACEMENT in line]
