"""Instants as the public reads them: in the office's zone, the zone named where it matters."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

_ZONE_NAMES = {"Asia/Shanghai": "北京时间", "Asia/Urumqi": "新疆时间"}


def minute(instant: datetime, zone: str) -> str:
    """`YYYY-MM-DD HH:MM`, the form of the PubDate page tag (国办发〔2017〕47号)."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def day(instant: datetime, zone: str) -> str:
    """`YYYY-MM-DD`."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d")


def machine(instant: datetime, zone: str) -> str:
    """ISO 8601 with the zone's offset, for `datetime` attributes."""
    return instant.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


def span(starts: datetime, ends: datetime | None, zone: str) -> str:
    """`2026-12-10 15:00—16:30（北京时间）`; the end carries its date when it is another day."""
    text = minute(starts, zone)
    if ends is not None and ends > starts:
        same_day = day(starts, zone) == day(ends, zone)
        text += "—" + (minute(ends, zone)[11:] if same_day else minute(ends, zone))
    return f"{text}（{_ZONE_NAMES.get(zone, zone)}）"
