"""Titles for large type: where a line may end without cutting a word in two."""

from __future__ import annotations

from channels.drawing.breaking import IN_WORD, break_costs
from channels.site.characters import one_line


def phrases(title: str) -> tuple[str, ...]:
    """The title in pieces; joined they are the title again. A browser left alone breaks Chinese after any character."""
    text = one_line(title)
    pieces: list[str] = []
    start = 0
    for end, cost in enumerate(break_costs(text) if text else (), 1):
        if cost < IN_WORD:
            pieces.append(text[start:end])
            start = end
    return tuple(pieces)
