"""Drawing one card: the furniture that all share, and the face of each kind."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from channels.cards.deck import BODY, HEADING, Card, Kind, heading_block
from channels.cards.grounds import ground
from channels.cards.script import quoted
from channels.cards.settings import CardsSettings
from channels.drawing import Block, Box, Canvas, Style, Theme, fit_text, load_theme, set_text
from channels.drawing.atoms import atoms
from channels.drawing.fonts import advance
from channels.drawing.manuscript_paper import fit_on_sheet, rule_sheet
from channels.drawing.themes import Colour
from channels.manuscript import Manuscript
from channels.text.clauses import cut

SMALL = Style(36, 400, 1.4)
_LABEL = Style(42, 700, 1.3)
_NUMERAL = Style(128, 700, 1.0)
_SUMMARY = Style(46, 400, 1.6)
_NUMBER = Style(46, 700, 1.4)
# A title too long for squares: 11 lines of 15 characters in the default box.
_LONG_TITLE = Style(50, 700, 1.3)
MOST_TITLE = 150
_SHEET_COLUMNS = (6, 7, 8, 9, 10, 11, 12, 14)
_SHEET_HEIGHT = 720
_SEAL = 168
# Paper has squares left over; a title of one row would look like a label.
_LEAST_ROWS = 3
_FIGURE = re.compile(r"[¥￥$]?\d.*[^\d]")
_MARKS = {Kind.POINT: "", Kind.QUESTION: "问"}


@dataclass(frozen=True)
class Setting:
    """What every card of one deck has in common."""

    manuscript: Manuscript
    settings: CardsSettings
    theme: Theme
    total: int

    @property
    def safe(self) -> Box:
        """The box that all text stays inside."""
        return self.settings.safe

    @property
    def office(self) -> str:
        """Who speaks: the account's name for itself, else the office, else the source the editor wrote."""
        content, interpreters = self.manuscript.content, self.manuscript.content.interpreters
        named = self.settings.office or self.manuscript.imprint.office or content.source
        return named or next((i.office for i in interpreters if i.office), "")

    @property
    def source(self) -> str:
        """The small line at the foot of every card."""
        source = self.manuscript.content.source or self.office
        return "　".join(part for part in (f"来源：{source}" if source else "", self.settings.footer) if part)

    @property
    def number(self) -> str:
        """The document number of the first policy that has one."""
        return next((policy.number for policy in self.manuscript.content.policies if policy.number), "")


def setting_of(manuscript: Manuscript, settings: CardsSettings, total: int) -> Setting:
    """The setting of a deck of `total` cards."""
    return Setting(manuscript, settings, load_theme(settings.theme), total)


def draw(card: Card, page: int, setting: Setting) -> Canvas:
    """Paint a card, on the thread's reused frame: take its PNG before the next is drawn."""
    canvas = Canvas.reusing(ground(setting.theme, setting.safe))
    faces = {Kind.COVER: _cover, Kind.POINT: _point, Kind.QUESTION: _point, Kind.CLOSING: _closing}
    faces[card.kind](canvas, card, setting)
    _foot(canvas, page, setting)
    return canvas


def _cover(canvas: Canvas, card: Card, setting: Setting) -> None:
    theme, safe = setting.theme, setting.safe
    y = canvas.text(
        set_text(setting.manuscript.imprint.column.name, safe.width, _LABEL), safe.left, safe.top, theme.accent
    )
    y = _title(canvas, card.title, setting, y + 28) + 52
    foot = safe.bottom - 130
    lower = [setting.number, setting.office if setting.office != setting.manuscript.content.source else ""]
    blocks = [set_text(text, safe.width - 220, _NUMBER) for text in lower if text]
    low = foot - round(sum(block.height for block in blocks))
    free = (min(low, foot - _SEAL) if setting.settings.seal else low) - y - 24
    text = setting.manuscript.content.summary
    shorter = (fit_text(cut(text, most), safe.width, free, _SUMMARY, range(40, 49, 2)) for most in (90, 56, 36))
    if (summary := next(filter(None, shorter), None)) is not None:
        canvas.text(summary, safe.left, y, theme.grey)
    for block in blocks:
        low = canvas.text(block, safe.left, low, theme.ink)
    if setting.settings.seal:
        _seal(canvas, Box(safe.right - _SEAL, foot - _SEAL, safe.right, foot), theme)


def _title(canvas: Canvas, title: str, setting: Setting, y: int) -> int:
    """The title on ruled squares; one too long for them is set in lines, cut where even those end."""
    theme, safe = setting.theme, setting.safe
    written = fit_on_sheet(title, safe.width, _SHEET_HEIGHT, _SHEET_COLUMNS)
    if written is not None:
        block, sheet = written
        sheet = replace(sheet, rows=max(sheet.rows, _LEAST_ROWS))
        rule_sheet(canvas, sheet, (safe.left, y), theme.rule)
        return max(canvas.text(block, safe.left, y, theme.ink), y + sheet.height)
    block = set_text(cut(title, MOST_TITLE), safe.width, _LONG_TITLE)
    return canvas.text(block, safe.left, y, theme.ink)


