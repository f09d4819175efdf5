"""A shelf's feeds, joined of the stored entries, plain and packed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from channels.site import paths
from channels.site.feed_heads import frame
from channels.site.feeds import ENTRIES, Entry, archive, document, files_of
from channels.site.shelves import Directory, feed_of
from channels.site.tombstones import TOMBSTONES, harvested
from channels.site.variants import ATOM
from hub.outlets import Writing
from hub.outlets.packing import joined, piece, unpacked
from hub.site.archives import archived, changed_archives, gone_archives, newest_archive
from hub.site.folding import Mark, instant_of
from hub.site.harvest import tombstones
from hub.site.output import Output
from hub.site.store import Fragments, Store, Stored

# Pieces whose entries are kept at hand while several shelves show them.
_AT_HAND = 400


class FeedWriter(Output):
    """Writes feeds."""

    def __init__(self, store: Store, directory: Directory, writing: Writing, *, telling: bool = True) -> None:
        super().__init__(store, directory, writing, telling=telling)
        self._fragments: dict[str, tuple[Fragments, dict[str, bytes]]] = {}

    def _feeds(self, shelf: Stored) -> None:
        kept = [self._kept(identity) for identity in self.store.newest(shelf, ENTRIES)]
        entries = [Entry(instant_of(one.updated), one.sizes) for one, _ in kept]
        feed = feed_of(shelf.shelf, self.directory)
        if shelf.shelf.code == "site":
            feed = replace(feed, archive=newest_archive(shelf))
        for variant, path in files_of(feed):
            plan = document(feed, variant, entries)
            parts = [_part(*kept[number], key) for number, key in plan.entries]
            self._join(path, variant.media_type, (plan.head, plan.between, plan.tail), parts)

    def _archives(self, shelf: Stored, mark: Mark) -> None:
        feed = feed_of(shelf.shelf, self.directory)
        for number, names in archived(self.store, shelf, changed_archives(self.store, shelf, mark)):
            kept = [self._kept(name) for name in names]
            plan = archive(feed, number, [Entry(instant_of(one.updated), one.sizes) for one, _ in kept])
            parts = [_part(*kept[entry], key) for entry, key in plan.entries]
            self._join(paths.archive(number), ATOM.media_type, (plan.head, plan.between, plan.tail), parts)
        for path in gone_archives(shelf, mark):
            self._remove(path)

    def _harvest(self, shelf: Stored) -> None:
        """The site's feed with tombstones: what stands of the newest, then what was withdrawn latest."""
        feed = harvested(feed_of(shelf.shelf, self.directory))
        kept = [self._kept(identity) for identity in self.store.standing(shelf, ENTRIES)]
        plan = document(feed, TOMBSTONES, [Entry(instant_of(one.updated), one.sizes) for one, _ in kept])
        gone = tombstones(self.store)
        stamps = [*(one.updated for one, _ in kept), *(at for at, _ in gone)]
        updated = max(map(instant_of, stamps), default=paths.instant_before_all(feed.site))
        parts = [_part(*kept[number], key) for number, key in plan.entries]
        parts += [(data, piece(data)) for _, data in gone]
        self._join(feed.place + TOMBSTONES.file, TOMBSTONES.media_type, frame(feed, TOMBSTONES, updated), parts)

    def _join(
        self, path: str, media_type: str, around: tuple[bytes, bytes, bytes], parts: Sequence[tuple[bytes, bytes]]
    ) -> None:
        """Write a feed of its head, its entries (each plain and packed), what goes between two, and its tail."""
        head, between, tail = around
        plain, packed, packed_between = [head], [piece(head)], piece(between)
        for number, (entry, entry_packed) in enumerate(parts):
            plain += [between, entry] if number else [entry]
            packed += [packed_between, entry_packed] if number else [entry_packed]
        data = b"".join([*plain, tail])
        self._put(path, data, media_type, joined([*packed, piece(tail)], data))

    def _kept(self, identity: str) -> tuple[Fragments, dict[str, bytes]]:
        if identity not in self._fragments:
            if len(self._fragments) >= _AT_HAND:
                self._fragments.clear()
            self._fragments[identity] = self.store.fragments(identity), {}
        return self._fragments[identity]


def _part(one: Fragments, open_: dict[str, bytes], key: str) -> tuple[bytes, bytes]:
    """The entry in one variant, plain and packed; `open_` holds what was unpacked before."""
    if key not in open_:
        open_[key] = unpacked(one.packed[key])
    return open_[key], one.packed[key]
