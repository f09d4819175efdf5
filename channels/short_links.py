"""Short addresses: `/s/<code>` leads to a piece, its livestream's page or a policy, whatever they are called by then.

A code is a number and a check character, so that a slip of the pen finds nothing instead of something else. It is made
from what never changes and needs no table: it exists before the first publication, and leads there with no database.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from channels.manuscript import Manuscript, SiteInfo

FOLDER = "s/"
# Without what is taken for one another (0 o, 1 i l, e c, u v). Their number is a prime: then the weighted sum finds
# each single wrong character and every two neighbours that changed places, as ISBN-10's does with 11.
ALPHABET = "23456789abcdfghjkmnpqrstvwxyz"
_BASE = len(ALPHABET)
_LEAST = 3
_MOST = 12
# Room for one more kind.
_KINDS = 4


class Kind(StrEnum):
    """What a code leads to, by the folder of its places below the site's root. The order is part of every code."""

    PIECE = "i"
    POLICY = "p"
    LIVESTREAM = "live"


class Target(NamedTuple):
    """A thing with a page, by its number in the database."""

    kind: Kind
    id: int

    @property
    def place(self) -> str:
        """Its place below the site's root: `i/12/`."""
        return f"{self.kind.value}/{self.id}/"

    @property
    def code(self) -> str:
        """Four characters up to number 6,096, five up to 176,820."""
        digits = _digits(self.id * _KINDS + list(Kind).index(self.kind))
        return "".join(ALPHABET[digit] for digit in (*digits, -_weighed(digits, 2) % _BASE))


def read(code: str) -> Target | None:
    """The target of a code as somebody typed it, in capitals or small letters; None when it is none."""
    found = [ALPHABET.find(character) for character in code.lower()]
    if not _LEAST < len(found) <= _MOST or min(found) < 0 or _weighed(found, 1) % _BASE:
        return None
    number = 0
    for digit in found[:-1]:
        number = number * _BASE + digit
    id_, kind = divmod(number, _KINDS)
    if kind >= len(Kind) or id_ == 0:
        return None
    target = Target(list(Kind)[kind], id_)
    return target if target.code == code.lower() else None


def address(site: SiteInfo, target: Target, channel: str = "") -> str:
    """The whole short address. With `channel` it says through which one it was found: a part of the path, because
    apps cut off or add to what comes after a question mark.
    """
    return f"{site.base_url}{FOLDER}{target.code}" + (f"/{channel}" if channel else "")


def address_in(manuscript: Manuscript, channel: str, kind: Kind = Kind.PIECE) -> str:
    """What a channel shows or draws; empty for a manuscript outside a database, which has no number."""
    imprint = manuscript.imprint
    return address(imprint.site, Target(kind, imprint.id), channel) if imprint.id is not None else ""


def _digits(number: int) -> list[int]:
    digits: list[int] = []
    while number or len(digits) < _LEAST:
        number, digit = divmod(number, _BASE)
        digits.insert(0, digit)
    return digits


def _weighed(digits: list[int], last: int) -> int:
    """The sum of the digits, each weighed with its place, the last one with `last`."""
    return sum(weight * digit for weight, digit in enumerate(reversed(digits), last))
