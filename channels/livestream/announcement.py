"""The announcement as data and as text to copy; poster and page are made from the same data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from channels.livestream.checks import room_address
from channels.livestream.wording import post_of
from channels.manuscript import LivestreamRef, Manuscript
from channels.short_links import Kind, address_in
from channels.site import paths
from channels.site.characters import one_line
from channels.site.facts import web_address
from channels.text.wording import date_words, day_words, hours_words, policy_words, span_words, zone_words

# Its key, by which it is told who came through a poster.
KEY = "livestream"


@dataclass(frozen=True)
class Announcement:
    """Everything the outputs say, in words; empty where the manuscript says nothing.

    `date` is empty before a publication time is set, `page_url` and `short_url` (the same page, for a code to scan)
    outside a database: none is made up, because people copy the text and scan the poster.
    """

    topic: str
    when: str
    day: str
    hours: str
    zone: str
    platform: str
    room: str
    room_url: str
    host: str
    guests: tuple[tuple[str, str], ...]
    policies: tuple[str, ...]
    points: tuple[str, ...]
    contacts: tuple[str, ...]
    signature: str
    date: str
    page_url: str
    short_url: str
    corrections: tuple[str, ...] = ()
    replay_url: str = ""


def identity_of(manuscript: Manuscript) -> str:
    """The announcement's own identity on the site and in calendars, `live12`; it never changes."""
    return f"live{manuscript.identity.removeprefix('i')}"


def place_of(manuscript: Manuscript) -> str:
    """The folder of the announcement page below the site's root: `live/12/`."""
    return f"live/{manuscript.identity.removeprefix('i')}/"


def announce(manuscript: Manuscript, stream: LivestreamRef) -> Announcement:
    """The announcement of the manuscript's livestream. Raises ZoneInfoNotFoundError for an unknown zone."""
    content, imprint = manuscript.content, manuscript.imprint
    local = ZoneInfo(imprint.zone)
    return Announcement(
        topic=one_line(stream.topic),
        when=span_words(stream.starts, stream.ends, imprint.zone),
        day=day_words(stream.starts.astimezone(local)),
        hours=hours_words(stream.starts, stream.ends, imprint.zone),
        zone=zone_words(imprint.zone, stream.starts),
        platform=one_line(stream.platform),
        room=one_line(stream.room),
        room_url=room_address(stream),
        replay_url=web_address(stream.replay),
        host=one_line(stream.host),
        guests=tuple((one_line(g), one_line(post_of(g, content.interpreters))) for g in stream.guests if g.strip()),
        policies=tuple(one_line(policy_words(p)) for p in content.policies if p.title or p.number),
        points=tuple(one_line(p.heading) for p in content.key_points if p.heading.strip()),
        contacts=tuple(one_line(f"{p.office or p.name}{p.phone}") for p in content.interpreters if p.phone),
        signature=one_line(imprint.office or content.source or imprint.site.name),
        date=date_words(imprint.published.astimezone(local)) if imprint.published else "",
        page_url=paths.address(imprint.site, place_of(manuscript)) if imprint.id is not None else "",
        short_url=address_in(manuscript, KEY, Kind.LIVESTREAM),
        corrections=tuple(
            f"更正（{date_words(c.at.astimezone(local))}）：{one_line(c.reason)}" for c in reversed(imprint.corrections)
        ),
    )


def headline(told: Announcement) -> str:
    """The first line of the text."""
    return f"【直播预告】{told.topic}"


def announcement_text(told: Announcement) -> str:
    """The text to copy: plain, one fact a line, in the order people ask; ends with a line feed."""
    guests = "、".join(f"{name}（{post}）" if post else name for name, post in told.guests)
    lines = [headline(told), *told.corrections, ""]
    lines += _labelled("直播时间", told.when)
    lines += _labelled("直播平台", told.platform)
    lines += _labelled("观看地址" if told.room_url else "直播间", told.room)
    lines += _labelled("观看回放", told.replay_url)
    lines += _labelled("主持人", told.host)
    lines += _labelled("解读嘉宾", guests)
    lines += _labelled("解读文件", _listed(told.policies))
    if told.points:
        lines += ["", f"直播看点：{'；'.join(told.points)}。"]
    where_to_ask = [*_labelled("咨询电话", "；".join(told.contacts)), *_labelled("预告页面", told.page_url)]
    lines += ["", *where_to_ask] if where_to_ask else []
    lines += ["", *filter(None, (told.signature, told.date))]
    return "\n".join(lines) + "\n"


def _labelled(label: str, words: str) -> list[str]:
    return [f"{label}：{words}"] if words else []


def _listed(titles: Sequence[str]) -> str:
    # Adjacent 书名号 take no 顿号 (GB/T 15834—2011, 4.5.3.5); a number in parentheses between them asks for one.
    return "、".join(titles) if any(not t.endswith("》") for t in titles) else "".join(titles)
