"""The grounds of the cards: manuscript paper above and below, clean paper where the text stands."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image

from channels.cards.settings import HEIGHT, WIDTH
from channels.drawing import Box, Canvas, Theme
from channels.drawing.themes import Colour

_CELL, _GUTTER = 72, 18
_FADE_ROWS = 3


@lru_cache(maxsize=4)
def ground(theme: Theme, safe: Box) -> Image.Image:
    """The ground of every card of a deck: rows of squares that fade towards the text. Kept, since it never changes."""
    canvas = Canvas((WIDTH, HEIGHT), theme.paper)
    upwards = range(safe.top - 60 - _CELL, -_CELL, -(_CELL + _GUTTER))
    downwards = range(safe.bottom + 60, HEIGHT, _CELL + _GUTTER)
    for rows in (upwards, downwards):
        for i, top in enumerate(rows):
            _row(canvas, top, _mixed(theme.paper, theme.rule, (i + 1) / _FADE_ROWS))
    return canvas.image


def _row(canvas: Canvas, top: int, colour: Colour) -> None:
    for edge in (top, top + _CELL - 2):
        canvas.fill(Box(0, edge, WIDTH, edge + 2), colour)
    offset = (WIDTH % _CELL) // 2
    for x in range(offset, WIDTH, _CELL):
        canvas.fill(Box(x, top, x + 2, top + _CELL), colour)


def _mixed(paper: Colour, rule: Colour, share: float) -> Colour:
    part = min(1.0, share)
    red, green, blue = (round(p + (r - p) * part) for p, r in zip(paper, rule, strict=True))
    return red, green, blue
