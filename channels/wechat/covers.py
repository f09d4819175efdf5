"""The covers: 900 × 383 for the list of messages and a square for the small thumbnail, both on manuscript paper."""

from __future__ import annotations

from channels.drawing import Block, Box, Canvas, Style, Theme, fit_text, load_theme, set_text
from channels.manuscript import Manuscript
from channels.wechat.masthead import Masthead

# Documentation of draft/add: the cover at 2.35:1, and its square crop.
WIDE = (900, 383)
SQUARE = (900, 900)
_THEMES = {"official": "paper"}
_SHOWN = 80


def wide_cover(head: Masthead, manuscript: Manuscript, theme: str) -> bytes:
    """The wide cover as PNG: a label, the title in at most three lines, the office."""
    colours = load_theme(_THEMES.get(theme, "paper"))
    canvas = Canvas(WIDE, colours.paper)
    _ruled(canvas, colours, 383 // 9)
    inner = canvas.box.inset(64, 44)
    _label(canvas, manuscript.content.form.label, inner.left, inner.top, colours, 26)
    box = Box(inner.left, inner.top + 62, inner.right, inner.bottom - 52)
    _title(canvas, head.title, box, colours, range(36, 69, 4))
    office = _one_line(_signature(head, manuscript), inner.width, Style(26, 500, 1.3), 20)
    canvas.text(office, inner.left, inner.bottom - round(office.height), colours.grey)
    return canvas.png(cover_alt(head))


def square_cover(head: Masthead, manuscript: Manuscript, theme: str) -> bytes:
    """The square cover as PNG; larger type, since it is shown at a tenth of its size."""
    colours = load_theme(_THEMES.get(theme, "paper"))
    canvas = Canvas(SQUARE, colours.paper)
    _ruled(canvas, colours, 90)
    inner = canvas.box.inset(92, 96)
    _label(canvas, manuscript.content.form.label, inner.left, inner.top, colours, 44)
    box = Box(inner.left, inner.top + 110, inner.right, inner.bottom - 90)
    short = manuscript.content.short_title.strip() or head.title
    _title(canvas, short, box, colours, range(60, 133, 8))
    office = _one_line(_signature(head, manuscript), inner.width, Style(40, 500, 1.3), 28)
    canvas.text(office, inner.left, inner.bottom - round(office.height), colours.grey)
    return canvas.png(cover_alt(head))


def cover_alt(head: Masthead) -> str:
    """What the covers show."""
    return f"封面：{head.title}"


def _signature(head: Masthead, manuscript: Manuscript) -> str:
    return manuscript.imprint.office or manuscript.content.source or head.author or manuscript.imprint.site.name


def _ruled(canvas: Canvas, theme: Theme, pitch: int) -> None:
    """The ruling of manuscript paper, faint, and the red edge of the sheet."""
    width, height = canvas.image.size
    for y in range(pitch, height, pitch):
        canvas.fill(Box(0, y, width, y + 1), theme.rule)
    canvas.fill(Box(0, 0, 14, height), theme.fill)


def _label(canvas: Canvas, form: str, x: int, y: int, theme: Theme, size: int) -> None:
    words = set_text(f"政策解读·{form}", 600, Style(size, 700, 1.0))
    pad = size // 2
    box = Box(x, y, x + round(words.width) + 2 * pad, y + size + pad)
    canvas.rounded(box, 6, theme.fill)
    canvas.text(words, x + pad, y + pad // 2, theme.on_fill)


def _title(canvas: Canvas, title: str, box: Box, theme: Theme, sizes: range) -> None:
    style = Style(max(sizes), 800, 1.3, balance=True)
    block = fit_text(title, box.width, box.height, style, sizes) or _cut(title, box, style.at(min(sizes)))
    canvas.text(block, box.left, box.top + max(0, round((box.height - block.height) / 2)), theme.ink)


def _cut(title: str, box: Box, style: Style) -> Block:
    """The longest beginning that stays in the box, with an ellipsis."""
    for length in range(min(len(title), _SHOWN), 0, -1):
        block = set_text(title[:length].rstrip() + "……", box.width, style)
        if block.height <= box.height and block.width <= box.width:
            return block
    return set_text("……", box.width, style)


def _one_line(text: str, width: int, style: Style, smallest: int) -> Block:
    height = round(style.size * style.leading)
    sizes = range(smallest, style.size + 1, 2)
    box = Box(0, 0, width, height)
    return fit_text(text, width, height, style, sizes) or _cut(text, box, style.at(smallest))
