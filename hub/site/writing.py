"""Writing what is marked: the feeds and pages of shelves, and what stands around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from channels.base import File
from channels.manuscript import Form
from channels.site import pages, paths, policy_pages
from channels.site.crawlers import MOST_NEWS, Stop, news, part_path, sitemap, sitemap_index
from channels.site.feeds import files_of
from channels.site.paging import PER_PAGE, Page, full_pages, numbered_page, own_page
from channels.site.recorded import RecordedPolicy
from channels.site.searching import BLOCK, block_file, block_path, blocks_file
from channels.site.shelves import BY_CODE, KINDS, Directory, Shelf, feed_of, place_of, standing_shelves
from hub.outlets import Writing
from hub.site.events import calendar_of, calendar_path
from hub.site.feed_writing import FeedWriter
from hub.site.folding import Mark, Marks, instant_of, put_stop, shelf_part, stop_place
from hub.site.store import Store, Stored


class Writer(FeedWriter):
    """Writes into an outlet what a store holds."""

    def __init__(self, store: Store, directory: Directory, writing: Writing, *, telling: bool = True) -> None:
        super().__init__(store, directory, writing, telling=telling)
        self._always = {shelf[:2] for shelf in standing_shelves(directory)}

    def write(self, marks: Marks) -> None:
        """Write everything that is marked."""
        for _ in self.steps(marks):
            pass

    def steps(self, marks: Marks) -> Iterator[None]:
        """The same in steps, for whoever divides the work."""
        for id_, mark in sorted(marks.shelves.items()):
            self._shelf(self.store.shelf_at(id_), mark, marks)
            yield
        self._policies(marks)
        self._file(self._home())
        self._file(news(self.directory.site, self._newest(MOST_NEWS)))
        if marks.subscribe:
            self._files(pages.subscribe(self.directory, self._offered(), self._calendars()))
        if marks.fixed:
            self._files(pages.fixed(self.directory))
        yield
        for part in sorted(marks.parts):
            self._part(part)
        self._index()

    def _shelf(self, shelf: Stored, mark: Mark, marks: Marks) -> None:
        always = shelf.shelf[:2] in self._always
        there, was = shelf.told > 0 or always, mark.before.told > 0 or always
        marks.subscribe |= there != was
        changed = self.store.changed(shelf) if there else ""
        standing = shelf.told == 0 and shelf.shelf.code in ("site", "c")
        if standing:
            changed = paths.instant_before_all(self.directory.site).strftime("%Y-%m-%dT%H:%M:%S.%f")
        marks.parts.add(put_stop(self.store, shelf_part(shelf.shelf), stop_place(shelf.shelf), changed))
        if not there:
            self._clear(shelf, mark, marks)
            return
        if mark.feeds:
            self._feeds(shelf)
            if shelf.shelf.code == "site":
                self._harvest(shelf)
        if shelf.shelf.code == "site":
            self._blocks(shelf, mark)
            if mark.feeds:
                self._archives(shelf, mark)
        if mark.calendar:
            self._calendar(shelf, marks)
        if BY_CODE[shelf.shelf.code].listed:
            self._pages(shelf, mark)

    def _clear(self, shelf: Stored, mark: Mark, marks: Marks) -> None:
        """The last piece left the shelf: it goes with all its files."""
        for _, path in files_of(feed_of(shelf.shelf, self.directory)):
            self._remove(path)
        self._remove(calendar_path(shelf))
        place = place_of(shelf.shelf)
        numbers = range(1, full_pages(mark.before.standing) + 1)
        for gone in (place, *(paths.page(place, number) for number in numbers)):
            self._remove(paths.index(gone))
        self.store.execute("DELETE FROM shelves WHERE id = ?", (shelf.id,))
        if shelf.shelf.code == "p":
            id_ = int(shelf.shelf.key)
            related = self._policy(id_).related
            self.store.execute("DELETE FROM policies WHERE id = ?", (id_,))
            marks.policies_from = min(marks.policies_from or id_, id_)
            for other in filter(self._has_page, related):
                self._pages(kept := self.store.shelf(Shelf("p", str(other))), Mark(kept, shifted=("", "")))

    def _pages(self, shelf: Stored, mark: Mark) -> None:
        place, count = place_of(shelf.shelf), shelf.standing
        full, before = full_pages(count), full_pages(mark.before.standing)
        numbers = {self.store.position(shelf, key) // PER_PAGE + 1 for key in mark.renewed}
        if mark.shifted is not None:
            numbers |= set(range(self.store.position(shelf, mark.shifted) // PER_PAGE + 1, full + 1))
        if full != before:
            # The last numbered page leads to its newer neighbour, which is another now.
            numbers |= set(range(max(1, min(full, before)), full + 1))
        for number in sorted(n for n in numbers if n <= full):
            self._page(shelf, numbered_page(place, number, count))
        self._page(shelf, own_page(place, count))
        for number in range(full + 1, before + 1):
            self._remove(paths.index(paths.page(place, number)))

    def _blocks(self, shelf: Stored, mark: Mark) -> None:
        """What the search page's script looks through."""
        count, before = -(-shelf.standing // BLOCK), -(-mark.before.standing // BLOCK)
        numbers = {self.store.position(shelf, key) // BLOCK for key in mark.renewed}
        if mark.shifted is not None:
            numbers |= set(range(self.store.position(shelf, mark.shifted) // BLOCK, count))
        for number in sorted(n for n in numbers if n < count):
            start = number * BLOCK
            self._file(block_file(number, self.store.slice(shelf, start, min(start + BLOCK, shelf.standing))))
        for number in range(count, before):
            self._remove(block_path(number))
        self._file(blocks_file(count))

    def _page(self, shelf: Stored, page: Page) -> None:
        entries = self.store.slice(shelf, page.start, page.stop)
        if shelf.shelf.code == "p":
            policy = self._policy(int(shelf.shelf.key))
            there = {id_ for id_ in policy.related if self._has_page(id_)}
            self._file(policy_pages.policy_page(self.directory, policy, there, page, entries))
        else:
            self._file(pages.list_page(self.directory, shelf.shelf, page, entries))

    def _calendar(self, shelf: Stored, marks: Marks) -> None:
        if not BY_CODE[shelf.shelf.code].calendar:
            return
        path = calendar_path(shelf)
        was = self.store.execute("SELECT 1 FROM made WHERE path = ?", (path,)).fetchone() is not None
        made = calendar_of(self.store, self.directory, shelf)
        marks.subscribe |= was != (made is not None)
        if made is not None:
            self._file(made)
        elif was:
            self._remove(path)

    def _calendars(self) -> list[Shelf]:
        """The shelves with a calendar, in the order of `_offered`."""
        rows = self.store.execute("SELECT DISTINCT shelf FROM events").fetchall()
        there = {Shelf("site")[:2]} | {self.store.shelf_at(id_).shelf[:2] for (id_,) in rows}
        return [shelf for shelf in self._offered() if shelf[:2] in there]

    def _newest(self, count: int) -> list[dict[str, Any]]:
        """What lists show of the newest pieces."""
        site = self.store.shelf(Shelf("site"))
        return self.store.slice(site, max(0, site.standing - count), site.standing)

    def _home(self) -> File:
        entries = self._newest(pages.ON_HOME)
        forms = {s.shelf.key: s.shelf for s in self.store.shelves("f") if s.standing}
        count = self.store.count_policies()
        policies = self.store.policies(max(0, count - pages.POLICIES_ON_HOME), count)
        shown = [forms[form.value] for form in Form if form.value in forms]
        return pages.home(self.directory, entries, shown, [RecordedPolicy.model_validate_json(p) for p in policies])

    def _policies(self, marks: Marks) -> None:
        count, before = self.store.count_policies(), marks.policies_before
        full, was = full_pages(count), full_pages(before)
        numbers = {self.store.count_policies(id_) // PER_PAGE + 1 for id_ in marks.policies_renewed}
        if marks.policies_from is not None:
            numbers |= set(range(self.store.count_policies(marks.policies_from) // PER_PAGE + 1, full + 1))
        if not (numbers or marks.policies_from is not None or marks.fixed):
            return
        if full != was:
            numbers |= set(range(max(1, min(full, was)), full + 1))
        shown = [numbered_page(paths.POLICIES, n, count) for n in sorted(numbers) if n <= full]
        for page in (*shown, own_page(paths.POLICIES, count)):
            refs = [RecordedPolicy.model_validate_json(p) for p in self.store.policies(page.start, page.stop)]
            self._file(policy_pages.policies_page(self.directory, page, refs))
        for number in range(full + 1, was + 1):
            self._remove(paths.index(paths.page(paths.POLICIES, number)))

    def _policy(self, id_: int) -> RecordedPolicy:
        row = self.store.execute("SELECT facts FROM policies WHERE id = ?", (id_,)).fetchone()
        return RecordedPolicy.model_validate_json(row[0])

    def _has_page(self, id_: int) -> bool:
        return self.store.execute("SELECT 1 FROM policies WHERE id = ?", (id_,)).fetchone() is not None

    def _offered(self) -> list[Shelf]:
        """The shelves with a feed, in the order of the kinds: the standing ones in their own, the others by name."""
        order = [shelf[:2] for shelf in standing_shelves(self.directory)]
        fields = list(self.directory.fields)
        offered: list[Shelf] = []
        for kind in KINDS:
            mine = [s.shelf for s in self.store.shelves(kind.code) if s.told or s.shelf[:2] in self._always]
            offered += sorted(mine, key=lambda shelf: _rank(shelf, order, fields))
        return offered

    def _part(self, part: str) -> None:
        rows = self.store.execute("SELECT place, changed FROM stops WHERE part = ? ORDER BY place", (part,)).fetchall()
        if not rows:
            self.store.execute("DELETE FROM parts WHERE part = ?", (part,))
            self._remove(part_path(part))
            return
        newest = max(changed for _, changed in rows)
        self.store.execute("INSERT OR REPLACE INTO parts VALUES (?, ?)", (part, newest))
        self._file(sitemap(self.directory.site, part, [Stop(place, instant_of(when)) for place, when in rows]))

    def _index(self) -> None:
        rows = self.store.execute("SELECT part, changed FROM parts ORDER BY part").fetchall()
        self._file(sitemap_index(self.directory.site, [(part, instant_of(changed)) for part, changed in rows]))


def _rank(shelf: Shelf, order: Sequence[tuple[str, ...]], fields: list[str]) -> tuple[Any, ...]:
    place = order.index(shelf[:2]) if shelf[:2] in order else len(order)
    if shelf.code == "t":
        return place, fields.index(shelf.key) if shelf.key in fields else len(fields), shelf.key
    return place, int(shelf.key) if shelf.key.isdigit() else 0, shelf.label, shelf.key


def everything(store: Store, marks: Marks, *, feeds: bool = True) -> None:
    """Mark all of it."""
    oldest = ("", "")
    for shelf in store.shelves():
        mark = marks.shelves.setdefault(shelf.id, Mark(shelf, feeds=feeds))
        mark.feeds |= feeds
        mark.calendar |= feeds
        mark.shift(oldest, standing=True, told=True)
    marks.policies_from, marks.subscribe, marks.fixed = 0, True, True
