"""Personal data that no publication may carry: found before review, and never repeated in clear by what is said.

Sources: GB 11643—1999 (citizen identification numbers, check digit by ISO 7064 MOD 11-2), ISO/IEC 7812-1 (payment
cards, Luhn), and 个人信息保护法. Social credit codes (GB 32100), index numbers and office phones are public.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from channels.base import Finding, Severity
from channels.manuscript import Content
from channels.text.masking import passages
from channels.words import Words

GROUND = "中华人民共和国个人信息保护法；政府信息公开条例第十五条"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789Xx")
# A number that says of itself that it is a public one.
_PUBLIC = re.compile(r"(?:信用代码|索引号|受理号|流水号|登记号|许可证号|备案号)[^\d\n]{0,8}$")
_HOME = (
    r"(?:小区|花园|家园|公寓|新村|家属院|宿舍|苑|庭)[^\s，。；、]{0,6}?\d{1,4}(?:栋|幢|号楼|座)"
    r"(?:\d{1,2}单元)?(?:\d{1,2}层)?\d{1,5}(?:室|号|户)"
    r"|(?:家庭住址|居住地址|户籍地址|家住|住址)[：:为在是]?\s*[^\s，。；、]{2,40}?\d+(?:号|室|户|组|栋|幢)"
)


def is_citizen_id(number: str) -> bool:
    """Whether the 18 characters are a citizen identification number: a real birth date, and the check character."""
    digits = number[:17]
    if len(number) != 18 or not digits.isdecimal():
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    remainder = sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True)) % 11
    return born.year >= 1900 and _CHECK[remainder] == number[17].upper()


def is_card(number: str) -> bool:
    """Whether the digits pass the Luhn check of payment cards."""
    digits = [int(d) for d in reversed(number)]
    return sum(d if n % 2 == 0 else sum(divmod(d * 2, 10)) for n, d in enumerate(digits)) % 10 == 0


def _any(_number: str) -> bool:
    return True


@dataclass(frozen=True)
class Kind:
    """One kind of personal data: how it looks, the proof that it is one, and what it is called."""

    code: str
    pattern: re.Pattern[str]
    proves: Callable[[str], bool]
    name: Words


KINDS = (
    Kind(
        "PII-101",
        re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}[ -]?\d{8}[ -]?\d{3}[\dXx](?![0-9A-Za-z])"),
        is_citizen_id,
        Words("公民身份号码", "a citizen identification number"),
    ),
    Kind(
        "PII-102",
        re.compile(r"(?<![0-9A-Za-z-])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![0-9A-Za-z])"),
        _any,
        Words("手机号码", "a mobile number"),
    ),
    Kind(
        "PII-103",
        re.compile(r"(?<![0-9A-Za-z])(?:62|4\d|5[1-5]|3[57])\d{2}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?![0-9A-Za-z])"),
        is_card,
        Words("银行卡号", "a bank card number"),
    ),
    Kind("PII-104", re.compile(_HOME), _any, Words("家庭住址", "a home address")),
)


def personal_findings(content: Content) -> Iterator[Finding]:
    """A block for each piece of personal data, wherever it stands: in quotations and code too, but not in addresses
    on the web.
    """
    for place, line, text in _everywhere(content):
        for code, name, shown in _found(text):
            yield _finding(code, f"{place}:{line}" if line else place, name, shown)


@lru_cache(maxsize=512)
def _found(text: str) -> tuple[tuple[str, Words, str], ...]:
    text = _ADDRESS.sub(lambda found: " " * len(found[0]), text.translate(_FULL_WIDTH))
    found = []
    for kind in KINDS:
        for match in kind.pattern.finditer(text):
            bare = re.sub(r"[ -]", "", match[0])
            if kind.proves(bare) and not _PUBLIC.search(text, 0, match.start()):
                found.append((kind.code, kind.name, hidden(match[0])))
    return tuple(found)


_ADDRESS = re.compile(r"https?://[^\s<>\"，。；：！？、）\u4e00-\u9fff]+")


def hidden(data: str) -> str:
    """The data as it may be shown: its first two and last two characters."""
    return f"{data[:2]}……{data[-2:]}"


def _everywhere(content: Content) -> Iterator[tuple[str, int, str]]:
    for passage in passages(content):
        if passage.place == "body":
            yield from (("body", line, text) for line, text in enumerate(passage.text.split("\n"), 1) if text.strip())
        else:
            yield passage.place, 0, passage.text
    for n, person in enumerate(content.interpreters):
        yield f"interpreters[{n}].phone", 0, person.phone
        yield f"interpreters[{n}].role", 0, person.role


def _finding(code: str, place: str, name: Words, shown: str) -> Finding:
    return Finding(
        code,
        Severity.BLOCK,
        place,
        Words(f"这里有{name.zh}（{shown}）。", f"There is {name.en} here ({shown})."),
        Words(
            "请删去，或隐去中间的部分；联系方式请写办公电话。", "Take it out or mask it; give an office phone instead."
        ),
        GROUND,
    )
