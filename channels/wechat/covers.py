"""The covers: 900 × 383 for the list of messages and a square for the small thumbnail, both on manuscript paper."""

from __future__ import annotations

from channels.drawing import Block, Box, Canvas, Style, Theme, fit_text, load_theme, set_text
from channels.drawing.manuscript_paper import fit_on_sheet, rule_sheet
from channels.manuscript import Manuscript
from channels.wechat.masthead import Masthead

# Documentation of draft/add: the cover at 2.35:1, and its square crop.
WIDE = (900, 383)
SQUARE = (900, 900)
_THEMES = {"official": "paper", "calm": "azure", "plain": "paper", "elder": "paper"}
_SHOWN = 80
# Squares a row, the widest squares first.
_WIDE_ROWS = range(8, 19)
_SQUARE_ROWS = range(4, 13)


def wide_cover(head: Masthead, manuscript: Manuscript, theme: str) -> bytes:
    """The wide cover as PNG: a label and the office above, the title written on the sheet."""
    canvas = Canvas(WIDE, _colours(theme).paper)
    inner = canvas.box.inset(56, 40)
    _head(canvas, manuscript, head, inner, _colours(theme), 26)
    _title(canvas, head.title, inner._replace(top=inner.top + 64), _colours(theme), _WIDE_ROWS)
    return canvas.png(cover_alt(head))


def square_cover(head: Masthead, manuscript: Manuscript, theme: str) -> bytes:
    """The square cover as PNG, with the short title in larger type: it is shown at a tenth of its size."""
    canvas = Canvas(SQUARE, _colours(theme).paper)
    inner = canvas.box.inset(80)
    short = manuscript.content.short_title.strip() or head.title
    _head(canvas, manuscript, head, inner, _colours(theme), 40)
    _title(canvas, short, inner._replace(top=inner.top + 110), _colours(theme), _SQUARE_ROWS)
    return canvas.png(cover_alt(head))


def cover_alt(head: Masthead) -> str:
    """What the covers show."""
    return f"封面：{head.title}"


def _signature(head: Masthead, manuscript: Manuscript) -> str:
    return manuscript.imprint.office or manuscript.content.source or head.author or manuscript.imprint.site.name


def _colours(theme: str) -> Theme:
    return load_theme(_THEMES.get(theme, "paper"))


def _head(canvas: Canvas, manuscript: Manuscript, head: Masthead, inner: Box, theme: Theme, size: int) -> None:
    """The label with the form at the left, the office at the right of it."""
    words = set_text(f"政策解读·{manuscript.content.form.label}", 600, Style(size, 700, 1.0))
    pad = size // 2
    box = Box(inner.left, inner.top, inner.left + round(words.width) + 2 * pad, inner.top + size + pad)
    canvas.rounded(box, 6, theme.fill)
    canvas.text(words, box.left + pad, box.top + pad // 2, theme.on_fill)
    left = box.right + pad
    office = _one_line(_signature(head, manuscript), inner.right - left, Style(size, 500, 1.3, align="right"), size - 8)
    canvas.text(office, left, box.top + round((box.height - office.height) / 2), theme.grey)


def _title(canvas: Canvas, title: str, box: Box, theme: Theme, rows: range) -> None:
    """The title on ruled squares; one too long for them in plain lines, cut in the end."""
    written = fit_on_sheet(title, box.width, box.height, rows, weight=800)
    if written is not None:
        block, sheet = written
        place = (box.left + (box.width - sheet.width) // 2, box.top + (box.height - sheet.height) // 2)
        rule_sheet(canvas, sheet, place, theme.rule)
        canvas.text(block, *place, theme.ink)
        return
    style = Style(44, 800, 1.3, balance=True)
    lines = fit_text(title, box.width, box.height, style, range(28, 45, 4)) or _cut(title, box, style.at(28))
    canvas.text(lines, box.left, box.top + round((box.height - lines.height) / 2), theme.ink)


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
