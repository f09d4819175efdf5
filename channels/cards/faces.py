"""Drawing one card: what all cards share, and the face of those with a text."""

from __future__ import annotations

import re

from channels.cards.closing import draw_closing
from channels.cards.cover import draw_cover
from channels.cards.deck import BODY, HEADING, Card, Kind, heading_block
from channels.cards.grounds import ground
from channels.cards.setting import LABEL, SMALL, Setting
from channels.drawing import Block, Box, Canvas, Style, Theme, fit_text, set_text
from channels.drawing.atoms import atoms
from channels.drawing.fonts import advance

_NUMERAL = Style(128, 700, 1.0)
_RUNNING = Style(36, 400, 1.4, "right")
_FIGURE = re.compile(r"[¥￥$]?\d.*[^\d]")
_MARKS = {Kind.CORRECTION: "更正", Kind.POINT: "", Kind.QUESTION: "问"}


def draw(card: Card, page: int, setting: Setting) -> Canvas:
    """Paint a card, on the thread's reused frame: take its PNG before the next is drawn."""
    canvas = Canvas.reusing(ground(setting.theme, setting.safe))
    faces = {Kind.COVER: draw_cover, Kind.CLOSING: draw_closing}
    faces.get(card.kind, _point)(canvas, card, setting)
    _foot(canvas, page, setting)
    return canvas


def _point(canvas: Canvas, card: Card, setting: Setting) -> None:
    theme, safe = setting.theme, setting.safe
    _head(canvas, card, setting)
    y = safe.top + 170
    heading = heading_block(card.title, setting.settings)
    if not card.body:
        heading = fit_text(card.title, safe.width, 700, HEADING, range(72, 121, 4)) or heading
    if card.title and heading:
        y = canvas.text(heading, safe.left, y, theme.ink)
        canvas.fill(Box(safe.left, y + 36, safe.left + 96, y + 44), theme.fill)
        y += 84
    body = set_text(card.body, safe.width, BODY.at(card.size))
    _highlight(canvas, body, safe.left, y, theme)
    canvas.text(body, safe.left, y, theme.ink)


def _head(canvas: Canvas, card: Card, setting: Setting) -> None:
    """The number of the point, large, and what the deck is about, small."""
    theme, safe = setting.theme, setting.safe
    number = f"{card.number:02d}" if card.number else ""
    numeral = set_text(f"{_MARKS[card.kind]}{number}", safe.width, _NUMERAL)
    canvas.text(numeral, safe.left, safe.top, theme.accent)
    taken = round(numeral.width) + 60
    if card.parts > 1:
        part = set_text(f"{card.part}/{card.parts}", 200, LABEL)
        canvas.text(part, safe.left + taken - 40, safe.top + 56, theme.accent)
        taken += round(part.width)
    content = setting.manuscript.content
    free = min(500, safe.width - taken)
    title = _one_line(content.short_title or content.title, free, _RUNNING)
    document = set_text(setting.number, free, _RUNNING)
    # A document number is shown whole or not at all.
    y = safe.top + 6
    for block in (title, document) if len(document.lines) < 2 else (title,):
        y = canvas.text(block, safe.right - free, y, theme.grey)


def _highlight(canvas: Canvas, block: Block, x: int, y: int, theme: Theme) -> None:
    """Lay a band of the highlighter under sums and dates: what a reader looks for first."""
    size = block.style.size
    for line in block.lines:
        drawn = "".join(char for char, _ in line.glyphs)
        for start, end in atoms(drawn):
            if _FIGURE.fullmatch(drawn[start:end]):
                left, last = line.glyphs[start][1], line.glyphs[end - 1]
                right = last[1] + size * advance(last[0], block.style.weight)
                base = y + line.baseline
                band = (x + max(0, left - 4), base - 0.24 * size, x + right + 4, base + 0.14 * size)
                canvas.fill(Box(*map(round, band)), theme.rule)


def _foot(canvas: Canvas, page: int, setting: Setting) -> None:
    """The source and the page, small, under a hairline."""
    theme, safe = setting.theme, setting.safe
    canvas.fill(Box(safe.left, safe.bottom - 84, safe.right, safe.bottom - 82), theme.rule)
    top = safe.bottom - 66
    canvas.text(_one_line(setting.source, safe.width - 140, SMALL), safe.left, top, theme.grey)
    number = set_text(f"{page}/{setting.total}", 130, Style(36, 700, 1.4, "right"))
    canvas.text(number, safe.right - 130, top, theme.grey)


def _one_line(text: str, width: int, style: Style) -> Block:
    """The text in one line, ended with an ellipsis after the last word that has room."""
    whole = set_text(text, width, style)
    if len(whole.lines) < 2:
        return whole
    kept = set_text(text, width - 2 * style.size, style).lines[0].text
    return set_text(f"{kept.rstrip('，、：；。 ')}……", width, style)
