"""A livestream as an iCalendar file (RFC 5545), made from stored data alone: the same event is the same bytes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Conference, Event, Timezone, vDuration

from channels.manuscript import LivestreamRef
from channels.site.characters import legal, one_line

PRODID = "-//Yigao//Livestream//ZH"
# How often a subscriber's program asks for changes (RFC 7986, 5.7; the X- name is for older ones).
REFRESH = timedelta(hours=1)


def event_calendar(
    *,
    uid: str,
    livestream: LivestreamRef,
    zone: str,
    stamped: datetime,
    sequence: int,
    url: str,
    description: str,
    organizer_name: str,
    calendar_name: str,
    remind_minutes: int = 30,
    cancelled: bool = False,
) -> bytes:
    """The calendar file of one event.

    `uid` is made from the event's identity and never changes; `stamped` is when its stored data last changed and
    `sequence` how often (both stored, so that a client knows a newer version). `zone` is an IANA name. A reminder
    rings `remind_minutes` before the start; 0 sets none. A `cancelled` event takes up nobody's time.
    There is no METHOD: that would make the file an invitation. The organiser is named as CONTACT,
    because ORGANIZER needs an address to answer to.
    Raises `zoneinfo.ZoneInfoNotFoundError` for an unknown zone.
    """
    calendar = _calendar(calendar_name, zone)
    calendar.add_component(_timezone(zone, livestream.starts.year, (livestream.ends or livestream.starts).year))
    event = _event(livestream, ZoneInfo(zone))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    event.add("uid", one_line(uid))
    event.add("dtstamp", stamped.astimezone(UTC))
    event.add("last-modified", stamped.astimezone(UTC))
    event.add("sequence", sequence)
    for name, value in (
        ("description", "\n".join(legal(description).splitlines())),
        ("url", url),
        ("contact", one_line(organizer_name)),
    ):
        if value:
            event.add(name, value)
    if remind_minutes > 0:
        event.add_component(_alarm(livestream, remind_minutes))
    calendar.add_component(event)
    data: bytes = calendar.to_ical()
    return data


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


def _event(livestream: LivestreamRef, zone: ZoneInfo) -> Event:
    event = Event()
    event.add("summary", one_line(livestream.topic))
    event.add("dtstart", livestream.starts.astimezone(zone))
    # RFC 5545, 3.6.1: DTEND must be later than DTSTART; without one the event is a moment.
    if livestream.ends is not None and livestream.ends > livestream.starts:
        event.add("dtend", livestream.ends.astimezone(zone))
    if livestream.platform:
        event.add("location", one_line(livestream.platform))
    if livestream.room.startswith(("https://", "http://")):
        event.add("conference", Conference(livestream.room, feature="VIDEO").to_uri())
    return event


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
