"""The poster: 1080 × 1920, the topic, one large time, who speaks, where to watch."""

from __future__ import annotations

from dataclasses import dataclass

from channels.drawing import Block, Box, Canvas, Style, Theme, fit_text, load_theme, set_text
from channels.livestream.announcement import Announcement
from channels.livestream.settings import LivestreamSettings, QrTarget

SIZE = (1080, 1920)
# A longer address makes modules too small to scan from a screen an arm away.
QR_CHARACTERS = 300
_MARGIN = 96
_WIDTH = SIZE[0] - 2 * _MARGIN
_QR = 264
_LABEL_WIDTH = 232
_FOOT = 1510
_GUESTS_WITH_POSTS = 3
_GAP = 22
_SHOWN = 400
_TOPIC = Style(92, weight=800, leading=1.28)
_SHORT_TOPIC = 8
_ROW = Style(42, weight=500, leading=1.45)
_ROW_SIZES = (50, 46, 42, 40, 38, 36, 34)


@dataclass(frozen=True)
class _Row:
    label: Block
    words: Block

    @property
    def height(self) -> int:
        return round(max(self.label.height, self.words.height))


def poster(told: Announcement, settings: LivestreamSettings) -> bytes:
    """The poster as PNG. Text that no size makes fit ends in an ellipsis."""
    theme = load_theme(settings.theme)
    canvas = Canvas(SIZE, theme.paper)
    canvas.frame(canvas.box.inset(36), theme.rule, 3)
    y = _head(canvas, told, settings, theme)
    y = _time(canvas, told, theme, y)
    target = qr_target(told, settings)
    _rows(canvas, told, theme, y, shows_address=not target)
    _foot(canvas, told, theme, target)
    return canvas.png(poster_alt(told, target))


def qr_target(told: Announcement, settings: LivestreamSettings) -> str:
    """The address in the QR code; the page's when the room has none or one too long; nothing when switched off."""
    if not settings.qr:
        return ""
    room = told.room_url if settings.qr_target is QrTarget.ROOM and len(told.room_url) <= QR_CHARACTERS else ""
    return room or told.page_url


def poster_alt(told: Announcement, target: str) -> str:
    """Everything the poster says, in one paragraph."""
    guests = "、".join(f"{name}（{post}）" if post else name for name, post in told.guests)
    facts = [f"直播预告海报：{told.topic}", f"时间：{told.when}"]
    papers = "、".join(told.policies)
    pairs = (("平台", told.platform), ("主持人", told.host), ("解读嘉宾", guests), ("解读文件", papers))
    facts += [f"{label}：{words}" for label, words in pairs if words]
    facts += [f"二维码指向{target}"] if target else []
    return "。".join(facts) + "。"


def _head(canvas: Canvas, told: Announcement, settings: LivestreamSettings, theme: Theme) -> int:
    label = set_text("直播预告", 400, Style(44, weight=700, leading=1.0))
    pill = Box(_MARGIN, 112, _MARGIN + round(label.width) + 64, 112 + 88)
    canvas.rounded(pill, 10, theme.fill)
    canvas.text(label, pill.left + 32, pill.top + 22, theme.on_fill)
    room = SIZE[0] - _MARGIN - pill.right - 40
    brand = _fitted(settings.brand or told.signature, room, 88, Style(38, 500, 1.15, align="right"), (38, 34, 30))
    canvas.text(brand, pill.right + 40, pill.top + round((88 - brand.height) / 2), theme.grey)
    sizes = range(92, 141, 8) if len(told.topic) <= _SHORT_TOPIC else range(52, 93, 4)
    topic = _fitted(told.topic, _WIDTH, 500, _TOPIC, sizes)
    return canvas.text(topic, _MARGIN, 264, theme.ink) + 44


def _time(canvas: Canvas, told: Announcement, theme: Theme, y: int) -> int:
    panel = Box(_MARGIN, y, SIZE[0] - _MARGIN, y + 328)
    canvas.rounded(panel, 16, theme.panel)
    left, width = panel.left + 44, panel.width - 2 * 44
    day = _fitted(told.day, width, 84, Style(54, 600, 1.3), (54, 48))
    y = canvas.text(day, left, y + 34, theme.ink)
    hours = _fitted(told.hours, width, 150, Style(124, 800, 1.15), range(60, 125, 8))
    canvas.text(hours, left, y + round((150 - hours.height) / 2), theme.accent)
    zone = _fitted(told.zone, width, 56, Style(36, 400, 1.3), (36, 32))
    canvas.text(zone, left, panel.bottom - 32 - round(zone.height), theme.grey)
    return panel.bottom + 52


def _rows(canvas: Canvas, told: Announcement, theme: Theme, y: int, *, shows_address: bool) -> None:
    """The facts below the time: as large as fits, the last ones left out when nothing else helps."""
    facts = _facts(told, shows_address=shows_address)
    room = _FOOT - 44 - y
    rows: list[_Row] = []
    for size in _ROW_SIZES:
        rows = [_row(label, words, size, room) for label, words in facts]
        if _height(rows) <= room:
            break
    while len(rows) > 1 and _height(rows) > room:
        rows.pop()
    for row in rows:
        canvas.text(row.label, _MARGIN, y, theme.grey)
        canvas.text(row.words, _MARGIN + _LABEL_WIDTH, y, theme.ink)
        y += row.height + _GAP


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
        # Codes are whole pixels a module, so the card takes up what is left over.
        canvas.rounded(card, 8, (255, 255, 255))
        canvas.qr(target, (card.left, card.top), _QR)
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