def _seal(canvas: Canvas, box: Box, theme: Theme) -> None:
    """The square seal: four characters in two rows, cut out of the accent."""
    canvas.rounded(box, 12, theme.fill)
    canvas.frame(box.inset(9), theme.on_fill, 3)
    style = Style(58, 700, 1.06)
    block = set_text("政策\n解读", box.width, Style(58, 700, 1.06, "left", paragraph=0))
    x = box.left + (box.width - 2 * style.size) // 2
    canvas.text(block, x, box.top + round((box.height - block.height) / 2), theme.on_fill)


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
    label = f"{_MARKS[card.kind]}{card.number:02d}"
    numeral = set_text(label, safe.width, _NUMERAL)
    canvas.text(numeral, safe.left, safe.top, theme.accent)
    if card.parts > 1:
        part = set_text(f"{card.part}/{card.parts}", 200, _LABEL)
        canvas.text(part, safe.left + round(numeral.width) + 20, safe.top + 56, theme.accent)
    content = setting.manuscript.content
    right = Style(36, 400, 1.4, "right")
    y = safe.top + 6
    for text in (content.short_title or content.title, setting.number):
        y = canvas.text(_one_line(text, 500, right), safe.right - 500, y, theme.grey)


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


def _closing(canvas: Canvas, card: Card, setting: Setting) -> None:
    theme, safe = setting.theme, setting.safe
    heading = set_text(card.title, safe.width, Style(76, 700, 1.28))
    y = canvas.text(heading, safe.left, safe.top, theme.ink)
    canvas.fill(Box(safe.left, y + 24, safe.left + 96, y + 32), theme.fill)
    y += 76
    floor = safe.bottom - 120
    for block, colour, after in _contacts(setting):
        if y + block.height + after > floor:
            break
        y = canvas.text(block, safe.left, y, colour) + after
    y = _policies(canvas, setting, y + 16, floor)
    if setting.settings.qr and (url := page_url(setting.manuscript)) and floor - y > 236:
        box = canvas.qr(url, (safe.left, y + 28), min(260, floor - y - 28))
        canvas.frame(box, theme.rule)
        note = set_text("扫码看全文", 400, _LABEL)
        canvas.text(note, box.right + 32, box.top + round((box.height - note.height) / 2), theme.ink)


def _contacts(setting: Setting) -> list[tuple[Block, Colour, int]]:
    """Who answers: office, name and role, and the phone as the largest thing on the card."""
    theme, width = setting.theme, setting.safe.width
    rows: list[tuple[Block, Colour, int]] = []
    for who in setting.manuscript.content.interpreters[:2]:
        office = set_text(who.office or setting.office, width, Style(42, 400, 1.4))
        name = set_text("　".join(filter(None, (who.name, who.role))), width, Style(50, 700, 1.4))
        phone = set_text(who.phone, width, Style(80, 700, 1.3))
        rows.extend([(office, theme.grey, 0), (name, theme.ink, 0), (phone, theme.accent, 24)])
    if not rows:
        rows.append((set_text(setting.office, width, Style(54, 700, 1.4)), theme.ink, 24))
    return rows


def _policies(canvas: Canvas, setting: Setting, y: int, floor: int) -> int:
    """The policy the deck explains, on a panel; gives the y below it."""
    theme, safe = setting.theme, setting.safe
    for policy in setting.manuscript.content.policies[:1]:
        width = safe.width - 80
        label = set_text(f"政策原文 · {policy.validity.label}", width, Style(38, 700, 1.4))
        number = set_text(policy.number, width, Style(46, 700, 1.5))
        left = floor - y - round(label.height + number.height) - 72
        title = fit_text(quoted(policy.title), width, left, Style(44, 400, 1.5), range(36, 45, 2))
        blocks = [(label, theme.accent), (number, theme.ink), *([(title, theme.ink)] if title else [])]
        bottom = y + 72 + round(sum(block.height for block, _ in blocks))
        canvas.rounded(Box(safe.left, y, safe.right, bottom), 12, theme.rule)
        canvas.rounded(Box(safe.left + 2, y + 2, safe.right - 2, bottom - 2), 10, theme.panel)
        inner = y + 36
        for block, colour in blocks:
            inner = canvas.text(block, safe.left + 40, inner, colour)
        y = bottom
    return y


def page_url(manuscript: Manuscript) -> str:
    """The address of the full article, empty when the manuscript stands nowhere yet."""
    imprint = manuscript.imprint
    return f"{imprint.site.base_url}i/{imprint.id}/" if imprint.id is not None else ""


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
