"""The cover: the title on manuscript paper, what it is about, who says so, and the seal."""

from __future__ import annotations

from dataclasses import replace

from channels.cards.deck import Card
from channels.cards.setting import LABEL, Setting
from channels.drawing import Block, Box, Canvas, Style, Theme, fit_text, set_text
from channels.drawing.manuscript_paper import fit_on_sheet, rule_sheet
from channels.text.clauses import cut
from channels.text.counting import width

MOST_TITLE = 150
_SUMMARY = Style(46, 400, 1.6)
_NUMBER = Style(46, 700, 1.4)
# A title too long for squares.
_LONG_TITLE = Style(50, 700, 1.3)
_SHEET_COLUMNS = (6, 7, 8, 9, 10, 11, 12, 14)
_SHEET_HEIGHT = 720
# Pixels of the safe height that the title leaves to everything else on the cover.
_REST = 470
_SEAL = 168
# Paper has squares left over, and a title of one row would look like a label; a long summary needs the room more.
_ROWS, _ROWS_ABOVE_SUMMARY, _LONG_SUMMARY = 3, 2, 44


def draw_cover(canvas: Canvas, card: Card, setting: Setting) -> None:
    """Paint the cover."""
    theme, safe = setting.theme, setting.safe
    imprint = setting.manuscript.imprint
    column = set_text(f"{imprint.column.name}{' · 更正' if imprint.correction else ''}", safe.width, LABEL)
    y = canvas.text(column, safe.left, safe.top, theme.accent)
    y = _title(canvas, card.title, setting, y + 28) + 52
    foot = safe.bottom - 130
    lower = [setting.number, setting.office if setting.office != setting.manuscript.content.source else ""]
    beside = safe.width - (_SEAL + 40 if setting.settings.seal else 0)
    fitted = (fit_text(text, beside, 200, _NUMBER, range(36, 47, 2)) for text in lower if text)
    blocks = [block for block in fitted if block]
    low = foot - round(sum(block.height for block in blocks))
    floor = min(low, foot - _SEAL) if setting.settings.seal else low
    if (summary := _summary(setting, floor - y - 24)) is not None:
        canvas.text(summary, safe.left, y, theme.grey)
    for block in blocks:
        low = canvas.text(block, safe.left, low, theme.ink)
    if setting.settings.seal:
        _seal(canvas, Box(safe.right - _SEAL, foot - _SEAL, safe.right, foot), theme)


def _summary(setting: Setting, height: int) -> Block | None:
    """The summary, whole or cut at a clause; None when there is no room for even its start."""
    text = setting.manuscript.content.summary
    fitted = (
        fit_text(cut(text, most), setting.safe.width, height, _SUMMARY, range(40, 49, 2)) for most in (120, 72, 40)
    )
    return next(filter(None, fitted), None)


def _title(canvas: Canvas, title: str, setting: Setting, y: int) -> int:
    """The title on ruled squares; one too long for them is set in lines, cut where even those end."""
    theme, safe = setting.theme, setting.safe
    height = min(_SHEET_HEIGHT, safe.height - _REST)
    written = fit_on_sheet(title, safe.width, height, _SHEET_COLUMNS)
    if written is not None:
        block, sheet = written
        rows = _ROWS_ABOVE_SUMMARY if width(setting.manuscript.content.summary) > _LONG_SUMMARY else _ROWS
        if replace(sheet, rows=rows).height <= height:
            sheet = replace(sheet, rows=max(sheet.rows, rows))
        rule_sheet(canvas, sheet, (safe.left, y), theme.rule)
        return max(canvas.text(block, safe.left, y, theme.ink), y + sheet.height)
    lengths = range(MOST_TITLE, 20, -10)
    tried = (fit_text(cut(title, most), safe.width, height, _LONG_TITLE, (_LONG_TITLE.size,)) for most in lengths)
    block = next(filter(None, tried), set_text(cut(title, 20), safe.width, _LONG_TITLE))
    return canvas.text(block, safe.left, y, theme.ink)


def _seal(canvas: Canvas, box: Box, theme: Theme) -> None:
    """The square seal: four characters in two rows, cut out of the accent."""
    canvas.rounded(box, 12, theme.fill)
    canvas.frame(box.inset(9), theme.on_fill, 3)
    style = Style(58, 700, 1.06)
    block = set_text("政策\n解读", box.width, Style(58, 700, 1.06, "left", paragraph=0))
    x = box.left + (box.width - 2 * style.size) // 2
    canvas.text(block, x, box.top + round((box.height - block.height) / 2), theme.on_fill)
