"""Where lines end: prohibitions first, whole words next, even lines last, by dynamic programming over a paragraph."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from channels.drawing.atoms import atoms
from channels.drawing.spacing import NO_END, NO_START, Metrics

# What a break costs, in the unit of `_raggedness`: 100 is a line left empty. A prohibited break and a cut through an
# atom are dear enough to happen only where nothing else fits the width at all.
AFTER_MARK = 0.0
AFTER_WORD = 8.0
AWKWARD = 16.0
IN_WORD = 30.0
IN_ATOM = 1e5
PROHIBITED = 1e7
_A_LINE = 150.0
_LONE_CHARACTER = 1e4
_LONE_PAIR = 12.0
# Words that lean on what follows (不|同意) or on what stands before (补贴|的): a line between them reads badly.
_LEANS_ON_NEXT = frozenset("不未无没和与及或在对将为把被从向由于第每各该本以再还也就都最更可能请至")
_LEANS_ON_LAST = frozenset("的了着过吗呢吧们地得上下中内外后前时者等")
_GOOD_ENDS = frozenset("。！？；，、：）》”’」』】 ")


@lru_cache(maxsize=1024)
def break_costs(text: str) -> tuple[float, ...]:
    """For every character of a tidied paragraph, what ending a line after it costs; the last one is free."""
    costs = _word_costs(text)
    for i, char in enumerate(text):
        if char in _GOOD_ENDS or text[i + 1 : i + 3] == "——":
            costs[i] = AFTER_MARK
    for start, stop in atoms(text):
        costs[start : stop - 1] = [max(IN_ATOM, cost) for cost in costs[start : stop - 1]]
    for i in range(len(text) - 1):
        if _prohibited(text[i], text[i + 1]):
            costs[i] = PROHIBITED
    if costs:
        costs[-1] = 0.0
    return tuple(costs)


def _word_costs(text: str) -> list[float]:
    import rjieba  # noqa: PLC0415 - its dictionary takes 0.1 s to load, and most processes never break a line

    costs = [IN_WORD] * len(text)
    # The segmenter takes no lone surrogates; a question mark each keeps the count.
    words = rjieba.cut(text.encode("utf-8", "replace").decode())
    end = 0
    for word, following in zip(words, [*words[1:], ""], strict=True):
        end += len(word)
        leans = word in _LEANS_ON_NEXT or following in _LEANS_ON_LAST
        costs[end - 1] = AWKWARD if leans else AFTER_WORD
    return costs


def _prohibited(left: str, right: str) -> bool:
    """Whether no line may end between the two (GB/T 15834—2011, 5.1; CLREQ 3.1.3)."""
    if right in NO_START or left in NO_END or right.isspace():
        return True
    return left == right and left in "—…"


def break_lines(metrics: Metrics, costs: Sequence[float], width: float, *, balance: bool) -> list[tuple[int, int]]:
    """The spans of the lines of one paragraph, none wider than `width` em (except a single wider character).

    With `balance` all lines are made about equally long, as titles are; without it lines are filled and the last one
    is what remains. The fewest lines win unless a line more saves a break through a word.
    """
    ends = _candidates(metrics, costs, width)
    best = [0.0] + [float("inf")] * len(ends)
    previous = [0] * (len(ends) + 1)
    starts = [0, *(end for end in ends)]
    reach = _reach(metrics)
    total = len(metrics.chars)
    for j, end in enumerate(ends, start=1):
        for i in range(j - 1, -1, -1):
            start = starts[i]
            used = _line_width(metrics, reach, start, end)
            if used > width + 1e-9 and i < j - 1:
                break
            cost = best[i] + _line_cost(used / width, end - start, last=end == total, balance=balance)
            cost += 0.0 if end == total else costs[end - 1]
            if cost < best[j]:
                best[j], previous[j] = cost, i
    return _trace(starts, previous)


def _trace(starts: list[int], previous: list[int]) -> list[tuple[int, int]]:
    spans = []
    j = len(starts) - 1
    while j > 0:
        spans.append((starts[previous[j]], starts[j]))
        j = previous[j]
    return spans[::-1]


def _line_cost(filled: float, characters: int, *, last: bool, balance: bool) -> float:
    cost = _A_LINE + (100.0 * max(0.0, 1.0 - filled) ** 2 if balance or not last else 0.0)
    if last and characters == 1:
        cost += _LONE_CHARACTER
    if last and characters == 2:
        cost += _LONE_PAIR
    return cost


def _reach(metrics: Metrics) -> list[float]:
    """Prefix sums of widths and joins: where each character would start on one endless line."""
    steps = (w + j for w, j in zip(metrics.widths, metrics.joins, strict=True))
    return [0.0, *accumulate(steps)]


def _line_width(metrics: Metrics, reach: list[float], start: int, end: int) -> float:
    last = end - 1
    return reach[last] - reach[start] + metrics.widths[last] - metrics.heads[start] - metrics.tails[last]


def _candidates(metrics: Metrics, costs: Sequence[float], width: float) -> list[int]:
    """The ends a line may have: every allowed one, and inside stretches wider than a line every dear one too."""
    reach = _reach(metrics)
    ends: list[int] = []
    start = 0
    for i, cost in enumerate(costs):
        if cost < IN_ATOM:
            end = i + 1
            if _line_width(metrics, reach, start, end) > width:
                ends.extend(range(start + 1, end))
            ends.append(end)
            start = end
    return ends
