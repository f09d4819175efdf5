"""Chinese official wording: times and titles of documents."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from channels.manuscript import PolicyRef

_WEEKDAYS = "一二三四五六日"
# Names that readers know; any other zone is given by its IANA name and its distance from UTC.
_ZONE_NAMES = {
    "Asia/Shanghai": "北京时间",
    "Asia/Chongqing": "北京时间",
    "PRC": "北京时间",
    "Asia/Urumqi": "乌鲁木齐时间",
    "Asia/Hong_Kong": "香港时间",
    "Asia/Macau": "澳门时间",
    "UTC": "协调世界时",
}
_BRACKETS = str.maketrans("《》〈〉", "〈〉《》")
_WHOLE_TITLE = re.compile(r"《[^《》]*(?:《[^《》]*》[^《》]*)*》(?:（[^（）]*）)?")


def date_words(moment: datetime) -> str:
    """A date, `2027年1月14日` (GB/T 15835: Arabic numerals for dates)."""
    return f"{moment.year}年{moment.month}月{moment.day}日"


def day_words(moment: datetime) -> str:
    """A date with its weekday, `2027年1月14日（星期四）`."""
    return f"{date_words(moment)}（星期{_WEEKDAYS[moment.weekday()]}）"


def clock_words(moment: datetime) -> str:
    """A time of day, `9:00`, `15:30`."""
    return f"{moment.hour}:{moment.minute:02d}"


def zone_words(zone: str, moment: datetime) -> str:
    """The zone's name for readers: `北京时间`, or `Europe/London，UTC+1` at that moment."""
    if zone in _ZONE_NAMES:
        return _ZONE_NAMES[zone]
    return f"{zone}，{offset_words(moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta())}"


def offset_words(offset: timedelta) -> str:
    """`UTC+8`, `UTC-3:30`, `UTC`."""
    minutes = round(offset.total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02d}" if rest else "")


def span_words(starts: datetime, ends: datetime | None, zone: str) -> str:
    """When it is, in `zone`: `2027年1月14日（星期四）15:00—16:00（北京时间）`; over midnight both days are named."""
    local = ZoneInfo(zone)
    first = starts.astimezone(local)
    words = f"{day_words(first)}{clock_words(first)}"
    if ends is None:
        words += "开始"
    else:
        last = ends.astimezone(local)
        words += "—" + ("" if last.date() == first.date() else day_words(last)) + clock_words(last)
    return f"{words}（{zone_words(zone, starts)}）"


def moment_words(moment: datetime, zone: str) -> str:
    """An instant in `zone`, which is named: `2027年1月14日9:05（北京时间）`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{date_words(local)}{clock_words(local)}（{zone_words(zone, moment)}）"


def hours_words(starts: datetime, ends: datetime | None, zone: str) -> str:
    """The hours alone, for large type: `15:00—16:00`, `23:00—次日1:00`, `15:00` when the end is open."""
    local = ZoneInfo(zone)
    first = starts.astimezone(local)
    if ends is None:
        return clock_words(first)
    last = ends.astimezone(local)
    days = (last.date() - first.date()).days
    day = "" if not days else "次日" if days == 1 else f"{last.month}月{last.day}日"
    return f"{clock_words(first)}—{day}{clock_words(last)}"


def titled(title: str) -> str:
    """A document's title in 书名号; marks inside become single ones (GB/T 15834—2011, 4.15)."""
    title = title.strip()
    if not title or _WHOLE_TITLE.fullmatch(title):
        return title
    return f"《{title.translate(_BRACKETS)}》"


def policy_words(policy: PolicyRef) -> str:
    """The document as it is cited: title, then its number in parentheses."""
    name = titled(policy.title)
    return f"{name}（{policy.number}）" if policy.number else name
