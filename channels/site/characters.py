"""The one choke point for characters that XML, HTML and iCalendar can't carry."""

from __future__ import annotations

import re

# Everything outside XML 1.0's Char production: C0 controls, lone surrogates, U+FFFE and U+FFFF. One of them in one
# article would make the generator refuse the whole feed.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPACES = re.compile(r"\s+")


def legal(text: str) -> str:
    """The text with every character that XML 1.0 forbids replaced by U+FFFD."""
    return _ILLEGAL.sub("\ufffd", text)


def one_line(text: str) -> str:
    """`legal` text with every run of white space, line ends included, as one space, and none at the ends."""
    return _SPACES.sub(" ", legal(text)).strip()
