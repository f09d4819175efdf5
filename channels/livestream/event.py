"""The calendar event of a livestream."""

from __future__ import annotations

from channels.livestream.announcement import Announcement, identity_of
from channels.livestream.settings import LivestreamSettings
from channels.manuscript import LivestreamRef, Manuscript
from channels.site.calendar import event_calendar


def event(told: Announcement, stream: LivestreamRef, manuscript: Manuscript, settings: LivestreamSettings) -> bytes:
    """The `.ics` file. Its UID never changes; a correction raises SEQUENCE, so that calendars take the new times."""
    imprint = manuscript.imprint
    return event_calendar(
        uid=f"{identity_of(manuscript)}@{imprint.site.domain}",
        livestream=stream,
        zone=imprint.zone,
        stamped=manuscript.revised,
        sequence=manuscript.sequence,
        url=told.page_url or told.room_url,
        description=_description(told),
        organizer_name=told.signature,
        calendar_name=f"{told.signature}直播预告",
        remind_minutes=settings.reminder_minutes,
    )


def _description(told: Announcement) -> str:
    guests = "、".join(name for name, _ in told.guests)
    facts = (("主持人", told.host), ("解读嘉宾", guests), ("解读文件", "、".join(told.policies)), ("观看", told.room))
    return "\n".join(f"{label}：{words}" for label, words in facts if words)
