"""The closing card: whom to ask, and the policy with the way to the full article."""

from __future__ import annotations

from typing import NamedTuple

from channels.cards.deck import Card
from channels.cards.script import contacts, quoted
from channels.cards.setting import SMALL, Setting
from channels.drawing import Block, Box, Canvas, Style, fit_text, qr_side, set_text
from channels.drawing.themes import Colour
from channels.manuscript import InterpreterRef, PolicyRef
from channels.text.clauses import cut

_QR = 236
_FOOT = 104
_PAD = 40
_TITLE = Style(44, 400, 1.5)
_TITLE_HEIGHT = 400
# Pixels that the title leaves to the card's heading, one contact, the panel's other lines and the foot.
_REST = 750
# With less beside it, the QR code would squeeze the title into a column; with less height, it would push out people.
_LEAST_TITLE_WIDTH, _LEAST_HEIGHT = 400, 980


class Row(NamedTuple):
    """One text of a column: the block, its colour, and the space below it in pixels."""

    block: Block
    colour: Colour
    after: int = 0


def draw_closing(canvas: Canvas, card: Card, setting: Setting) -> None:
    """Paint the closing card: people first, as many as leave the policy its room."""
    theme, safe = setting.theme, setting.safe
    heading = set_text(card.title, safe.width, Style(76, 700, 1.28))
    y = canvas.text(heading, safe.left, safe.top, theme.ink)
    canvas.fill(Box(safe.left, y + 24, safe.left + 96, y + 32), theme.fill)
    y += 64
    panel = _Panel(setting)
    floor = safe.bottom - _FOOT - panel.height
    for rows in _contacts(setting):
        if y + sum(row.block.height + row.after for row in rows) <= floor:
            y = _column(canvas, rows, safe.left, y)
    if panel.height:
        panel.paint(canvas, min(y + 16, floor))


def _column(canvas: Canvas, rows: list[Row], x: int, y: int) -> int:
    for row in rows:
        y = canvas.text(row.block, x, y, row.colour) + row.after
    return y


def _contacts(setting: Setting) -> list[list[Row]]:
    """Who answers, each with the phone as the largest thing on the card; without anybody, the office."""
    people = [_person(who, setting) for who in contacts(setting.manuscript.content)]
    office = Row(set_text(setting.office, setting.safe.width, Style(54, 700, 1.4)), setting.theme.ink, 24)
    return people or [[office]]


def _person(who: InterpreterRef, setting: Setting) -> list[Row]:
    theme, width = setting.theme, setting.safe.width
    name = "　".join(filter(None, (who.name, who.role)))
    return [
        Row(set_text(who.office or setting.office, width, Style(42, 400, 1.4)), theme.grey),
        Row(set_text(name, width, Style(50, 700, 1.4)), theme.ink),
        Row(set_text(who.phone, width, Style(80, 700, 1.3)), theme.accent, 24),
    ]


class _Panel:
    """The panel at the foot: label, number and title of the policy, and the QR code of the full article."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        policies = setting.manuscript.content.policies
        width = setting.safe.width - 2 * _PAD
        beside = width - _QR - 32
        roomy = beside >= _LEAST_TITLE_WIDTH and setting.safe.height >= _LEAST_HEIGHT
        self.url = setting.url if setting.settings.qr and roomy else ""
        self.side = qr_side(self.url, _QR) if self.url else 0
        self.head = _head(policies[0], setting, width) if policies else []
        self.body = _body(
            policies[0] if policies else None, setting, beside if self.url else width, told=bool(self.url)
        )
        body = sum(row.block.height + row.after for row in self.body)
        inner = sum(row.block.height for row in self.head) + max(body, self.side + 8 if self.url else 0)
        self.height = round(inner) + 2 * 36 if inner else 0

    def paint(self, canvas: Canvas, y: int) -> None:
        """Paint the panel with its top at `y`."""
        theme, safe = self.setting.theme, self.setting.safe
        box = Box(safe.left, y, safe.right, y + self.height)
        canvas.rounded(box, 12, theme.rule)
        canvas.rounded(box.inset(2), 10, theme.panel)
        below = _column(canvas, self.head, safe.left + _PAD, y + 36)
        _column(canvas, self.body, safe.left + _PAD, below)
        if self.url:
            canvas.qr(self.url, (safe.right - _PAD - self.side, below + 8), _QR)


def _head(policy: PolicyRef, setting: Setting, width: int) -> list[Row]:
    theme = setting.theme
    label = set_text(f"政策原文 · {policy.validity.label}", width, Style(38, 700, 1.4))
    return [Row(label, theme.accent), Row(set_text(policy.number, width, Style(46, 700, 1.5)), theme.ink)]


def _body(policy: PolicyRef | None, setting: Setting, width: int, *, told: bool) -> list[Row]:
    """The policy's title, and what the QR code beside it is for."""
    rows: list[Row] = []
    if policy is not None:
        height = min(_TITLE_HEIGHT, setting.safe.height - _REST)
        lengths = (cut(quoted(policy.title), most) for most in (200, 60, 40, 24))
        fitted = (fit_text(text, width, height, _TITLE, range(36, 45, 2)) for text in lengths)
        rows.extend(Row(title, setting.theme.ink, 12) for title in [next(filter(None, fitted), None)] if title)
    if told:
        rows.append(Row(set_text("扫码看政策解读全文", width, SMALL), setting.theme.grey))
    return rows
