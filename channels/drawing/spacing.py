"""How wide characters stand next to each other: squeezed punctuation, the gap between Chinese and Latin, line edges.

Everything is in em. The rules are those of CLREQ (W3C, Requirements for Chinese Text Layout, 3.1.6 and 3.2) and
GB/T 15834—2011, 5.1.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from channels.drawing.fonts import GETA, advance, has_glyph

# Full-width marks whose blank half is on the left (opening) or on the right (closing and stops, as set in mainland
# China, at the lower left of their square).
OPENING = frozenset("（〔［｛【《〈「『“‘〖")
CLOSING = frozenset("）〕］｝】》〉」』”’〗、。，．：；！？")
# No line starts with these and none ends with those.
NO_START = CLOSING | frozenset("…·～％‰℃々!),.:;?]}%'»›‐–-~")
NO_END = OPENING | frozenset("([{¥￥$№#«‹")
HALF = 0.5
# CLREQ allows up to a quarter; a sixth keeps dates such as 2021年12月31日 together.
GAP = 1 / 6
_TWO_EM_DASH = "⸺"


@dataclass(frozen=True)
class Metrics:
    """One paragraph measured: what layout needs to know, and nothing about pixels.

    `chars[i]` is drawn `widths[i]` wide; `joins[i]` is added between i and i+1 when they share a line; `heads[i]` is
    saved when i starts a line, `tails[i]` when it ends one.
    """

    chars: tuple[str, ...]
    widths: tuple[float, ...]
    joins: tuple[float, ...]
    heads: tuple[float, ...]
    tails: tuple[float, ...]

    @property
    def text(self) -> str:
        """The measured text."""
        return "".join(self.chars)


@lru_cache(maxsize=2048)
def is_han(char: str) -> bool:
    """Whether the character is set in a square and is no punctuation: ideographs, kana, bopomofo."""
    return unicodedata.east_asian_width(char) in "WF" and unicodedata.category(char)[0] in "LN"


@lru_cache(maxsize=2048)
def _is_latin(char: str) -> bool:
    return char.isalnum() and not is_han(char)


def tidy(paragraph: str) -> str:
    """The paragraph as it is set: spaces collapsed, and dropped where the gap between scripts stands for them.

    An ideographic space is set on purpose and stays.
    """
    normal = unicodedata.normalize("NFC", paragraph)
    text = re.sub(r"[\s\x00-\x1f\x7f]+", lambda run: "\u3000" if "\u3000" in run[0] else " ", normal).strip()
    return re.sub(r"(?<=(.)) (?=(.))", _space_between, text)


def _space_between(match: re.Match[str]) -> str:
    left, right = match[1], match[2]
    scripts = (is_han(left) and _is_latin(right)) or (_is_latin(left) and is_han(right))
    return "" if scripts or {left, right} & (OPENING | CLOSING) else " "


@lru_cache(maxsize=1024)
def measure(text: str, weight: int) -> Metrics:
    """Measure a tidied paragraph in the face of `weight`."""
    chars = tuple(_drawn(text))
    widths = tuple(_width(char, weight) for char in chars)
    joins = (*(_join(a, b) for a, b in pairwise(chars)), 0.0)
    heads = tuple(HALF if c in OPENING else w if c.isspace() else 0.0 for c, w in zip(chars, widths, strict=True))
    tails = tuple(HALF if c in CLOSING else w if c.isspace() else 0.0 for c, w in zip(chars, widths, strict=True))
    return Metrics(chars, widths, joins, heads, tails)


def _drawn(text: str) -> list[str]:
    """One drawable character per character: a missing glyph as the geta mark, a pair of dashes as one long stroke."""
    chars = [char if has_glyph(char) else GETA for char in text]
    i = 0
    while i + 1 < len(chars):
        if chars[i] == chars[i + 1] == "—":
            chars[i], chars[i + 1] = _TWO_EM_DASH, "\u2060"
            i += 1
        i += 1
    for i, char in enumerate(chars):
        if char == "’" and i > 0 and _is_latin(chars[i - 1]):
            chars[i] = "'"
    return chars


def _width(char: str, weight: int) -> float:
    return 2.0 if char == _TWO_EM_DASH else advance(char, weight)


@lru_cache(maxsize=16384)
def _join(left: str, right: str) -> float:
    if left in CLOSING and (right in CLOSING or right in OPENING):
        return -HALF
    if left in OPENING and right in OPENING:
        return -HALF
    if (is_han(left) and _is_latin(right)) or ((_is_latin(left) or left in "%+") and is_han(right)):
        return GAP
    return 0.0
