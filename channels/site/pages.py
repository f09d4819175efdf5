"""The public site's own pages as a projection of what is published: nothing but items in, files out.

The same items are the same bytes; every time shown comes from an item. Articles' own files are written by their
channels; here are the pages around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from channels.base import File
from channels.items import Item
from channels.manuscript import ColumnInfo, Form, PolicyRef, SiteInfo
from channels.site import notice, paths
from channels.site.characters import one_line
from channels.site.crawlers import Stop, robots, sitemaps
from channels.site.facts import policy_facts
from channels.site.feeds import FeedInfo, atom, newest, rss
from channels.site.icon import icon
from channels.site.links import require_two_ways, shelve
from channels.site.missing import missing_pages
from channels.site.script import script
from channels.site.searching import search_file
from channels.site.shell import Crumb, Frame, column_feed, form_feed, menu_of, page_file, site_card, site_feed
from channels.site.tags import Tags, column_tags, filled, site_tags
from channels.site.times import day, machine
from channels.site.titles import phrases

PER_PAGE = 50
ON_HOME = 20
POLICIES_ON_HOME = 8
_Shown = TypeVar("_Shown")


@dataclass(frozen=True)
class _Library:
    """Everything published, in order, with what every page needs. `items` stand; `told` are those and the notices of
    the withdrawn, which feeds tell and lists leave out.
    """

    site: SiteInfo
    columns: tuple[ColumnInfo, ...]
    items: tuple[Item, ...]
    told: tuple[Item, ...]
    policies: tuple[PolicyRef, ...]
    zone: str

    @cached_property
    def shelves(self) -> dict[int, list[Item]]:
        return shelve(self.items, (p.id for p in self.policies if p.id is not None))

    def in_column(self, column: ColumnInfo) -> list[Item]:
        return [item for item in self.told if item.column in (column.name, column.slug)]

    def in_form(self, form: Form) -> list[Item]:
        return [item for item in self.told if item.form is form]

    def changed(self, items: Sequence[Item]) -> datetime:
        return max((item.updated for item in items), default=paths.instant_before_all(self.site))

    def frame(self, title: str, place: str, feed: FeedInfo | None = None, tags: Tags = ()) -> Frame:
        feeds = tuple(dict.fromkeys(filter(None, (site_feed(self.site), feed))))
        return Frame(self.site, title, (*site_tags(self.site), *tags), place, feeds=feeds, menu=menu_of(self.columns))

    def entry(self, item: Item) -> dict[str, Any]:
        return {
            "place": item.place,
            "title": one_line(item.title),
            "summary": one_line(item.summary),
            "day": day(item.published, self.zone),
            "machine": machine(item.published, self.zone),
            "form": item.form.label,
            "author": one_line(item.author),
            "corrected": item.correction is not None,
            "calendar": item.calendar,
        }


def project(
    site: SiteInfo,
    columns: Sequence[ColumnInfo],
    items: Sequence[Item],
    policies: Sequence[PolicyRef],
    *,
    zone: str = "Asia/Shanghai",
) -> Iterator[File]:
    """Every file of the site but the items' own folders, in a fixed order.

    `policies` are those with a page, each with its id; `zone` is the IANA name of the zone of the dates shown.
    A withdrawn item is in no list, but in the feeds: readers' programs keep what they have until told
    otherwise. Raises OneWayLinkError, before the first file, when an item names a policy that isn't among them.
    """
    known = {p.id: p for p in policies if p.id is not None}
    ordered = tuple(known[policy_id] for policy_id in sorted(known, reverse=True))
    told = tuple(item if item.withdrawn is None else notice.entry(site, item) for item in newest(items))
    library = _Library(site, tuple(columns), tuple(_standing(told)), told, ordered, zone)
    require_two_ways(library.items, library.shelves)
    yield _home(library)
    yield from _feeds(site_feed(site), library.told)
    for column in library.columns:
        yield from _column(library, column)
    for form in Form:
        yield from _form(library, form)
    yield from _policies(library)
    yield _subscribe(library)
    yield from sitemaps(site, list(_stops(library)))
    yield robots(site)
    yield icon(site)
    yield script()
    yield site_card(site)
    yield search_file(site, library.columns)
    yield from missing_pages(site)


def _home(library: _Library) -> File:
    forms = [Crumb(form.label, paths.form(form)) for form in Form if _standing(library.in_form(form))]
    return page_file(
        "site/home.html",
        library.frame("", paths.HOME),
        entries=[library.entry(item) for item in library.items[:ON_HOME]],
        forms=forms,
        policies=[policy_facts(p) for p in library.policies[:POLICIES_ON_HOME]],
    )


def _column(library: _Library, column: ColumnInfo) -> Iterator[File]:
    feed, items = column_feed(library.site, column), library.in_column(column)
    frame = library.frame(column.name, feed.place, feed, column_tags(column))
    yield from _list(library, frame, _standing(items), one_line(column.name), column.description)
    yield from _feeds(feed, items)


def _form(library: _Library, form: Form) -> Iterator[File]:
    feed, items = form_feed(library.site, form), library.in_form(form)
    heading = f"解读形式：{form.label}"
    frame = library.frame(heading, feed.place, feed)
    yield from _list(library, frame, _standing(items), heading, feed.description + "。")
    yield from _feeds(feed, items)


def _list(library: _Library, first: Frame, items: Sequence[Item], heading: str, description: str) -> Iterator[File]:
    for pages, shown in _paged(first.place or "", items):
        yield page_file(
            "site/list.html",
            _turned(first, pages),
            heading=heading,
            description=one_line(description),
            entries=[library.entry(item) for item in shown],
            pages=pages,
        )


def _policies(library: _Library) -> Iterator[File]:
    first = library.frame("政策文件库", paths.POLICIES)
    for pages, shown in _paged(paths.POLICIES, library.policies):
        yield page_file(
            "site/policies.html", _turned(first, pages), policies=[policy_facts(p) for p in shown], pages=pages
        )
    for policy in library.policies:
        facts = policy_facts(policy)
        tags = filled(("Description", f"{facts.title}的文件信息和全部解读"))
        yield page_file(
            "site/policy.html",
            library.frame(facts.title, facts.place, tags=tags),
            policy=facts,
            phrases=phrases(facts.title),
            entries=[library.entry(item) for item in library.shelves[policy.id or 0]],
        )


def _subscribe(library: _Library) -> File:
    site = library.site
    groups = [
        ("全部内容", [("本站全部发布", site_feed(site))]),
        ("按栏目", [(one_line(column.name), column_feed(site, column)) for column in library.columns]),
        ("按解读形式", [(form.label, form_feed(site, form)) for form in Form]),
    ]
    return page_file(
        "site/subscribe.html",
        library.frame("订阅更新", paths.SUBSCRIBE),
        groups=[(heading, feeds) for heading, feeds in groups if feeds],
    )


def _feeds(feed: FeedInfo, items: Sequence[Item]) -> Iterator[File]:
    yield File(f"{feed.place}{paths.RSS}", rss(feed, items), "application/rss+xml")
    yield File(f"{feed.place}{paths.ATOM}", atom(feed, items), "application/atom+xml")


def _stops(library: _Library) -> Iterator[Stop]:
    yield Stop(paths.HOME, library.changed(library.told))
    for column in library.columns:
        yield Stop(paths.column(column.slug), library.changed(library.in_column(column)))
    for form in Form:
        if items := library.in_form(form):
            yield Stop(paths.form(form), library.changed(items))
    for policy_id, shelf in shelve(library.told, library.shelves).items():
        yield Stop(paths.policy(policy_id), library.changed(shelf))
    for item in library.items:
        yield Stop(item.place, item.updated)


def _standing(items: Sequence[Item]) -> list[Item]:
    return [item for item in items if item.withdrawn is None]


class _Pages(NamedTuple):
    """A page of a list, and the places of its neighbours."""

    place: str
    number: int
    total: int
    newer: str | None
    older: str | None


def _paged(place: str, everything: Sequence[_Shown]) -> Iterator[tuple[_Pages, Sequence[_Shown]]]:
    """Each page of a list with what it shows; an empty list has one empty page."""
    total = max(1, -(-len(everything) // PER_PAGE))
    for number in range(1, total + 1):
        newer = paths.page(place, number - 1) if number > 1 else None
        older = paths.page(place, number + 1) if number < total else None
        start = (number - 1) * PER_PAGE
        pages = _Pages(paths.page(place, number), number, total, newer, older)
        yield pages, everything[start : start + PER_PAGE]


def _turned(first: Frame, pages: _Pages) -> Frame:
    """The frame of a further page of the list."""
    title = first.title if pages.number == 1 else f"{first.title}（第 {pages.number} 页）"
    return Frame(first.site, title, first.tags, pages.place, first.crumbs, first.feeds, first.menu)
