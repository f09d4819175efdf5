"""The public site's own pages: what they show in, files out.

Articles' own files are written by their channels; here are the pages around them. Nothing is read here and every time
shown comes from an item, so the same is always the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from channels.base import File
from channels.items import Item
from channels.manuscript import PolicyRef
from channels.site import paths
from channels.site.characters import one_line
from channels.site.crawlers import robots
from channels.site.facts import policy_facts
from channels.site.feed_info import FeedInfo
from channels.site.icon import icon
from channels.site.livestreams import CALENDAR, subscription
from channels.site.missing import missing_pages
from channels.site.opml import opml
from channels.site.paging import Page
from channels.site.script import script
from channels.site.searching import search_file, search_script
from channels.site.shell import Crumb, Frame, menu_of, page_file, site_card
from channels.site.shelves import BY_CODE, Directory, Shelf, column_of, feed_of, place_of
from channels.site.stylesheet import feed_style
from channels.site.tags import Tags, column_tags, filled, site_tags
from channels.site.times import day, machine
from channels.site.titles import phrases

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
        _frame(directory, "", paths.HOME),
        entries=entries,
        forms=[Crumb(BY_CODE["f"].title(shelf, directory), place_of(shelf)) for shelf in forms],
        policies=[policy_facts(p) for p in policies],
    )


def list_page(directory: Directory, shelf: Shelf, page: Page, entries: Sequence[Any]) -> File:
    """One page of a shelf's list."""
    kind = BY_CODE[shelf.code]
    title, feed = kind.title(shelf, directory), feed_of(shelf, directory)
    tags = column_tags(column_of(shelf, directory)) if shelf.code == "c" else ()
    heading = f"解读形式：{title}" if shelf.code == "f" else title
    description = kind.description(shelf, directory)
    return page_file(
        "site/list.html",
        _frame(directory, heading, place_of(shelf), feed, tags, page),
        heading=heading,
        description=description if shelf.code == "c" else description + "。",
        entries=entries,
        pages=page,
    )


def policy_page(directory: Directory, policy: PolicyRef, shelf: Shelf, page: Page, entries: Sequence[Any]) -> File:
    """One page of a policy: what is recorded of it, and its interpretations."""
    facts = policy_facts(policy)
    tags = filled(("Description", f"{facts.title}的文件信息和全部解读"))
    return page_file(
        "site/policy.html",
        _frame(directory, facts.title, facts.place, feed_of(shelf, directory), tags, page),
        policy=facts,
        phrases=phrases(facts.title),
        entries=entries,
        pages=page,
    )


def policies_page(directory: Directory, page: Page, policies: Sequence[PolicyRef]) -> File:
    """One page of the list of policies."""
    return page_file(
        "site/policies.html",
        _frame(directory, "政策文件库", paths.POLICIES, page=page),
        policies=[policy_facts(p) for p in policies],
        pages=page,
    )


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
    yield page_file(
        "site/subscribe.html", _frame(directory, "订阅更新", paths.SUBSCRIBE), groups=groups, calendars=offered
    )
    yield opml(directory, shelves)


def _calendar(directory: Directory, shelf: Shelf) -> dict[str, str]:
    path = place_of(shelf) + CALENDAR
    label = "全部直播" if shelf.code == "site" else BY_CODE[shelf.code].title(shelf, directory)
    return {"label": label, "path": path, "subscription": subscription(paths.address(directory.site, path))}


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


def _frame(
    directory: Directory,
    title: str,
    place: str,
    feed: FeedInfo | None = None,
    tags: Tags = (),
    page: Page | None = None,
) -> Frame:
    """The frame of a page, or of a numbered page of a list."""
    site = directory.site
    feeds = tuple(dict.fromkeys(filter(None, (feed_of(Shelf("site"), directory), feed))))
    menu = menu_of(directory.columns)
    if page is not None and page.number:
        title, place = f"{title}（第 {page.number} 页）", page.place
    return Frame(site, title, (*site_tags(site), *tags), place, feeds=feeds, menu=menu)
