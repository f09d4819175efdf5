"""The site's whole history as Atom documents that are full, and then stay as they are (RFC 5005, 4).

The site's feed alone has them: every shelf's would hold each piece again, some ten times (docs/decisions/0032).
"""

from __future__ import annotations

from collections.abc import Iterator

from channels.site import paths
from channels.site.feeds import ENTRIES, full_archives
from hub.site.folding import Mark
from hub.site.store import Store, Stored


def changed_archives(store: Store, shelf: Stored, mark: Mark) -> list[int]:
    """The numbers of those that have to be written anew."""
    full = full_archives(shelf.told)
    numbers = {store.position(shelf, key, told=True) // ENTRIES + 1 for key in mark.told_renewed}
    if mark.told_shifted is not None:
        numbers |= set(range(store.position(shelf, mark.told_shifted, told=True) // ENTRIES + 1, full + 1))
    # The first page comes when the feed no longer shows everything.
    numbers |= set(range(full_archives(mark.before.told) + 1, full + 1))
    return sorted(number for number in numbers if number <= full)


def gone_archives(shelf: Stored, mark: Mark) -> list[str]:
    """The paths of those that are no more."""
    return [paths.archive(n) for n in range(full_archives(shelf.told) + 1, full_archives(mark.before.told) + 1)]


def archived(store: Store, shelf: Stored, numbers: list[int]) -> Iterator[tuple[int, list[str]]]:
    """Each number with the names of its pieces and notices, the newest first."""
    if not numbers:
        return
    names = store.from_oldest(shelf, (numbers[0] - 1) * ENTRIES)
    for number in numbers:
        first = (number - numbers[0]) * ENTRIES
        yield number, names[first : first + ENTRIES][::-1]


def newest_archive(shelf: Stored) -> str:
    """The path of the newest one; empty where there is none."""
    full = full_archives(shelf.told)
    return paths.archive(full) if full else ""
