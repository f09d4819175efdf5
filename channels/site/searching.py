"""The search page, as a file and as the hub answers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from channels.base import File
from channels.manuscript import ColumnInfo, SiteInfo
from channels.site import paths
from channels.site.characters import one_line
from channels.site.shell import Frame, menu_of, page, page_file, site_feed
from channels.site.tags import site_tags

_TEMPLATE = "site/search.html"


class Asked(NamedTuple):
    """What somebody looks for: words, all of which must be there; a column's name and days to narrow it."""

    query: str = ""
    column: str = ""
    since: str = ""
    until: str = ""


def search_file(site: SiteInfo, columns: Sequence[ColumnInfo]) -> File:
    """`search/index.html`, for where only files are served."""
    return page_file(_TEMPLATE, _frame(site, columns), **_values(columns, Asked(), None))


def search_page(site: SiteInfo, columns: Sequence[ColumnInfo], asked: Asked, answer: Any) -> bytes:
    """The page with an answer: `total`, `hits` and `pages`."""
    return page(_TEMPLATE, _frame(site, columns), **_values(columns, asked, answer))


def _values(columns: Sequence[ColumnInfo], asked: Asked, answer: Any) -> dict[str, Any]:
    return {"columns": [one_line(c.name) or c.slug for c in columns], "asked": asked, "answer": answer}


def _frame(site: SiteInfo, columns: Sequence[ColumnInfo]) -> Frame:
    return Frame(site, "搜索", site_tags(site), paths.SEARCH, feeds=(site_feed(site),), menu=menu_of(columns))
