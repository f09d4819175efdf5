"""One refresh of a site: the changes that its shelves have not seen, folded in and written."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from channels.site.shelves import Shelf, ways_up
from hub.models import Policy, Site
from hub.services import Services
from hub.site.facts import directory_of, directory_text, policies_of, read_directory
from hub.site.folding import Folding, Mark
from hub.site.pieces import Placed, placed
from hub.site.store import Store
from hub.site.wanting import changes
from hub.site.writing import Writer, everything

# Changes that are folded in together.
MOST = 500


class Catching:
    """What is to be done, and doing it. The caller holds the lists' lock."""

    def __init__(self, services: Services, site: Site, store: Store) -> None:
        self.services, self.site, self.store = services, site, store
        self.folded = int(store.meta("folded"))
        self.known = self.directory = directory_of(store.meta("directory"))
        with services.db.reading() as session:
            rows = changes(session, site.id, self.folded, MOST)
            self.policies = {row.policy_id for row in rows if row.policy_id is not None}
            if self.policies:
                merged = select(Policy.id).where(Policy.merged_into_id.in_(self.policies))
                replacing = select(Policy.replaced_by_id).where(Policy.id.in_(self.policies))
                also = {*session.scalars(merged), *session.scalars(replacing)}
                self.policies |= {id_ for id_ in also if id_ is not None}
            told = any(row.policy_id is None and row.interpretation_id is None for row in rows)
            told |= self.known.hub != services.config.websub_hub
            if told:
                self.directory = read_directory(session, site, services.config.websub_hub)
        self.last = rows[-1].number if rows else self.folded
        self.interpretations = {row.interpretation_id for row in rows if row.interpretation_id is not None}
        self.interpretations |= self._of_policies() | self._of_columns()
        if told:
            # A notice names the office that withdrew.
            self.interpretations |= self._interpretations("SELECT interpretation FROM pieces WHERE standing = ?", 0)
        # The withdrawn among them: their notices must stand.
        self.withdrawn: set[int] = set()

    @property
    def is_whole(self) -> bool:
        """Whether something changed that every piece's entries carry, so that all must be made anew."""
        old, new = self.known, self.directory
        parents = {key: area.parent for key, area in new.areas.items()}
        moved = any(parents.get(key) != area.parent for key, area in old.areas.items())
        return moved or (old.site, old.zone, old.hub) != (new.site, new.zone, new.hub)

    @property
    def size(self) -> int:
        """How many pieces it touches."""
        if self.known.columns != self.directory.columns:
            return int(self.store.execute("SELECT count(*) FROM pieces").fetchone()[0])
        return len(self.interpretations)

    def run(self) -> int:
        """Fold the changes in and write what they touch; returns the number of the last one. Killed at any moment, the
        next run does the same again: what stands already is not written twice.
        """
        with self.services.db.reading() as session:
            pieces = placed(session, self.site, self.interpretations)
            named = {p.id for piece in pieces for p in piece.item.policies if p.id is not None}
            policies = policies_of(session, named | self.policies)
        with self.store.writing():
            folding = Folding(self.store, self.directory)
            self._facts(folding)
            for piece in pieces:
                folding.put(piece, policies)
            self._drop(folding, pieces)
            for id_ in sorted(self.policies & set(policies)):
                folding.renew(policies[id_][0])
            if folding.marks.shelves or folding.marks.policies_renewed or self.known != self.directory:
                with self.services.outlet(self.site.key).batch() as batch:
                    Writer(self.store, self.directory, batch).write(folding.marks)
            self.store.note("folded", str(self.last))
            self.store.note("directory", directory_text(self.directory))
        self.withdrawn = {p.interpretation_id for p in pieces if p.item.withdrawn is not None}
        return self.last

    def _of_policies(self) -> set[int]:
        """The pieces of changed policies: a policy's field is theirs."""
        found: set[int] = set()
        for id_ in self.policies:
            found |= self._interpretations(
                "SELECT p.interpretation FROM shelves s JOIN members m ON m.shelf = s.id "
                "JOIN pieces p USING (identity) WHERE s.code = 'p' AND s.key = ?",
                str(id_),
            )
        return found

    def _of_columns(self) -> set[int]:
        """The pieces that name a column which is there now, or is gone."""
        differing = set(self.known.columns) ^ set(self.directory.columns)
        found: set[int] = set()
        for name in {name for column in differing for name in (column.name, column.slug)}:
            found |= self._interpretations("SELECT interpretation FROM pieces WHERE named = ?", name)
        return found

    def _interpretations(self, statement: str, value: str | int) -> set[int]:
        return {id_ for (id_,) in self.store.execute(statement, (value,))}

    def _drop(self, folding: Folding, pieces: Iterable[Placed]) -> None:
        there = {piece.item.identity for piece in pieces}
        for id_ in sorted(self.interpretations):
            rows = self.store.execute("SELECT identity FROM pieces WHERE interpretation = ?", (id_,)).fetchall()
            for (name,) in rows:
                if name not in there:
                    folding.drop(name)

    def _facts(self, folding: Folding) -> None:
        """Mark what shows a fact that changed."""
        if self.known == self.directory:
            return
        folding.ensure()
        folding.marks.subscribe = True
        if self.known.columns != self.directory.columns:
            # Every page has the menu.
            everything(self.store, folding.marks, feeds=False)
        for shelf in self._renamed():
            mark = folding.mark(self.store.shelf(shelf))
            mark.feeds = mark.calendar = True
            mark.shift(("", ""), standing=True, told=True)
        self._remove_columns(folding)

    def _renamed(self) -> list[Shelf]:
        old, new = self.known, self.directory
        columns = [Shelf("c", c.slug) for c in new.columns if c not in old.columns]
        other = {key for key, area in new.areas.items() if old.areas.get(key) != area}
        # A page leads to the areas above its own.
        areas = [Shelf("a", key) for key in new.areas if other & set(ways_up(key, new))]
        fields = [Shelf("t", key) for key, name in new.fields.items() if old.fields.get(key) != name]
        there = {s.shelf[:2] for code in "at" for s in self.store.shelves(code)}
        return [*columns, *(shelf for shelf in (*areas, *fields) if shelf[:2] in there)]

    def _remove_columns(self, folding: Folding) -> None:
        """A column that is no more: with its pieces gone from it, its shelf is cleared."""
        slugs = {c.slug for c in self.directory.columns}
        for column in self.known.columns:
            if column.slug not in slugs:
                folding.marks.shelves.setdefault((s := self.store.shelf(Shelf("c", column.slug))).id, Mark(s))
