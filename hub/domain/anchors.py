"""Where a comment hangs: a passage's words and those around it, by which it is found again in a later version."""

from __future__ import annotations

from dataclasses import dataclass

# So many characters before and after are kept.
AROUND = 30
# Of a passage, so many are kept: more is about the whole field.
MOST = 1000


@dataclass(frozen=True)
class Anchor:
    """A passage of a field: its words, and what stood before and after."""

    quote: str
    before: str = ""
    after: str = ""


def anchor(text: str, start: int, end: int) -> Anchor:
    """The anchor of `text[start:end]`."""
    end = min(end, start + MOST)
    return Anchor(text[start:end], text[max(0, start - AROUND) : start], text[end : end + AROUND])


def place(text: str, wanted: Anchor) -> tuple[int, int] | None:
    """Where the passage is in the text now; None when its words are not there any more. Of several places with the same
    words, the one whose surroundings are most like what they were.
    """
    if not wanted.quote:
        return None
    best, found, at = -1, None, text.find(wanted.quote)
    while at >= 0:
        end = at + len(wanted.quote)
        alike = _tail(text[max(0, at - AROUND) : at], wanted.before) + _head(text[end : end + AROUND], wanted.after)
        if alike > best:
            best, found = alike, (at, end)
        at = text.find(wanted.quote, at + 1)
    return found


def _head(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _tail(one: str, other: str) -> int:
    """How many characters both end with."""
    return _head(one[::-1], other[::-1])
