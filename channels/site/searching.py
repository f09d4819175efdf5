"""The search page, as a file and as the hub answers it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from channels.base import File
from channels.manuscript import ColumnInfo, SiteInfo
from channels.site import paths
from channels.site.characters import one_line
from channels.site.shell import Frame, menu_of, page, page_file, site_feed
from channels.site.tags import site_tags
from channels.templating import TEMPLATES

_TEMPLATE = "site/search.html"


# Entries in a block of the index that the page's script reads: 60 kB or so, a third of that packed.
BLOCK = 250
_FOUND = ("place", "title", "summary", "day", "form", "author", "column", "words")


class Asked(NamedTuple):
    """What somebody looks for: words, all of which must be there; a column's name and days to narrow it."""

    query: str = ""
    column: str = ""
    since: str = ""
    until: str = ""


def search_file(site: SiteInfo, columns: Sequence[ColumnInfo]) -> File:
    """`search/index.html`, for where only files are served."""
    return page_file(_TEMPLATE, _frame(site, columns), **_values(columns, Asked(), None))


def search_script() -> File:
    """`find/search.js`, which only the page as a file asks for."""
    return File(paths.FIND_SCRIPT, (TEMPLATES / "site" / "search.js").read_bytes(), "text/javascript; charset=utf-8")


def block_file(number: int, entries: Sequence[Mapping[str, Any]]) -> File:
    """One block of the index: what lists show, the oldest first. A full one changes only when a piece of it does."""
    found = [{name: entry[name] for name in _FOUND} for entry in reversed(entries)]
    return File(block_path(number), json.dumps(found, ensure_ascii=False).encode(), "application/json")


def blocks_file(count: int) -> File:
    """How many blocks there are."""
    return File(paths.FIND, json.dumps({"blocks": count}).encode(), "application/json")


def block_path(number: int) -> str:
    """The file of a block, counted from 0, the oldest."""
    return f"find/{number}.json"


def search_page(site: SiteInfo, columns: Sequence[ColumnInfo], asked: Asked, answer: Any) -> bytes:
    """The page with an answer: `total`, `hits` and `pages`."""
    return page(_TEMPLATE, _frame(site, columns), **_values(columns, asked, answer))


def _values(columns: Sequence[ColumnInfo], asked: Asked, answer: Any) -> dict[str, Any]:
    return {"columns": [one_line(c.name) or c.slug for c in columns], "asked": asked, "answer": answer}


def _frame(site: SiteInfo, columns: Sequence[ColumnInfo]) -> Frame:
    return Frame(site, "搜索", site_tags(site), paths.SEARCH, feeds=(site_feed(site),), menu=menu_of(columns))
