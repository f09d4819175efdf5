"""The frame of the site's own pages."""

from __future__ import annotations

from channels.site.feed_info import FeedInfo
from channels.site.paging import Page
from channels.site.shell import Frame, menu_of
from channels.site.shelves import Directory, Shelf, feed_of
from channels.site.tags import Tags, site_tags


def frame_of(
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
