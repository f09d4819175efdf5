"""Instants as pages show and mark them: in the office's zone, in the forms that the page tags and HTML ask for."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def minute(instant: datetime, zone: str) -> str:
    """`YYYY-MM-DD HH:MM`, the form of the PubDate page tag (国办发〔2017〕47号)."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def day(instant: datetime, zone: str) -> str:
    """`YYYY-MM-DD`."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d")


def machine(instant: datetime, zone: str) -> str:
    """ISO 8601 with the zone's offset, for `datetime` attributes."""
    return instant.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
