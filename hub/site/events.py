"""The livestreams of shelves, by when they begin. They are few, so a calendar is made of them anew when one changes."""

from __future__ import annotations

from collections.abc import Iterable

from channels.base import File
from channels.items import Item
from channels.site import paths
from channels.site.livestreams import CALENDAR, MOST, calendar_file, livestreams
from channels.site.shelves import BY_CODE, Directory, calendar_name, place_of
from hub.site.store import Store, Stored


def put_event(store: Store, item: Item, shelves: Iterable[Stored]) -> set[int]:
    """Note the item's livestream on those of its shelves that have a calendar; returns the ids of the shelves whose
    calendar is another by it.
    """
    touched = drop_event(store, item.identity)
    for found in livestreams([item]):
        facts = found.model_copy(update={"html": "", "image": None}).model_dump_json()
        # Of one length, so that it sorts by time.
        begins = found.livestream.starts.timestamp() if found.livestream else 0.0
        for shelf in shelves:
            if BY_CODE[shelf.shelf.code].calendar:
                values = (shelf.id, begins, found.identity, facts)
                store.execute("INSERT INTO events VALUES (?, ?, ?, ?)", values)
                touched.add(shelf.id)
    return touched


def drop_event(store: Store, identity: str) -> set[int]:
    """Take the livestream from its shelves; returns their ids."""
    touched = {id_ for (id_,) in store.execute("SELECT shelf FROM events WHERE identity = ?", (identity,))}
    store.execute("DELETE FROM events WHERE identity = ?", (identity,))
    return touched


def calendar_path(shelf: Stored) -> str:
    """Where the shelf's calendar lies."""
    return place_of(shelf.shelf) + CALENDAR


def calendar_of(store: Store, directory: Directory, shelf: Stored) -> File | None:
    """The shelf's calendar; None while it has no livestream. The site's own is there from the first day, for people to
    subscribe to.
    """
    rows = store.execute(
        "SELECT facts FROM events WHERE shelf = ? ORDER BY begins DESC, identity DESC LIMIT ?", (shelf.id, MOST)
    ).fetchall()
    if not rows and place_of(shelf.shelf) != paths.HOME:
        return None
    items = [Item.model_validate_json(facts) for (facts,) in rows]
    name = calendar_name(shelf.shelf, directory)
    return calendar_file(directory.site, place_of(shelf.shelf), name, items, directory.zone)
