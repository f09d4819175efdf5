"""An office's own words (词语表): wrong, suggested, why, and the source of the rule; data given by the caller."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from channels.base import Finding, Fix, Severity
from channels.manuscript import Content
from channels.text.masking import passages
from channels.words import Words


@dataclass(frozen=True)
class Word:
    """One row of an office's table. `suggested` is empty where only a person can say what is right; `severity` says
    whether it is pointed out or must be mended.
    """

    wrong: str
    suggested: str = ""
    why: str = ""
    source: str = ""
    severity: Severity = Severity.WARN


def check_words(content: Content, words: Sequence[Word]) -> list[Finding]:
    """A finding (WRD-101) for each appearance of a wrong word, in the order of the text; what is quoted, an address or
    code is left alone. A longer wrong word wins over one inside it; a wrong word inside its own suggestion (社区 →
    社区（村）, already written right) is none. Pure.
    """
    table = {word.wrong: word for word in words if word.wrong.strip()}
    if not table:
        return []
    pattern = re.compile("|".join(re.escape(wrong) for wrong in sorted(table, key=lambda w: (-len(w), w))))
    found = []
    for passage in passages(content):
        for match in pattern.finditer(passage.own):
            word = table[match[0]]
            if not _is_right(word, passage.own, match.start()):
                place, at = passage.at(match.start())
                found.append(_finding(word, place, at))
    return found


def _is_right(word: Word, text: str, start: int) -> bool:
    inside = word.suggested.find(word.wrong)
    return inside >= 0 and text.startswith(word.suggested, start - inside)


def _finding(word: Word, place: str, at: int) -> Finding:
    why = f"（{word.why.rstrip('。')}）" if word.why else ""
    sentence = Words(f"用词“{word.wrong}”不妥{why}。", f"The word “{word.wrong}” is not to be used{why}.")
    advice = (
        Words(f"建议改为“{word.suggested}”。", f"Write “{word.suggested}”.")
        if word.suggested
        else Words("请改写。", "Please put it in other words.")
    )
    fix = Fix(place, word.wrong, word.suggested, at) if word.suggested else None
    return Finding("WRD-101", word.severity, place, sentence, advice, word.source, fix)
