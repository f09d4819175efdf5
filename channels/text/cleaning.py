"""The one choke point for text: what passes here can stand in XML, HTML, a database and a file name's label."""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"
# The characters XML 1.0 allows, less the controls and noncharacters that HTML forbids (WHATWG HTML 13.2.3.5): one other
# character in one article makes a whole feed unreadable, or a page invalid.
_PLANE_ENDS = "".join(chr(plane * 0x10000 + end) for plane in range(1, 17) for end in (0xFFFE, 0xFFFF))
_ILLEGAL = re.compile(
    f"[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]|[{_PLANE_ENDS}]"
)
_BOM = b"\xef\xbb\xbf"


def clean(text: str) -> str:
    """The text with illegal characters replaced by U+FFFD and line ends made LF; everything else stays.

    Idempotent. Source of the character set: XML 1.0, production 2 (Char).
    """
    return _ILLEGAL.sub(REPLACEMENT, text.replace("\r\n", "\n").replace("\r", "\n"))


def decode(data: bytes) -> str:
    """UTF-8 bytes as clean text. A byte order mark is dropped; bytes that are no UTF-8 become U+FFFD. Never raises."""
    return clean(data.removeprefix(_BOM).decode("utf-8", errors="replace"))


def replaced_lines(text: str) -> list[int]:
    """The lines, counted from 1, of a cleaned text in which something was replaced."""
    return [number for number, line in enumerate(text.split("\n"), start=1) if REPLACEMENT in line]
