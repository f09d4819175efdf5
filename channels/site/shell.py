"""What frames every page of the site: its head, the way back, the way to the feeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import segno
from markupsafe import Markup

from channels.base import File
from channels.manuscript import ColumnInfo, Form, SiteInfo
from channels.site import linked, paths
from channels.site.characters import one_line
from channels.site.feed_info import FeedInfo
from channels.site.share import PATH as SHARE_CARD
from channels.site.share import Card, share_card
from channels.site.social import social_tags
from channels.site.tags import Tags
from channels.templating import environment
from channels.text.html import displayable

HTML = "text/html; charset=utf-8"


class Crumb(NamedTuple):
    """One step of the way from the home page to here; `place` is below the site's root."""

    label: str
    place: str


@dataclass(frozen=True)
class Frame:
    """Where a page stands. `place` None is a page that stands alone: it links to nothing else of the site.

    `crumbs` lead here from the home page, without it and without this page itself. `short` is the page's short address,
    empty for lists.
    """

    site: SiteInfo
    title: str
    tags: Tags
    place: str | None
    crumbs: tuple[Crumb, ...] = ()
    feeds: tuple[FeedInfo, ...] = ()
    menu: tuple[Crumb, ...] = field(default=())
    short: str = ""

    @property
    def full_title(self) -> str:
        """The title of the window: the page's, then the site's."""
        return " - ".join(dict.fromkeys(filter(None, (one_line(self.title), one_line(self.site.name)))))

    @property
    def steps(self) -> tuple[Crumb, ...]:
        """The way from the home page to here; none for a page that stands alone."""
        if self.place is None:
            return ()
        here = (Crumb(one_line(self.title), self.place),) if self.place else ()
        return (Crumb("首页", paths.HOME), *self.crumbs, *here)

    @property
    def linked_data(self) -> linked.Thing:
        """What every page says to programs; pieces say more."""
        site = linked.website(self.site) if self.place == paths.HOME else None
        return linked.graph(site, linked.breadcrumbs(self.site, self.steps) if self.place else None)

    @property
    def social(self) -> Tags:
        """Open Graph of a page that is no piece: its card is the site's."""
        return social_tags(
            self.site,
            title=one_line(self.title) or one_line(self.site.name),
            description=dict(self.tags).get("Description", ""),
            address=self.canonical,
            image=paths.address(self.site, SHARE_CARD),
            alt=one_line(self.site.name),
        )

    @property
    def canonical(self) -> str:
        """The one public address of the page."""
        return paths.address(self.site, self.place or "")

    def code(self, address: str) -> Markup:
        """The QR code of an address as a drawing in the page: black on white in the dark too, as cameras want it."""
        return Markup(_drawn(address))  # noqa: S704 (our own)

    def to(self, path: str) -> str:
        """The relative address of a place or file of the site from here, so that the folder works anywhere."""
        target = paths.index(path) if not path or path.endswith("/") else path
        return paths.root_of(self.place or "") + target


@lru_cache(maxsize=512)
def _drawn(address: str) -> str:
    """Kept, because a list's code is drawn with each of its changes: it takes longer than the rest of the page."""
    return segno.make_qr(address, error="m").svg_inline(border=4, dark="#000", light="#fff", omitsize=True)


def page(template: str, frame: Frame, **values: Any) -> bytes:
    """The page made from a template that extends `site/base.html`, in UTF-8, with only characters that HTML allows."""
    made = environment().get_template(template).render(frame=frame, script=paths.SCRIPT, **values)
    return displayable(made).encode()


def page_file(template: str, frame: Frame, **values: Any) -> File:
    """The page as the file of its place."""
    return File(paths.index(frame.place or ""), page(template, frame, **values), HTML)


def site_card(site: SiteInfo) -> File:
    """The card of the site's own pages."""
    name = one_line(site.name) or site.domain
    return share_card(Card("政策解读·政策文件", name, site.domain, ""))


def site_feed(site: SiteInfo) -> FeedInfo:
    """The feed of everything."""
    name = one_line(site.name) or site.domain
    return FeedInfo(site, name, f"{name}发布的政策解读", "feed", paths.HOME)


def column_feed(site: SiteInfo, column: ColumnInfo) -> FeedInfo:
    """The feed of a column."""
    title = f"{one_line(site.name)}：{one_line(column.name)}"
    return FeedInfo(site, title, column.description or column.name, f"feed:c:{column.slug}", paths.column(column.slug))


def form_feed(site: SiteInfo, form: Form) -> FeedInfo:
    """The feed of a form."""
    title = f"{one_line(site.name)}：{form.label}"
    return FeedInfo(site, title, f"{form.label}形式的政策解读", f"feed:f:{form.value}", paths.form(form))


def menu_of(columns: Sequence[ColumnInfo]) -> tuple[Crumb, ...]:
    """The menu of the site's own pages: its columns, the policies, how to subscribe."""
    return (
        *(Crumb(one_line(c.name) or c.slug, paths.column(c.slug)) for c in columns),
        Crumb("政策文件库", paths.POLICIES),
        Crumb("搜索", paths.SEARCH),
        Crumb("订阅", paths.SUBSCRIBE),
    )
