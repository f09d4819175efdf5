"""What harvesters are told of withdrawn pieces, kept by when they were withdrawn."""

from __future__ import annotations

from channels.items import Item
from channels.manuscript import SiteInfo
from channels.site.tombstones import tombstone
from hub.site.store import Store

# Of the latest; whoever comes seldom finds older ones too, and the file has an end.
MOST = 500


def put_tombstone(store: Store, site: SiteInfo, item: Item, at: str) -> None:
    """Note it for a withdrawn item, or forget the one of an item that stands; `at` is when it changed, as a stamp."""
    drop_tombstone(store, item.identity)
    if data := tombstone(site, item):
        store.execute("INSERT INTO tombstones VALUES (?, ?, ?)", (item.identity, at, data))


def drop_tombstone(store: Store, identity: str) -> None:
    """Forget it."""
    store.execute("DELETE FROM tombstones WHERE identity = ?", (identity,))


def tombstones(store: Store) -> list[tuple[str, bytes]]:
    """The latest, the newest first, each with its stamp."""
    return list(
        store.execute("SELECT at, data FROM tombstones ORDER BY at DESC, identity DESC LIMIT ?", (MOST,)).fetchall()
    )
