"""Bringing a changed piece to its shelves, and noting on each what has to be written anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from channels.items import Item
from channels.manuscript import PolicyRef
from channels.site import notice, paths
from channels.site.characters import one_line
from channels.site.crawlers import part_of
from channels.site.entries import fragments, moment
from channels.site.links import require_two_ways
from channels.site.pages import entry_of
from channels.site.recorded import RecordedPolicy
from channels.site.shelves import Directory, Piece, Shelf, place_of, policy_shelf, shelves_of, standing_shelves
from hub.outlets.packing import piece as packed
from hub.site.events import drop_event, put_event
from hub.site.harvest import drop_tombstone, put_tombstone
from hub.site.pieces import Placed
from hub.site.store import Fragments, Key, Store, Stored


@dataclass
class Mark:
    """What has to be written of one shelf. From the oldest key in `shifted` on, its list has other pieces in other
    places; those of `renewed` stand where they stood and say something else. `told` is the same for the list with the
    notices of the withdrawn. `before` is the shelf as its files show it.
    """

    before: Stored
    shifted: Key | None = None
    renewed: set[Key] = field(default_factory=set)
    told_shifted: Key | None = None
    told_renewed: set[Key] = field(default_factory=set)
    feeds: bool = True
    calendar: bool = False

    def shift(self, key: Key, *, standing: bool, told: bool) -> None:
        """The list is another from this key on."""
        if standing:
            self.shifted = min(self.shifted or key, key)
        if told:
            self.told_shifted = min(self.told_shifted or key, key)


@dataclass
class Marks:
    """What has to be written of a site."""

    shelves: dict[int, Mark] = field(default_factory=dict)
    # The smallest policy from which on the list of policies has others in other places; those that say something else.
    policies_from: int | None = None
    policies_renewed: set[int] = field(default_factory=set)
    policies_before: int = 0
    parts: set[str] = field(default_factory=set)
    # The set of shelves is another, or what they are called.
    subscribe: bool = False
    fixed: bool = False


class Folding:
    """Changes of pieces, one after the other."""

    def __init__(self, store: Store, directory: Directory) -> None:
        self.store, self.directory = store, directory
        self.marks = Marks(policies_before=store.count_policies())

    def put(self, placed: Placed, policies: Mapping[int, tuple[PolicyRef, str]]) -> None:
        """The piece is published, corrected, or withdrawn, as its item says. `policies` has those that it names, each
        with the key of its field. Raises channels.site.links.OneWayLinkError for one that isn't there.
        """
        require_two_ways(placed.item, policies)
        named = [policies[p.id] for p in placed.item.policies if p.id is not None]
        fields = tuple(dict.fromkeys(field for _, field in named))
        self._put(Piece(placed.item, str(placed.area_id), fields), placed.interpretation_id)
        for ref, _ in named:
            self._policy(ref)

    def _put(self, piece: Piece, interpretation: int) -> None:
        item, name = piece.item, piece.item.identity
        digest = hashlib.sha256(repr(piece).encode(errors="backslashreplace")).hexdigest()
        old = self._old(name)
        if old is not None and old["digest"] == digest:
            return
        standing = item.withdrawn is None
        told = item if standing else notice.entry(self.directory.site, item)
        shelves = [self.store.shelf(shelf) for shelf in shelves_of(piece, self.directory)]
        key = (stamp(item.published), name)
        if old is not None:
            self._take(old, key, standing, {shelf.id for shelf in shelves})
        updated = stamp(moment(told))
        for shelf in shelves:
            self._stand(shelf, key, standing, updated, old)
        self._calendars(put_event(self.store, item, shelves))
        put_tombstone(self.store, self.directory.site, item, updated)
        self._keep(told, interpretation, digest, key, standing, [s.id for s in shelves])
        self._stop(item, updated if standing else "")

    def drop(self, name: str) -> None:
        """The piece has no place on the site any more."""
        old = self._old(name)
        if old is None:
            return
        self._take(old, None, False, set())
        self._calendars(drop_event(self.store, name))
        drop_tombstone(self.store, name)
        self.store.execute("DELETE FROM pieces WHERE identity = ?", (name,))
        self.store.execute("DELETE FROM fragments WHERE identity = ?", (name,))
        self._stop_of(name, old["place"], "")

    def renew(self, policy: PolicyRef) -> None:
        """What is recorded of the policy has changed."""
        shelf = self.store.shelf(Shelf("p", str(policy.id)))
        if shelf.told:
            self._policy(policy)

    def _policy(self, policy: PolicyRef) -> None:
        id_, facts = policy.id or 0, policy.model_dump_json()
        row = self.store.execute("SELECT facts FROM policies WHERE id = ?", (id_,)).fetchone()
        if row is not None and row[0] == facts:
            return
        shelf = self.store.shelf(Shelf("p", str(policy.id)))
        named = self.store.shelf(policy_shelf(policy))
        self.marks.subscribe |= shelf.shelf.label != named.shelf.label
        self.store.execute("INSERT OR REPLACE INTO policies VALUES (?, ?)", (id_, facts))
        if row is None:
            self.marks.policies_from = min(self.marks.policies_from or id_, id_)
            # Pages that name it can lead to it now.
            for other in policy.related if isinstance(policy, RecordedPolicy) else ():
                if self.store.execute("SELECT 1 FROM policies WHERE id = ?", (other,)).fetchone():
                    self.mark(self.store.shelf(Shelf("p", str(other)))).shift(("", ""), standing=True, told=True)
        else:
            self.marks.policies_renewed.add(id_)
            # Each of its pages begins with its facts.
            self.mark(shelf).shift(("", ""), standing=True, told=True)

    def mark(self, shelf: Stored) -> Mark:
        """The shelf's mark."""
        return self.marks.shelves.setdefault(shelf.id, Mark(shelf))

    def ensure(self) -> None:
        """Have the shelves that are there without a piece too."""
        for shelf in standing_shelves(self.directory):
            self.mark(self.store.shelf(shelf))

    def _old(self, name: str) -> dict[str, Any] | None:
        row = self.store.execute(
            "SELECT published, standing, digest, shelves, entry FROM pieces WHERE identity = ?", (name,)
        ).fetchone()
        if row is None:
            return None
        key = (row[0], name)
        shelves = set(json.loads(row[3]))
        return {"key": key, "standing": bool(row[1]), "digest": row[2], "shelves": shelves, **_placed(row[4])}

    def _take(self, old: dict[str, Any], key: Key | None, standing: bool, staying: set[int]) -> None:
        """Take the piece from its old shelves; where it stays in its place, only its row."""
        for id_ in old["shelves"]:
            mark = self.mark(self.store.shelf_at(id_))
            stays = id_ in staying and key == old["key"]
            mark.shift(old["key"], standing=old["standing"] and not (stays and standing), told=not stays)
            self.store.execute(
                "DELETE FROM members WHERE shelf = ? AND standing = ? AND published = ? AND identity = ?",
                (id_, int(old["standing"]), *old["key"]),
            )
            self._count(id_, -1, old["standing"])

    def _stand(self, shelf: Stored, key: Key, standing: bool, updated: str, old: dict[str, Any] | None) -> None:
        mark = self.mark(shelf)
        stayed = old is not None and shelf.id in old["shelves"] and old["key"] == key
        stood = stayed and old is not None and old["standing"]
        if stayed:
            mark.told_renewed.add(key)
        if stood and standing:
            mark.renewed.add(key)
        mark.shift(key, standing=standing and not stood, told=not stayed)
        self.store.execute("INSERT INTO members VALUES (?, ?, ?, ?, ?)", (shelf.id, int(standing), *key, updated))
        self._count(shelf.id, 1, standing)

    def _calendars(self, touched: Iterable[int]) -> None:
        for id_ in touched:
            self.mark(self.store.shelf_at(id_)).calendar = True

    def _count(self, id_: int, by: int, standing: bool) -> None:
        self.store.execute(
            "UPDATE shelves SET told = told + ?, standing = standing + ? WHERE id = ?", (by, by * int(standing), id_)
        )

    def _keep(
        self, told: Item, interpretation: int, digest: str, key: Key, standing: bool, shelves: Iterable[int]
    ) -> None:
        entry = json.dumps(entry_of(told, self.directory.zone), ensure_ascii=False)
        values = (key[1], interpretation, key[0], int(standing), digest, told.column, json.dumps(list(shelves)), entry)
        self.store.execute("INSERT OR REPLACE INTO pieces VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        made = fragments(self.directory.site, told)
        kept = Fragments(
            stamp(moment(told)), {f.variant: len(f.data) for f in made}, {f.variant: packed(f.data) for f in made}
        )
        self.store.put_fragments(key[1], kept)

    def _stop(self, item: Item, changed: str) -> None:
        self._stop_of(item.identity, item.place, changed)

    def _stop_of(self, name: str, place: str, changed: str) -> None:
        digits = "".join(c for c in name if c.isdigit())
        self.marks.parts.add(put_stop(self.store, part_of("i", int(digits or 0)), place, changed))


def put_stop(store: Store, part: str, place: str, changed: str) -> str:
    """Note the place in its part of the map, or take it out when `changed` is empty; returns the part."""
    if changed:
        store.execute("INSERT OR REPLACE INTO stops VALUES (?, ?, ?)", (part, place, changed))
    else:
        store.execute("DELETE FROM stops WHERE part = ? AND place = ?", (part, place))
    return part


def shelf_part(shelf: Shelf) -> str:
    """The part of the map that the shelf's page is in."""
    return part_of("p", int(shelf.key)) if shelf.code == "p" else "lists"


def stop_place(shelf: Shelf) -> str:
    """The place in the map."""
    return paths.HOME if shelf.code == "site" else place_of(shelf)


def stamp(instant: datetime) -> str:
    """The instant as text that sorts by time."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def instant_of(text: str) -> datetime:
    """The instant of a `stamp`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _placed(entry: str) -> dict[str, Any]:
    return {"place": one_line(json.loads(entry)["place"])}
