"""What changed between two texts, in words. Pure: what stayed and what went are the old text, what stayed and what came
the new one.

Lines are compared first, then the sentences of what differs, then their words: so 20,000 characters take milliseconds,
and a word that is nowhere else is not matched across half the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum


class Op(StrEnum):
    """What became of a stretch of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True)
class Span:
    """A stretch of text and what became of it."""

    op: Op
    text: str


Spans = tuple[Span, ...]

_SENTENCE = re.compile(r"[^。！？；!?;]*[。！？；!?;]*")
# A match of words shorter than this share of what differs is chance: two sentences are then shown one after the other.
ALIKE = 0.2
# So many comparisons of lines are worth making to find out which was rewritten into which.
MOST_PAIRS = 10_000


def diff(old: str, new: str) -> Spans:
    """The spans that lead from one text to the other, in the order of reading; neighbours are of different kinds."""
    return tuple(_merged(_finer(old, new, (_lines, _sentences, words))))


def before(spans: Sequence[Span]) -> str:
    """The old text again."""
    return "".join(s.text for s in spans if s.op is not Op.NEW)


def after(spans: Sequence[Span]) -> str:
    """The new text again."""
    return "".join(s.text for s in spans if s.op is not Op.GONE)


def changed(spans: Sequence[Span]) -> bool:
    """Whether anything differs."""
    return any(s.op is not Op.SAME for s in spans)


def words(text: str) -> list[str]:
    """The text in words, as a Chinese reader would part it; together they are the text."""
    import rjieba  # noqa: PLC0415 - its dictionary takes 0.1 s to load, and most processes never compare

    cut = rjieba.cut(text.encode("utf-8", "replace").decode())
    parts, at = [], 0
    for word in cut:
        # The segmenter takes no lone surrogates: a question mark each keeps the count.
        parts.append(text[at : at + len(word)])
        at += len(word)
    return parts


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _sentences(text: str) -> list[str]:
    return [s for s in _SENTENCE.findall(text) if s]


def _finer(old: str, new: str, ways: Sequence[Callable[[str], list[str]]]) -> Iterator[Span]:
    """Compare by the first way, and what differs by the next ones."""
    if old == new:
        yield Span(Op.SAME, old)
        return
    if not old or not new or not ways:
        yield Span(Op.GONE, old)
        yield Span(Op.NEW, new)
        return
    a, b = ways[0](old), ways[0](new)
    matcher = SequenceMatcher(None, a, b)
    # The last way is words: where hardly any stayed, the few are chance.
    if len(ways) == 1 and matcher.quick_ratio() < ALIKE:
        yield from _finer(old, new, ())
        return
    for op, i1, i2, j1, j2 in matcher.get_opcodes():
        if op == "equal":
            yield Span(Op.SAME, "".join(a[i1:i2]))
        else:
            for one, other in _aligned(a[i1:i2], b[j1:j2]):
                yield from _finer(one, other, ways[1:])


def _aligned(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What differs, in pairs to look into: rewritten lines beside what they were, if they can be told apart; all of it
    as one pair else.
    """
    if len(old) == len(new):
        yield from zip(old, new, strict=True)
    elif len(old) * len(new) > MOST_PAIRS:
        shorter = min(len(old), len(new))
        yield from zip(old[:shorter], new[:shorter], strict=True)
        yield "".join(old[shorter:]), "".join(new[shorter:])
    else:
        yield from _best(old, new)


def _best(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The pairs in order whose characters have most in common; what has no partner comes alone."""
    bags_old, bags_new = [set(t) for t in old], [set(t) for t in new]
    score = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            paired = _common(bags_old[i], bags_new[j]) + score[i + 1][j + 1]
            score[i][j] = max(paired, score[i + 1][j], score[i][j + 1])
    i = j = 0
    while i < len(old) and j < len(new):
        alike = _common(bags_old[i], bags_new[j])
        if alike and score[i][j] == alike + score[i + 1][j + 1]:
            yield old[i], new[j]
            i, j = i + 1, j + 1
        elif score[i][j] == score[i + 1][j]:
            yield old[i], ""
            i += 1
        else:
            yield "", new[j]
            j += 1
    yield "".join(old[i:]), "".join(new[j:])


def _common(one: set[str], other: set[str]) -> float:
    """Of the characters of both, the share that both have; nothing when it is too little to be the same line."""
    share = len(one & other) / (len(one | other) or 1)
    return share if share >= ALIKE else 0.0


def _merged(spans: Iterator[Span]) -> Iterator[Span]:
    """Without empty spans, and neighbours of a kind as one; of what went and came side by side, what went first."""
    gone = new = same = ""
    for span in spans:
        if not span.text:
            continue
        if span.op is Op.SAME:
            yield from _flush(gone, new)
            gone = new = ""
            same += span.text
            continue
        if same:
            yield Span(Op.SAME, same)
            same = ""
        if span.op is Op.GONE:
            gone += span.text
        else:
            new += span.text
    if same:
        yield Span(Op.SAME, same)
    yield from _flush(gone, new)


def _flush(gone: str, new: str) -> Iterator[Span]:
    if gone:
        yield Span(Op.GONE, gone)
    if new:
        yield Span(Op.NEW, new)
