"""Livestreams as iCalendar files (RFC 5545), made from stored data alone: the same events are the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Conference, Event, Timezone, vDuration

from channels.manuscript import LivestreamRef
from channels.site.characters import legal, one_line

PRODID = "-//Yigao//Livestream//ZH"
# How often a subscriber's program asks for changes (RFC 7986, 5.7; the X- name is for older ones).
REFRESH = timedelta(hours=1)
REMIND_MINUTES = 30
# The year whose rules stand in a calendar without events.
EPOCH = 2026


@dataclass(frozen=True)
class EventInfo:
    """A livestream as calendars tell it.

    `uid` is made from the event's identity and never changes; `stamped` is when its stored data last changed and
    `sequence` how often (both stored, so that a client knows a newer version). A reminder rings `remind_minutes` before
    the start; 0 sets none. A `cancelled` event takes up nobody's time, and reminds nobody.
    """

    uid: str
    livestream: LivestreamRef
    stamped: datetime
    sequence: int
    url: str
    description: str
    organizer_name: str
    remind_minutes: int = REMIND_MINUTES
    cancelled: bool = False


def calendar(name: str, zone: str, events: Sequence[EventInfo], url: str = "") -> bytes:
    """The calendar file of these events, in the order given. `zone` is an IANA name; `url` is where the file lies.

    There is no METHOD: that would make the file an invitation. The organiser is named as CONTACT,
    because ORGANIZER needs an address to answer to.
    Raises `zoneinfo.ZoneInfoNotFoundError` for an unknown zone.
    """
    made = _calendar(name, zone)
    if url:
        made.add("url", url)
        made.add("source", url, parameters={"VALUE": "URI"})
    local = ZoneInfo(zone)
    years = [moment.year for event in events for moment in _moments(event.livestream)]
    # RFC 5545, 3.6 wants one component at least, so a calendar without events yet has its zone.
    made.add_component(_timezone(zone, min(years, default=EPOCH), max(years, default=EPOCH)))
    for event in events:
        made.add_component(_event(event, local))
    data: bytes = made.to_ical()
    return data


def event_calendar(*, zone: str, calendar_name: str, **facts: Any) -> bytes:
    """The calendar file of one event; `facts` are those of `EventInfo`."""
    return calendar(calendar_name, zone, [EventInfo(**facts)])


def _calendar(name: str, zone: str) -> Calendar:
    """An empty calendar; its name and how often to come again stand twice, for old clients and new."""
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", one_line(name))
    calendar.add("x-wr-calname", one_line(name))
    calendar.add("x-wr-timezone", zone)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    return calendar


def _moments(livestream: LivestreamRef) -> tuple[datetime, ...]:
    return tuple(filter(None, (livestream.starts, livestream.ends)))


def _event(told: EventInfo, zone: ZoneInfo) -> Event:
    event = Event()
    event.add("status", "CANCELLED" if told.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if told.cancelled else "OPAQUE")
    event.add("uid", one_line(told.uid))
    event.add("dtstamp", told.stamped.astimezone(UTC))
    event.add("last-modified", told.stamped.astimezone(UTC))
    event.add("sequence", told.sequence)
    _add_stream(event, told.livestream, zone)
    for name, value in (
        ("description", "\n".join(legal(told.description).splitlines())),
        ("url", told.url),
        ("contact", one_line(told.organizer_name)),
    ):
        if value:
            event.add(name, value)
    if told.remind_minutes > 0 and not told.cancelled:
        event.add_component(_alarm(told.livestream, told.remind_minutes))
    return event


def _add_stream(event: Event, livestream: LivestreamRef, zone: ZoneInfo) -> None:
    event.add("summary", one_line(livestream.topic))
    event.add("dtstart", livestream.starts.astimezone(zone))
    # RFC 5545, 3.6.1: DTEND must be later than DTSTART; without one the event is a moment.
    if livestream.ends is not None and livestream.ends > livestream.starts:
        event.add("dtend", livestream.ends.astimezone(zone))
    if livestream.platform:
        event.add("location", one_line(livestream.platform))
    if livestream.room.startswith(("https://", "http://")):
        event.add("conference", Conference(livestream.room, feature="VIDEO").to_uri())


def _alarm(livestream: LivestreamRef, minutes: int) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", timedelta(minutes=-minutes))
    alarm.add("description", one_line(livestream.topic))
    return alarm


@lru_cache(maxsize=64)
def _timezone(zone: str, first: int, last: int) -> Timezone:
    """The zone's rules around the event, from the year before `first` to the year after `last`; nobody changes it.

    Kept, because finding them costs more than drawing the poster. The library writes a COMMENT into it, which the RFC
    doesn't allow there.
    """
    component = Timezone.from_tzinfo(
        ZoneInfo(zone), zone, first_date=date(first - 1, 1, 1), last_date=date(last + 2, 1, 1)
    )
    component.pop("COMMENT", None)
    return component
