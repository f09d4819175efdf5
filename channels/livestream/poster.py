"""The poster: 1080 × 1920, the topic, one large time, who speaks, where to watch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from channels.drawing import Block, Box, Canvas, Style, Theme, fit_text, load_theme, set_text
from channels.drawing.manuscript_paper import Sheet, fit_on_sheet, rule_sheet
from channels.livestream.announcement import Announcement
from channels.livestream.checks import LONG_TOPIC
from channels.livestream.settings import LivestreamSettings, QrTarget

SIZE = (1080, 1920)
# A longer address makes modules too small to scan from a screen an arm away.
QR_CHARACTERS = 300
_MARGIN = 96
_WIDTH = SIZE[0] - 2 * _MARGIN
_TOP, _FOOT, _SPACE = 236, 1522, 44
_TIME_HEIGHT = 320
_QR = 252
_WHITE = (255, 255, 255)
_LABEL_WIDTH = 232
_GUESTS_WITH_POSTS = 3
_GAP = 18
# No more of any text than this is laid out: it would not fit.
_SHOWN = 400
_TOPIC = Style(92, weight=800, leading=1.28)
_TOPIC_SIZES = range(52, 93, 4)
_TOPIC_HEIGHT, _LOW_TOPIC_HEIGHT = 470, 330
_SHEET_COLUMNS = (7, 8, 9, 10, 11, 12, 14)
_MOST_CLAUSE_COLUMNS = 11
_CLAUSES = re.compile(r"[^，、：；！？,:;!?]+[，、：；！？,:;!?]?")
_LINE_COST = 8
_ROW = Style(42, weight=500, leading=1.45)
_ROW_SIZES = (50, 46, 42, 40, 38, 36, 34)


@dataclass(frozen=True)
class _Row:
    label: Block
    words: Block

    @property
    def height(self) -> int:
        return round(max(self.label.height, self.words.height))

    def paint(self, canvas: Canvas, theme: Theme, y: int) -> int:
        canvas.text(self.label, _MARGIN, y, theme.grey)
        canvas.text(self.words, _MARGIN + _LABEL_WIDTH, y, theme.ink)
        return y + self.height


@dataclass(frozen=True)
class _Topic:
    block: Block
    sheet: Sheet | None = None

    @property
    def height(self) -> int:
        return self.sheet.height if self.sheet else round(self.block.height)

    def paint(self, canvas: Canvas, theme: Theme, y: int) -> int:
        if self.sheet:
            rule_sheet(canvas, self.sheet, (_MARGIN, y), theme.rule)
        canvas.text(self.block, _MARGIN, y, theme.ink)
        return y + self.height


# `item` and `render` are asked in turn for the same announcement.
@lru_cache(maxsize=4)
def poster(told: Announcement, settings: LivestreamSettings) -> bytes:
    """The poster as PNG. Text that no size makes fit ends in an ellipsis."""
    theme = load_theme(settings.theme)
    canvas = Canvas(SIZE, theme.paper)
    canvas.frame(canvas.box.inset(36), theme.rule, 3)
    _head(canvas, settings.office or told.signature, theme, "直播预告（更正）" if told.corrections else "直播预告")
    target = qr_target(told, settings)
    topic, rows = _topic_and_rows(told.topic, _facts(told, shows_address=not target))
    y = topic.paint(canvas, theme, _TOP) + _SPACE
    y = _time(canvas, told, theme, y) + _SPACE
    spare = (_FOOT - _SPACE - y - _height(rows)) // max(1, len(rows) - 1)
    for row in rows:
        y = row.paint(canvas, theme, y) + _GAP + min(_GAP, spare)
    _foot(canvas, told, theme, target)
    return canvas.png(poster_alt(told, target))


def qr_target(told: Announcement, settings: LivestreamSettings) -> str:
    """The address in the QR code: page or room as set, the other one when there is only that; nothing when switched
    off. A room's address too long for a readable code counts as none.
    """
    if not settings.qr:
        return ""
    room = told.room_url if len(told.room_url) <= QR_CHARACTERS else ""
    return (room or told.short_url) if settings.qr_target is QrTarget.ROOM else (told.short_url or room)


def poster_alt(told: Announcement, target: str) -> str:
    """Everything the poster says, in one paragraph."""
    guests = "、".join(f"{name}（{post}）" if post else name for name, post in told.guests)
    kind = "直播预告（更正）海报" if told.corrections else "直播预告海报"
    facts = [f"{kind}：{told.topic}", f"时间：{told.when}"]
    papers = "、".join(told.policies)
    pairs = (("平台", told.platform), ("主持人", told.host), ("解读嘉宾", guests), ("解读文件", papers))
    facts += [f"{label}：{words}" for label, words in pairs if words]
    facts += [f"二维码指向{target}"] if target else []
    return "。".join(facts) + "。"


def _head(canvas: Canvas, office: str, theme: Theme, words: str) -> None:
    label = set_text(words, 400, Style(44, weight=700, leading=1.0))
    pill = Box(_MARGIN, _MARGIN, _MARGIN + round(label.width) + 64, _MARGIN + 88)
    canvas.rounded(pill, 10, theme.fill)
    canvas.text(label, pill.left + 32, pill.top + 22, theme.on_fill)
    room = SIZE[0] - _MARGIN - pill.right - 40
    block = _fitted(office, room, 88, Style(38, 500, 1.15, align="right"), (38, 34, 30))
    canvas.text(block, pill.right + 40, pill.top + round((88 - block.height) / 2), theme.grey)


def _topic_and_rows(topic: str, facts: list[tuple[str, str]]) -> tuple[_Topic, list[_Row]]:
    """The finest setting of the topic that leaves room for every fact; the last one leaves out facts at the end."""
    choices = _topics(topic)
    for choice in choices:
        rows = _rows(facts, _FOOT - _SPACE - (_TOP + choice.height + _SPACE + _TIME_HEIGHT + _SPACE))
        if len(rows) == len(facts):
            return choice, rows
    return choices[-1], rows


def _topics(topic: str) -> list[_Topic]:
    """The topic on ruled manuscript paper, in plain lines, in smaller ones: as far as it fits; else cut."""
    choices = []
    columns = (_clause_columns(topic), _SHEET_COLUMNS) if len(topic) <= LONG_TOPIC else ()
    for counts in filter(None, columns):
        if written := fit_on_sheet(topic, _WIDTH, _TOPIC_HEIGHT, counts):
            choices.append(_Topic(*written))
    for height in (_TOPIC_HEIGHT, _LOW_TOPIC_HEIGHT):
        block = fit_text(topic[:_SHOWN], _WIDTH, height, _TOPIC, _TOPIC_SIZES)
        choices += [_Topic(block)] if block and len(topic) <= _SHOWN else []
    return choices or [_Topic(_fitted(topic, _WIDTH, _TOPIC_HEIGHT, _TOPIC, _TOPIC_SIZES))]


def _time(canvas: Canvas, told: Announcement, theme: Theme, y: int) -> int:
    panel = Box(_MARGIN, y, SIZE[0] - _MARGIN, y + _TIME_HEIGHT)
    canvas.rounded(panel, 16, theme.panel)
    left, width = panel.left + 44, panel.width - 2 * 44
    day = _fitted(told.day, width, 84, Style(54, 600, 1.3), (54, 48))
    y = canvas.text(day, left, y + 30, theme.ink)
    hours = _fitted(told.hours, width, 150, Style(124, 800, 1.15), range(60, 125, 8))
    canvas.text(hours, left, y + round((150 - hours.height) / 2), theme.accent)
    zone = _fitted(told.zone, width, 56, Style(36, 400, 1.3), (36, 32))
    canvas.text(zone, left, panel.bottom - 30 - round(zone.height), theme.grey)
    return panel.bottom


def _clause_columns(topic: str) -> tuple[int, ...]:
    """As many squares a row as the longest clause has characters: rows then end where the reader pauses."""
    longest = max(len(clause) for clause in _CLAUSES.findall(topic) or [topic])
    return (longest,) if _SHEET_COLUMNS[0] <= longest <= _MOST_CLAUSE_COLUMNS else ()


def _rows(facts: list[tuple[str, str]], room: int) -> list[_Row]:
    """The facts as large as `room` pixels allow; the last ones left out when nothing else helps."""
    settings = [[_row(label, words, size, room) for label, words in facts] for size in _ROW_SIZES]
    fitting = [rows for rows in settings if _height(rows) <= room]
    rows = min(fitting, key=_raggedness) if fitting else settings[-1]
    while len(rows) > 1 and _height(rows) > room:
        rows.pop()
    return rows


def _raggedness(rows: list[_Row]) -> int:
    """What a line more is worth in size: a fact on one line reads better than a slightly larger one on two."""
    return _LINE_COST * sum(len(row.words.lines) for row in rows) - max(
        (row.words.style.size for row in rows), default=0
    )


def _height(rows: list[_Row]) -> int:
    return sum(row.height + _GAP for row in rows) - _GAP if rows else 0


def _row(label: str, words: str, size: int, room: int) -> _Row:
    style = _ROW.at(size)
    block = _fitted(words, _WIDTH - _LABEL_WIDTH, min(room, round(5.1 * size * style.leading)), style, (size,))
    return _Row(set_text(label, _LABEL_WIDTH, Style(size, 400, style.leading)), block)


def _facts(told: Announcement, *, shows_address: bool) -> list[tuple[str, str]]:
    guests = "\n".join(f"{name}　{post}" if post else name for name, post in told.guests)
    if len(told.guests) > _GUESTS_WITH_POSTS:
        guests = "、".join(name for name, _ in told.guests)
    where = told.platform
    if told.room and (shows_address or not told.room_url):
        where = f"{where}\n{told.room}" if where else told.room
    papers = "\n".join(told.policies[:2])
    if len(told.policies) > 2:
        papers = f"{told.policies[0]}等{len(told.policies)}份文件"
    facts = [("直播平台", where), ("主持人", told.host), ("解读嘉宾", guests), ("解读文件", papers)]
    return [(label, words) for label, words in facts if words]


def _foot(canvas: Canvas, told: Announcement, theme: Theme, target: str) -> None:
    canvas.fill(Box(_MARGIN, _FOOT, SIZE[0] - _MARGIN, _FOOT + 3), theme.rule)
    y, width = _FOOT + 52, _WIDTH
    if target:
        card = Box(SIZE[0] - _MARGIN - _QR, _FOOT + 44, SIZE[0] - _MARGIN, _FOOT + 44 + _QR)
        # A code's modules are whole pixels: only drawn, its size is known, and it stands in the middle of its card.
        code = canvas.qr(target, (card.left, card.top), _QR)
        canvas.rounded(card, 8, _WHITE)
        canvas.qr(target, (card.left + (_QR - code.width) // 2, card.top + (_QR - code.height) // 2), _QR)
        width -= _QR + 40
        y = canvas.text(set_text(_call(told, target), width, Style(44, 700, 1.35)), _MARGIN, y, theme.ink) + 14
    if told.contacts:
        words = "\n".join(("咨询电话", *told.contacts[:2]))
        contacts = _fitted(words, width, 200, Style(34, 400, 1.45, paragraph=0.1), (34, 30))
        canvas.text(contacts, _MARGIN, y, theme.grey)


def _call(told: Announcement, target: str) -> str:
    return "扫码进入直播间" if target == told.room_url else "扫码看预告、设提醒"


def _fitted(text: str, width: int, height: int, style: Style, sizes: range | tuple[int, ...]) -> Block:
    """The text at the best size, or cut at the smallest with an ellipsis so that it never leaves its box."""
    text = text[:_SHOWN]
    block = fit_text(text, width, height, style, sizes)
    if block is not None:
        return block
    low, high = 0, len(text)
    smallest = style.at(min(sizes))
    while low < high:
        middle = (low + high + 1) // 2
        trial = set_text(text[:middle] + "……", width, smallest)
        low, high = (middle, high) if trial.height <= height and trial.width <= width else (low, middle - 1)
    return set_text(text[:low].rstrip() + "……", width, smallest)
