"""The calendars that people subscribe to: the livestreams among a shelf's items, as one file that is fetched again."""

from __future__ import annotations

from collections.abc import Iterable

from channels.base import File
from channels.items import Item
from channels.manuscript import LivestreamRef, SiteInfo
from channels.site import notice, paths
from channels.site.calendar import EventInfo, calendar
from channels.site.characters import one_line
from channels.text.wording import policy_words

CALENDAR = "livestreams.ics"
# A program that no longer finds an event deletes it, so old ones stay; but a file has an end.
MOST = 300


def livestreams(items: Iterable[Item]) -> list[Item]:
    """The items that announce a livestream, withdrawn ones among them, by the time they begin. An article that tells of
    a livestream is none: its announcement has a calendar file of its own.
    """
    found = [(item.livestream.starts, item.identity, item) for item in items if item.livestream and item.calendar]
    return [item for _, _, item in sorted(found, key=lambda each: each[:2])]


def calendar_file(site: SiteInfo, place: str, name: str, items: Iterable[Item], zone: str) -> File:
    """The calendar `name` in the folder `place`: what begins last, with all that was cancelled in it."""
    path = place + CALENDAR
    told = [event(site, item) for item in livestreams(items)[-MOST:]]
    return File(path, calendar(name, zone, told, paths.address(site, path)), "text/calendar; charset=utf-8")


def event(site: SiteInfo, item: Item) -> EventInfo:
    """The item's event: the one of its own file, so that who has both has it once. Raises ValueError without one."""
    if item.livestream is None:
        raise ValueError(f"no livestream: {item.identity}")
    if item.withdrawn is not None:
        return notice.cancelled_event(site, item)
    return EventInfo(
        uid=f"{item.identity}@{site.domain}",
        livestream=item.livestream,
        stamped=item.updated,
        sequence=item.sequence,
        url=paths.address(site, item.place),
        description=_description(item.livestream, item),
        organizer_name=item.author,
    )


def _description(livestream: LivestreamRef, item: Item) -> str:
    facts = (
        ("主持人", one_line(livestream.host)),
        ("嘉宾", "、".join(filter(None, map(one_line, livestream.guests)))),
        ("解读文件", "、".join(one_line(policy_words(p)) for p in item.policies if p.title or p.number)),
        ("观看", one_line(livestream.room)),
    )
    return "\n".join(f"{label}：{words}" for label, words in facts if words)


def subscription(address: str) -> str:
    """The address as `webcal:`, by which a calendar program subscribes instead of taking the file in once."""
    return f"webcal:{address.partition(':')[2]}"
