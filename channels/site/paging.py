"""Lists in pages that are numbered from the oldest: a full page never changes again when something new comes.

The list's own place shows the newest: what the numbered pages leave, one full page's worth or more.
"""

from __future__ import annotations

from typing import NamedTuple

from channels.site import paths

PER_PAGE = 50


class Page(NamedTuple):
    """A page of a list: `number` 0 is the list's own place. `start` and `stop` count its entries from the oldest."""

    place: str
    number: int
    start: int
    stop: int
    newer: str | None
    older: str | None


def full_pages(count: int) -> int:
    """How many numbered pages a list of so many entries has."""
    return max(0, count // PER_PAGE - 1)


def own_page(place: str, count: int) -> Page:
    """The list's own place."""
    full = full_pages(count)
    return Page(place, 0, full * PER_PAGE, count, None, paths.page(place, full) if full else None)


def numbered_page(place: str, number: int, count: int) -> Page:
    """The page `number`, counted from 1, the oldest."""
    newer = paths.page(place, number + 1) if number < full_pages(count) else place
    older = paths.page(place, number - 1) if number > 1 else None
    return Page(paths.page(place, number), number, (number - 1) * PER_PAGE, number * PER_PAGE, newer, older)
