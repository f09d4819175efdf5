"""Punctuation (GB/T 15834—2011) and numerals (GB/T 15835—2011): rules as data, each with its source and a correction
that changes no meaning. What is quoted, an address or code is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from channels.base import Finding, Fix, Severity
from channels.manuscript import Content
from channels.text.masking import MASK, Passage, passages
from channels.words import Words

Right = Callable[[re.Match[str]], str]

_HAN = r"\u3400-\u9fff"
_FULL = str.maketrans(",;:?!()", "，；：？！（）")
_NARROW = {ord("０") + n: str(n) for n in range(10)}
_DIGITS = {"〇": 0, "零": 0, **{c: n for n, c in enumerate("一二三四五六七八九", 1)}}
_WEEK = "一二三四五六"


def _chinese(text: str) -> int:
    """The value of 一 to 九十九."""
    tens, ten, ones = text.partition("十")
    if not ten:
        return _DIGITS[text]
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def _date(found: re.Match[str]) -> str:
    day = f"{_chinese(found[3])}日" if found[3] else ""
    return f"{found[1]}年{_chinese(found[2])}月{day}"


@dataclass(frozen=True)
class Rule:
    """One rule: where it is broken, what is right there, what to say, and the clause it rests on."""

    code: str
    pattern: re.Pattern[str]
    right: Right
    said: Words
    ground: str


RULES = (
    Rule(
        "PUN-101",
        re.compile(rf"(?<=[{_HAN}）》”])(?:[,;:?]|!(?!\[))(?!//)|(?<=[{_HAN}])\.(?=\s*$|\s+[{_HAN}])", re.MULTILINE),
        lambda found: "。" if found[0] == "." else found[0].translate(_FULL),
        Words("中文里用了半角标点", "half-width punctuation in Chinese"),
        "GB/T 15834—2011 4、5.1",
    ),
    Rule(
        "PUN-102",
        re.compile(
            rf"(?<=[{_HAN}])\([^()\n{MASK}]*[{_HAN}][^()\n{MASK}]*\)|(?<=[{_HAN}])\([^()\n{MASK}]*\)(?=[{_HAN}，。；：、])"
        ),
        lambda found: f"（{found[0][1:-1]}）",
        Words("中文里用了半角括号", "half-width brackets in Chinese"),
        "GB/T 15834—2011 4.9",
    ),
    Rule(
        "PUN-103",
        re.compile(r"([，、；：])\1+|(?<!。)。。(?!。)"),
        lambda found: found[0][0],
        Words("标点重复", "a doubled punctuation mark"),
        "GB/T 15834—2011 5.1",
    ),
    Rule(
        "PUN-104",
        re.compile(rf"(?<=[{_HAN}])(?:\.{{3,6}}|。{{3,}})|(?<![…])…(?!…)"),
        lambda _found: "……",
        Words("省略号写法有误", "a wrongly written ellipsis"),
        "GB/T 15834—2011 4.11",
    ),
    Rule(
        "PUN-105",
        re.compile(rf"(?<=[{_HAN}])--+(?=[{_HAN}])"),
        lambda _found: "——",
        Words("破折号写法有误", "a wrongly written dash"),
        "GB/T 15834—2011 4.10",
    ),
    Rule(
        "PUN-106",
        re.compile(r"(?<=》)、(?=《)|(?<=”)、(?=“)"),
        lambda _found: "",
        Words("并列的书名号、引号之间一般不用顿号", "titles and quotations in a row take no mark between them"),
        "GB/T 15834—2011 4.5.3.5",
    ),
    Rule(
        "NUM-101",
        re.compile(r"[０-９]+"),
        lambda found: found[0].translate(_NARROW),
        Words("用了全角数字", "full-width numerals"),
        "GB/T 15835—2011 5.1",
    ),
    Rule(
        "NUM-102",
        re.compile(r"(\d{4})年([一二三四五六七八九十]{1,2})月(?:([一二三四五六七八九十]{1,3})日)?"),
        _date,
        Words("一个日期里混用两种数字", "two kinds of numerals in one date"),
        "GB/T 15835—2011 4.4",
    ),
    Rule(
        "NUM-103",
        re.compile(r"(?<![\d.])(\d{1,4})万(\d)千(?![\d百])"),
        lambda found: f"{found[1]}.{found[2]}万",
        Words("数值里混用“万”“千”", "two units in one figure"),
        "GB/T 15835—2011 4.1.4",
    ),
    Rule(
        "NUM-104",
        re.compile(r"星期([1-6])(?!\d)"),
        lambda found: f"星期{_WEEK[int(found[1]) - 1]}",
        Words("星期几应用汉字", "weekdays take Chinese numerals"),
        "GB/T 15835—2011 4.2.2",
    ),
)


def style_findings(content: Content) -> Iterator[Finding]:
    """A warning for each breach, in the order of the texts, with its correction."""
    for passage in passages(content):
        yield from _of_passage(passage)


@lru_cache(maxsize=256)
def _of_passage(passage: Passage) -> tuple[Finding, ...]:
    found = [(match.start(), rule, match) for rule in RULES for match in rule.pattern.finditer(passage.own)]
    return tuple(_finding(passage, rule, match) for _at, rule, match in sorted(found, key=lambda f: (f[0], f[1].code)))


def _finding(passage: Passage, rule: Rule, match: re.Match[str]) -> Finding:
    old, new = match[0], rule.right(match)
    place, at = passage.at(match.start())
    around = passage.text[max(0, match.start() - 4) : match.end()].split("\n")[-1]
    return Finding(
        rule.code,
        Severity.WARN,
        place,
        Words(f"{rule.said.zh}：“{around}”。", f"There is {rule.said.en}: “{around}”."),
        Words(f"建议改为“{new}”。", f"Write “{new}”.") if new else Words("建议删去。", "Leave it out."),
        rule.ground,
        Fix(place, old, new, at),
    )
