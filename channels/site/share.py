"""The card that a link becomes where it is shared: the title on manuscript paper, who says it, where it stands."""

from __future__ import annotations

from typing import NamedTuple

from channels.base import File
from channels.drawing import Block, Box, Canvas, Style, Theme, fit_text, load_theme, set_text
from channels.drawing.manuscript_paper import fit_on_sheet, rule_sheet

# Open Graph: 1.91 to 1, and large enough for a large card everywhere.
SIZE = (1200, 630)
PATH = "share.png"
MEDIA_TYPE = "image/png"
_THEME = "paper"
_ROWS = range(10, 21)
_LONGEST = 90


class Card(NamedTuple):
    """What the card says: a label above, the title, a line below (the office, a document's number), and the site."""

    label: str
    title: str
    below: str
    site: str

    @property
    def alt(self) -> str:
        """The same in words."""
        return "，".join(filter(None, (f"{self.label}：{self.title}" if self.label else self.title, self.below)))


def share_card(card: Card, path: str = PATH) -> File:
    """The card as a picture."""
    theme = load_theme(_THEME)
    canvas = Canvas(SIZE, theme.paper)
    inner = canvas.box.inset(76, 60)
    canvas.fill(Box(0, 0, SIZE[0], 10), theme.ink)
    _label(canvas, card.label, inner, theme)
    foot = _foot(canvas, card, inner, theme)
    _title(canvas, card.title, Box(inner.left, inner.top + 72, inner.right, foot - 28), theme)
    return File(path, canvas.png(card.alt), MEDIA_TYPE, card.alt)


def _label(canvas: Canvas, label: str, inner: Box, theme: Theme) -> None:
    canvas.text(set_text(label, inner.width, Style(28, 600, 1.3)), inner.left, inner.top, theme.grey)


def _foot(canvas: Canvas, card: Card, inner: Box, theme: Theme) -> int:
    """The site at the right, the line below the title at the left of it; gives where they begin."""
    site = _line(card.site, inner.width // 2, Style(26, 500, 1.3, align="right"))
    below = _line(card.below, inner.width // 2 - 40, Style(26, 600, 1.3))
    top = inner.bottom - round(max(site.height, below.height))
    canvas.fill(Box(inner.left, top - 20, inner.right, top - 18), theme.rule)
    canvas.text(below, inner.left, top, theme.ink)
    canvas.text(site, inner.left + inner.width // 2, top, theme.grey)
    return top - 20


def _line(text: str, width: int, style: Style) -> Block:
    height = round(style.size * style.leading)
    return fit_text(text, width, height, style, range(20, style.size + 1, 2)) or _cut(text, width, height, style.at(20))


def _title(canvas: Canvas, title: str, box: Box, theme: Theme) -> None:
    """On ruled squares; one too long for them in plain lines, cut in the end."""
    written = fit_on_sheet(title, box.width, box.height, _ROWS, weight=800)
    if written is not None:
        block, sheet = written
        place = (box.left, box.top + (box.height - sheet.height) // 2)
        rule_sheet(canvas, sheet, place, theme.rule)
        canvas.text(block, *place, theme.ink)
        return
    style = Style(56, 800, 1.35, balance=True)
    block = fit_text(title, box.width, box.height, style, range(36, 57, 4)) or _cut(
        title, box.width, box.height, style.at(36)
    )
    canvas.text(block, box.left, box.top + round((box.height - block.height) / 2), theme.ink)


def _cut(text: str, width: int, height: int, style: Style) -> Block:
    """The longest beginning that stays in the box, with an ellipsis."""
    for length in range(min(len(text), _LONGEST), 0, -1):
        block = set_text(text[:length].rstrip() + "……", width, style)
        if block.height <= height and block.width <= width:
            return block
    return set_text("……", width, style)
