"""Making a text fit: the best size for a box, and long texts shared out over several boxes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from channels.drawing.breaking import IN_ATOM, IN_WORD, break_costs
from channels.drawing.layout import Block, Style, set_text

# What a tenth of the size is worth against the cost of breaks: a title loses up to 20 % for whole words.
_SIZE_WEIGHT = 90.0
_SENTENCE_ENDS = "。！？；!?;\n"
_CLAUSE_ENDS = "，、：,: "
_SENTENCE, _CLAUSE, _WORD, _IN_WORD, _IN_ATOM = 0.0, 0.2, 2.0, 9.0, 20.0


def fit_text(text: str, width: int, height: int, style: Style, sizes: Iterable[int]) -> Block | None:
    """The text in the size that reads best in a box of `width` × `height` pixels; None when no size fits.

    Larger is better, and so are lines that end between words: both are weighed.
    """
    return _fit(text, width, height, style, tuple(sorted(set(sizes), reverse=True)))


@lru_cache(maxsize=256)
def _fit(text: str, width: int, height: int, style: Style, sizes: tuple[int, ...]) -> Block | None:
    best: Block | None = None
    best_cost = math.inf
    for size in sizes:
        loss = _SIZE_WEIGHT * (1 - size / sizes[0])
        if loss >= best_cost:
            break
        block = set_text(text, width, style.at(size))
        if block.height <= height and block.width <= width and loss + block.cost < best_cost:
            best, best_cost = block, loss + block.cost
    return best


def split_text(text: str, width: int, height: int, style: Style) -> tuple[str, ...]:
    """Share `text` out over as few boxes as hold it, cut at sentences, else at clauses, else between words, and where
    no such cut helps inside a word, at last inside an atom.

    The parts are about equally long; joined they are the text, character by character. A box too low for one line
    still gets text: the caller's box is then the mistake.
    """
    if fits(text, width, height, style):
        return (text,)
    costs = _cut_costs(text)
    for dearest in (_WORD, _IN_WORD, _IN_ATOM):
        parts = _share_out(text, _cuts(costs, dearest), width, height, style)
        if all(fits(part, width, height, style) for part in parts):
            break
    return parts


def _share_out(text: str, cuts: list[tuple[int, float]], width: int, height: int, style: Style) -> tuple[str, ...]:
    columns = max(1.0, width / style.size)
    rows = max(1, int(height / (style.size * style.leading)))
    count = max(2, math.floor(_em(text) / (columns * rows)))
    while True:
        parts = _shared(text, cuts, count)
        if all(fits(part, width, height, style) for part in parts) or len(parts) >= len(cuts):
            return parts
        count += 1


def fits(text: str, width: int, height: int, style: Style) -> bool:
    """Whether the text, laid out in `style`, stays inside the box."""
    block = set_text(text, width, style)
    return block.height <= height and block.width <= width


def _em(text: str) -> float:
    return sum(0.55 if ord(char) < 0x2000 else 1.0 for char in text)


def _cuts(costs: list[float], dearest: float) -> list[tuple[int, float]]:
    """Where the text may be cut: positions with what a cut there costs, the end of the text last."""
    cuts = [(i + 1, cost) for i, cost in enumerate(costs) if cost <= dearest]
    return cuts if cuts and cuts[-1][0] == len(costs) else [*cuts, (len(costs), 0.0)]


def _cut_costs(text: str) -> list[float]:
    return [cost for piece in re.split(r"(?<=\n)", text) for cost in _piece_costs(piece)]


def _piece_costs(piece: str) -> list[float]:
    """Per character, what a cut after it costs: `break_costs` knows the prohibitions, the marks give the rank."""
    costs = []
    for char, cost in zip(piece, break_costs(piece), strict=True):
        if char in _SENTENCE_ENDS and (cost < IN_WORD or char == "\n"):
            costs.append(_SENTENCE)
        elif char in _CLAUSE_ENDS and cost < IN_WORD:
            costs.append(_CLAUSE)
        elif cost < IN_WORD:
            costs.append(_WORD)
        else:
            costs.append(_IN_WORD if cost < IN_ATOM else _IN_ATOM)
    return costs


def _shared(text: str, cuts: list[tuple[int, float]], count: int) -> tuple[str, ...]:
    """The text in `count` parts (fewer if it has fewer cuts), each cut the best one near its even share."""
    share = len(text) / count
    chosen: list[int] = []
    for i in range(1, count):
        after = chosen[-1] if chosen else 0
        open_cuts = [(at, cost) for at, cost in cuts if after < at < len(text)]
        if not open_cuts:
            break
        chosen.append(min(open_cuts, key=lambda cut: cut[1] + abs(cut[0] - i * share) / share)[0])
    edges = [0, *chosen, len(text)]
    return tuple(text[a:b] for a, b in pairwise(edges))
