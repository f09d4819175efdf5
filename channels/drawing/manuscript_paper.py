"""稿纸: a text written one character a square, and the ruling it is written on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from channels.drawing.breaking import break_costs, break_lines
from channels.drawing.layout import Block, Line, Style, excess
from channels.drawing.painting import Box, Canvas
from channels.drawing.spacing import Metrics, is_han, measure, tidy
from channels.drawing.themes import Colour

# The part of its square that a character fills.
_FILL = 0.8
# What a row of the sheet is worth against the cost of breaks, as the size is in `fit_text`.
_NARROWER = 14.0


@dataclass(frozen=True)
class Sheet:
    """A ruled sheet `width` pixels across: `columns` squares of `cell` pixels a row, `rows` of them with `gutter`
    pixels in between. What the width has over goes to the last column."""

    width: int
    columns: int
    cell: int
    gutter: int
    rows: int

    @property
    def pitch(self) -> int:
        """Pixels from one row to the next."""
        return self.cell + self.gutter

    @property
    def height(self) -> int:
        """Pixels down, with a gutter above the first row and below the last."""
        return self.rows * self.pitch + self.gutter


def fit_on_sheet(
    text: str, width: int, height: int, columns: Sequence[int], weight: int = 700
) -> tuple[Block, Sheet] | None:
    """The text on the sheet of `width` × at most `height` pixels where it reads best, or None when none holds it.

    `columns` are the numbers of squares a row may have, the widest squares first. Rows of Latin letters and digits
    take as many squares as they need.
    """
    best: tuple[float, Block, Sheet] | None = None
    for narrower, count in enumerate(columns):
        cell = width // count
        block = _written(text, count, cell, cell // 5, weight)
        sheet = Sheet(width, count, cell, cell // 5, len(block.lines))
        cost = block.cost + _NARROWER * narrower
        if sheet.height <= height and block.lines and (best is None or cost < best[0]):
            best = cost, block, sheet
    return best and (best[1], best[2])


@lru_cache(maxsize=128)
def _written(text: str, columns: int, cell: int, gutter: int, weight: int) -> Block:
    paragraph = tidy(text)
    size = round(cell * _FILL)
    metrics, inset = _in_squares(measure(paragraph, weight))
    costs = break_costs(paragraph) if paragraph else []
    spans = break_lines(metrics, costs, columns, balance=False) if paragraph else []
    lines = []
    for row, (start, end) in enumerate(spans):
        baseline = gutter + row * (cell + gutter) + cell / 2 + 0.38 * size
        glyphs, x = [], 0.0
        for i in range(start, end):
            if not metrics.chars[i].isspace() and metrics.chars[i] != "\u2060":
                glyphs.append((metrics.chars[i], (x + inset[i]) * cell))
            x += metrics.widths[i]
        lines.append(Line(paragraph[start:end], tuple(glyphs), baseline, x * cell))
    cost = excess(costs[end - 1] for _, end in spans)
    height = len(spans) * (cell + gutter) + gutter
    return Block(tuple(lines), Style(size, weight), columns * cell, height, cost)


def _in_squares(metrics: Metrics) -> tuple[Metrics, list[float]]:
    """The same characters measured in squares, and where in its space each glyph starts.

    A square holds one Chinese character or mark; a run of anything narrower is centred in whole squares.
    """
    widths = [width * _FILL for width in metrics.widths]
    inset = [0.0] * len(widths)
    i = 0
    while i < len(widths):
        end = i + 1
        if metrics.widths[i] >= 1 or is_han(metrics.chars[i]):
            squares = max(1, round(metrics.widths[i]))
            widths[i], inset[i] = float(squares), (squares - metrics.widths[i] * _FILL) / 2
        else:
            while end < len(widths) and metrics.widths[end] < 1:
                end += 1
            run = sum(widths[i:end])
            pad = (math.ceil(run - 1e-6) - run) / 2
            inset[i] = pad
            widths[i] += pad
            widths[end - 1] += pad
        i = end
    none = (0.0,) * len(widths)
    return Metrics(metrics.chars, tuple(widths), none, none, none), inset


def rule_sheet(canvas: Canvas, sheet: Sheet, place: tuple[int, int], colour: Colour, line: int = 2) -> None:
    """Draw the ruling of the sheet with its top left at `place`, framed."""
    x, y = place
    for row in range(sheet.rows):
        top = y + sheet.gutter + row * sheet.pitch
        for edge in (top, top + sheet.cell - line):
            canvas.fill(Box(x, edge, x + sheet.width, edge + line), colour)
        for column in range(1, sheet.columns):
            left = x + column * sheet.cell - line // 2
            canvas.fill(Box(left, top, left + line, top + sheet.cell), colour)
    canvas.frame(Box(x, y, x + sheet.width, y + sheet.height), colour, line + 1)
