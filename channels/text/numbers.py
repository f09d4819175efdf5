"""Document numbers (发文字号): which forms are legal, and what a wrong one should be.

GB/T 9704—2012, 7.2.5: issuer code, the year in four digits within 〔〕 (U+3014/3015), the number without a leading zero
or 第, then 号. Orders (市政府令第215号) and lists (〔2024〕5号、6号) are legal forms of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

GROUND = "GB/T 9704—2012 7.2.5"
_ISSUER = r"[\u4e00-\u9fff]{1,10}"
_OPEN, _CLOSE = r"[〔\[［【（(﹝{]", r"[〕\]］】）)﹞}]"
# Anything that is meant as a document number: an issuer code, a bracketed year, a number, 号.
LIKE = re.compile(rf"({_ISSUER})\s*{_OPEN}\s*(\d{{2,4}})\s*(?:年)?\s*{_CLOSE}\s*(第)?\s*(\d{{1,9}})\s*号")
LEGAL = re.compile(rf"{_ISSUER}〔\d{{4}}〕[1-9]\d*号(?:、[1-9]\d*号)*")
# An ordinal before the year is no part of the issuer's code: 川办函第〔2021〕57号.
_ORDINAL = re.compile(r"第\s*$")
ORDER = re.compile(rf"{_ISSUER}令第[1-9]\d*号")
# Words that stand before an issuer code in running text and belong to none.
_BEFORE = re.compile(
    r".*(?:根据|依据|依照|按照|遵照|落实|执行|印发|转发|参照|参见|文件|文号|的|以|即|和|与|及)(?=[\u4e00-\u9fff])"
)


@dataclass(frozen=True)
class WrongNumber:
    """A document number in a wrong form, and the right one."""

    found: str
    right: str


def is_legal(number: str) -> bool:
    """Whether the whole text is a document number, a list of them, or an order's number."""
    return bool((LEGAL.fullmatch(number) and "第〔" not in number) or ORDER.fullmatch(number))


def wrong_numbers(text: str) -> list[WrongNumber]:
    """Every document number in the text whose form is wrong. A two-digit year is left alone: which century is a
    person's to say.
    """
    wrong = []
    for match in LIKE.finditer(text):
        leading = _BEFORE.match(match[1])
        found = match[0][leading.end() if leading else 0 :]
        _issuer, year, _ordinal, number = match.groups()
        issuer = _ORDINAL.sub("", found[: len(match[1]) - (leading.end() if leading else 0)])
        if not issuer:
            continue
        right = f"{issuer}〔{int(year)}〕{int(number)}号"
        if found != right and len(year) == 4:
            wrong.append(WrongNumber(found, right))
    return wrong
