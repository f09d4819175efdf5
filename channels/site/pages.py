"""The public site's own pages: what they show in, files out.

Articles' own files are written by their channels; here are the pages around them. Nothing is read here and every time
shown comes from an item, so the same is always the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from channels.base import File
from channels.items import Item
from channels.manuscript import PolicyRef
from channels.site import paths
from channels.site.characters import one_line
from channels.site.crawlers import robots
from channels.site.facts import dialled, policy_facts
from channels.site.framing import frame_of
from channels.site.icon import icon
from channels.site.livestreams import CALENDAR, subscription
from channels.site.missing import missing_pages
from channels.site.opml import opml
from channels.site.paging import Page
from channels.site.script import script
from channels.site.searching import search_file, search_script
from channels.site.shell import Crumb, page_file, site_card
from channels.site.shelves import BY_CODE, Directory, Shelf, column_of, feed_of, place_of
from channels.site.stylesheet import feed_style
from channels.site.tags import column_tags
from channels.site.times import day, machine

ON_HOME = 20
POLICIES_ON_HOME = 8


def entry_of(item: Item, zone: str) -> dict[str, Any]:
    """What lists show of the item; kept as JSON until its piece changes."""
    return {
        "place": item.place,
        "title": one_line(item.title),
        "summary": one_line(item.summary),
        "day": day(item.published, zone),
        "machine": machine(item.published, zone),
        "form": item.form.label,
        "author": one_line(item.author),
        "corrected": item.correction is not None,
        "calendar": item.calendar,
        "column": one_line(item.column),
        "words": _words(item),
        "people": [
            [one_line(p.office), one_line(p.name), one_line(p.role), one_line(p.phone)] for p in item.interpreters
        ],
    }


def _words(item: Item) -> str:
    """What a piece is found by that its title and summary don't say."""
    policies = [word for p in item.policies for word in (p.title, p.number)]
    return " ".join(filter(None, map(one_line, (*item.keywords, *policies))))


def home(directory: Directory, entries: Sequence[Any], forms: Sequence[Shelf], policies: Sequence[PolicyRef]) -> File:
    """The home page: the newest entries, the forms in use, the newest policies."""
    return page_file(
        "site/home.html",
        frame_of(directory, "", paths.HOME),
        entries=entries,
        forms=[Crumb(BY_CODE["f"].title(shelf, directory), place_of(shelf)) for shelf in forms],
        policies=[policy_facts(p) for p in policies],
    )


def list_page(directory: Directory, shelf: Shelf, page: Page, entries: Sequence[Any]) -> File:
    """One page of a shelf's list."""
    kind = BY_CODE[shelf.code]
    title, feed = kind.title(shelf, directory), feed_of(shelf, directory)
    tags = column_tags(column_of(shelf, directory)) if shelf.code == "c" else ()
    heading = f"{_HEADINGS[shelf.code]}：{title}" if shelf.code in _HEADINGS else title
    description = kind.description(shelf, directory)
    frame = frame_of(directory, heading, place_of(shelf), feed, tags, page)
    return page_file(
        "site/list.html",
        replace(frame, crumbs=tuple(_above(directory, shelf))),
        heading=heading,
        people=_people(title, entries) if shelf.code == "o" and not page.number else [],
        description=description if shelf.code == "c" else description + "。",
        entries=entries,
        pages=page,
    )


# What a name alone would not say.
_HEADINGS = {"f": "解读形式", "t": "领域", "o": "解读机构"}


def _above(directory: Directory, shelf: Shelf) -> Iterator[Crumb]:
    """The areas above an area, the highest first."""
    way: list[Crumb] = []
    key = directory.areas[shelf.key].parent if shelf.code == "a" and shelf.key in directory.areas else ""
    while key in directory.areas and len(way) < len(directory.areas):
        way.insert(0, Crumb(one_line(directory.areas[key].name), place_of(Shelf("a", key))))
        key = directory.areas[key].parent
    yield from way


def _people(office: str, entries: Sequence[Any]) -> list[dict[str, str]]:
    """Whom to ask at an office: the interpreters of its newest pieces, with the telephones that these show now."""
    told: dict[tuple[str, str], str] = {}
    for entry in entries:
        for of, name, role, phone in entry["people"]:
            if of == office and phone:
                told.setdefault((name, role), phone)
    return [
        {"name": name, "role": role, "phone": phone, "dial": dialled(phone)} for (name, role), phone in told.items()
    ]


def subscribe(directory: Directory, shelves: Sequence[Shelf], calendars: Sequence[Shelf]) -> Iterator[File]:
    """The page of the feeds and calendars, and the list of all feeds for readers' programs; `shelves` with a feed and
    those with a calendar, in the order of the kinds.
    """
    groups = []
    for code, kind in BY_CODE.items():
        # Policies are too many for a page; each has its feed on its own, and all are in the list.
        if mine := [s for s in shelves if s.code == code and code != "p"]:
            label = "本站全部发布" if code == "site" else ""
            groups.append((kind.heading, [(label or kind.title(s, directory), feed_of(s, directory)) for s in mine]))
    offered = [_calendar(directory, shelf) for shelf in calendars]
    frame = frame_of(directory, "订阅更新", paths.SUBSCRIBE)
    yield page_file("site/subscribe.html", frame, groups=groups, calendars=offered, opml=paths.OPML)
    yield opml(directory, shelves)


def _calendar(directory: Directory, shelf: Shelf) -> dict[str, str]:
    place = place_of(shelf)
    path = place + CALENDAR
    label = "全部直播" if shelf.code == "site" else BY_CODE[shelf.code].title(shelf, directory)
    return {
        "label": label,
        "place": place,
        "path": path,
        "subscription": subscription(paths.address(directory.site, path)),
    }


def fixed(directory: Directory) -> Iterator[File]:
    """What no piece changes."""
    yield robots(directory.site)
    yield icon(directory.site)
    yield feed_style()
    yield script()
    yield site_card(directory.site)
    yield search_file(directory.site, directory.columns)
    yield search_script()
    yield from missing_pages(directory.site)
