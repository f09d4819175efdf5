"""The words that were looked for, marked in a title and in a piece of the text around them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

# Characters shown, and how many of them before the first word found.
SHOWN = 110
BEFORE = 30


def marked(text: str, needles: Sequence[str]) -> Markup:
    """The text with every one of the words in it marked."""
    pattern = _pattern(needles)
    if pattern is None:
        return Markup("") + text
    made, at = Markup(""), 0
    for found in pattern.finditer(text):
        made += escape(text[at : found.start()]) + Markup("<mark>{}</mark>").format(found[0])
        at = found.end()
    return made + escape(text[at:])


def excerpt(text: str, needles: Sequence[str]) -> Markup:
    """The part of the text where the first of the words stands, marked; its beginning when none does."""
    pattern = _pattern(needles)
    found = pattern.search(text) if pattern else None
    start = max(0, found.start() - BEFORE) if found else 0
    part = text[start : start + SHOWN]
    return ("……" if start else "") + marked(part, needles) + ("……" if start + SHOWN < len(text) else "")


def _pattern(needles: Sequence[str]) -> re.Pattern[str] | None:
    longest_first = sorted(filter(None, needles), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if longest_first else None
