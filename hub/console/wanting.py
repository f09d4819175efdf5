"""What the address of the deliveries screen asks for, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import url_for

from hub.console.here import editor
from hub.console.reading import FILTERS
from hub.console.tracking import Wanted


def wanted(args: Mapping[str, str]) -> Wanted:
    """The question in an address or a form; whatever can't be read is not asked."""
    return Wanted(
        show=args["show"] if args.get("show") in FILTERS else "all",
        channel=args.get("channel", "")[:30],
        area_id=_number(args.get("area", "")),
        since=_day(args.get("since", "")),
        until=_day(args.get("until", ""), days=1),
        search=args.get("q", "").strip()[:100],
        piece_id=_number(args.get("interpretation", "")),
        after=args.get("after", "")[:60],
    )


def here(asked: Wanted) -> dict[str, Any]:
    """The question as the parts of an address, without the page; what is not asked is left out."""
    zone = editor().zone
    until = asked.until - timedelta(days=1) if asked.until else None
    parts = {
        "show": asked.show if asked.show != "all" else "",
        "channel": asked.channel,
        "area": asked.area_id,
        "since": f"{asked.since.astimezone(zone):%Y-%m-%d}" if asked.since else "",
        "until": f"{until.astimezone(zone):%Y-%m-%d}" if until else "",
        "q": asked.search,
        "interpretation": asked.piece_id,
    }
    return {name: value for name, value in parts.items() if value}


def address(asked: Wanted) -> str:
    """Where this is shown."""
    return url_for("deliveries.listing", **here(asked))


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) < 19 else None


def _day(text: str, days: int = 0) -> datetime | None:
    """The beginning of a day in the office's zone, or of the day after."""
    try:
        return datetime.fromisoformat(text[:10]).replace(tzinfo=editor().zone) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
