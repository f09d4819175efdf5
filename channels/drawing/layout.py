"""A text as positioned glyphs: plain data, made without a pixel being painted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from channels.drawing.breaking import AFTER_WORD, break_costs, break_lines
from channels.drawing.spacing import NO_END, NO_START, Metrics, is_han, measure, tidy

Align = Literal["left", "center", "right", "justify"]
# A line with more room left than this keeps its ragged end: stretched further, Chinese falls apart.
_STRETCH_EM = 0.8


@dataclass(frozen=True)
class Style:
    """How a text is set: `size` in pixels an em, `weight` 100–900, `leading` as a multiple of the size.

    `balance` makes lines equally long (titles); `paragraph` is the space between paragraphs in em.
    """

    size: int
    weight: int = 400
    leading: float = 1.6
    align: Align = "left"
    balance: bool = False
    paragraph: float = 0.4

    def at(self, size: int) -> Style:
        """The same style at another size."""
        return Style(size, self.weight, self.leading, self.align, self.balance, self.paragraph)


@dataclass(frozen=True)
class Line:
    """One line: its glyphs with the x of each origin, the y of the baseline, and the width it fills, in pixels."""

    text: str
    glyphs: tuple[tuple[str, float], ...]
    baseline: float
    width: float


@dataclass(frozen=True)
class Block:
    """A text laid out: its lines, the widest line and the whole height in pixels.

    `cost` is what its breaks cost above breaks between words: 0 reads well.
    """

    lines: tuple[Line, ...]
    style: Style
    width: float
    height: float
    cost: float


def excess(costs: Iterable[float]) -> float:
    """What breaks cost above breaks between words."""
    return sum(max(0.0, cost - AFTER_WORD) for cost in costs)


@lru_cache(maxsize=512)
def set_text(text: str, width: int, style: Style) -> Block:
    """Lay `text` out in lines of at most `width` pixels, by Chinese rules. Line feeds separate paragraphs."""
    lines: list[Line] = []
    cost = top = 0.0
    pitch = style.size * style.leading
    for paragraph in filter(None, map(tidy, text.split("\n"))):
        if lines:
            top += style.paragraph * style.size
        metrics, costs = measure(paragraph, style.weight), break_costs(paragraph)
        spans = break_lines(metrics, costs, width / style.size, balance=style.balance)
        cost += excess(costs[end - 1] for _, end in spans)
        for start, end in spans:
            # The em square stands in the middle of the line; its baseline lies 0.12 em above its foot.
            baseline = top + pitch / 2 + 0.38 * style.size
            text_of_line = paragraph[start:end]
            lines.append(_line(text_of_line, metrics, (start, end), width=width, style=style, baseline=baseline))
            top += pitch
    return Block(tuple(lines), style, max((line.width for line in lines), default=0.0), top, cost)


def _line(text: str, metrics: Metrics, span: tuple[int, int], *, width: int, style: Style, baseline: float) -> Line:
    positions, filled = _positions(metrics, span)
    spare = width - filled * style.size
    last = span[1] == len(metrics.chars)
    if style.align == "justify" and not last and 0 < spare <= _STRETCH_EM * style.size:
        positions = _stretched(metrics, span, positions, spare / style.size)
        filled = width / style.size
        spare = 0.0
    shift = {"center": spare / 2, "right": spare}.get(style.align, 0.0)
    glyphs = tuple(
        (char, shift + x * style.size)
        for char, x in zip(metrics.chars[slice(*span)], positions, strict=True)
        if not char.isspace() and char != "\u2060"
    )
    return Line(text, glyphs, baseline, filled * style.size)


def _positions(metrics: Metrics, span: tuple[int, int]) -> tuple[list[float], float]:
    start, end = span
    x = -metrics.heads[start]
    positions = []
    for i in range(start, end):
        positions.append(x)
        x += metrics.widths[i] + (metrics.joins[i] if i < end - 1 else -metrics.tails[i])
    return positions, x


def _stretched(metrics: Metrics, span: tuple[int, int], positions: list[float], spare: float) -> list[float]:
    """Share `spare` em out between the characters that may stand apart: not inside a Latin word or a pair of marks."""
    start, end = span
    open_ = [_may_open(metrics.chars[i], metrics.chars[i + 1]) for i in range(start, end - 1)]
    if not any(open_):
        return positions
    share = spare / sum(open_)
    moved, offset = [positions[0]], 0.0
    for x, opens in zip(positions[1:], open_, strict=True):
        offset += share if opens else 0.0
        moved.append(x + offset)
    return moved


def _may_open(left: str, right: str) -> bool:
    if "\u2060" in (left, right) or right in NO_START or left in NO_END:
        return False
    return is_han(left) or is_han(right)
