"""Text that XML, HTML and iCalendar can all carry."""

from __future__ import annotations

import re

from channels.text.cleaning import clean

_DAMAGED = re.compile("[\x80-\x9f\ufffd]")
_ENTITY = re.compile(r"&(?=#?\w)")


def legal(text: str) -> str:
    """The text with every character that XML 1.0 forbids replaced by U+FFFD and line ends as LF.

    Here for what doesn't come from a manuscript: one such character in one entry makes a whole feed unreadable.
    """
    return clean(text)


def one_line(text: str) -> str:
    """`legal` text with every run of white space, line ends included, as one space, and none at the ends."""
    return " ".join(clean(text).split())


def seen(text: str) -> str:
    """`legal` text with a white square for every character that stands for a damaged one, as Chinese print shows what
    can't be read. The W3C validator takes U+FFFD and C1 controls for a broken encoding.
    """
    return _DAMAGED.sub("□", clean(text))


def untagged(text: str) -> str:
    """Plain text for a feed, on one line: readers and the validator differ on whether `<` and `&` begin markup there,
    but full-width signs can't be taken for it.
    """
    return _ENTITY.sub("＆", one_line(seen(text))).replace("<", "＜").replace(">", "＞")
