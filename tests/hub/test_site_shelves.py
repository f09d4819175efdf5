"""Whatever happens to pieces and in whatever order it is followed, the files are those of a site made from nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.items import Item
from channels.manuscript import Correction, Form, InterpreterRef, PolicyRef, Withdrawal
from channels.site import feeds, paging
from channels.site.recorded import RecordedPolicy, Related
from channels.site.shelves import AreaName, Directory
from hub.site import archives, feed_writing, writing
from hub.site.folding import Folding
from hub.site.pieces import Placed
from hub.site.writing import Writer
from tests.channels.site.making import COLUMN, MORNING, OTHER, POLICY, SITE, item
from tests.site_files import Shelves

POLICIES = (POLICY, POLICY.model_copy(update={"id": 8, "title": "办法二"}), PolicyRef(id=9, title="办法三"))
# The first was replaced by the second: each has a page only while a piece names it, and leads to the other's then.
RECORDED = {
    7: RecordedPolicy(**POLICIES[0].model_dump(), replaced_by=(Related(id=8, title="办法二"),)),
    8: RecordedPolicy(**POLICIES[1].model_dump(), replaces=(Related(id=7, title=POLICY.title, url=POLICY.url),)),
    9: RecordedPolicy(**POLICIES[2].model_dump()),
}
AREAS = {"1": AreaName("锦溪市"), "2": AreaName("锦溪区", "1"), "3": AreaName("镇", "2")}
DIRECTORY = Directory(SITE, (COLUMN, OTHER), areas=AREAS, fields={"elderly-care": "养老服务", "taxation": "税收管理"})
FIELDS = {7: "elderly-care", 8: "taxation", 9: ""}
NUMBERS = st.integers(1, 14)
Change = Callable[["House"], None]


class House:
    """Pieces as a database would have them, and shelves that follow it now and then."""

    def __init__(self) -> None:
        self.items: dict[str, tuple[Item, int]] = {}
        self.shelves = Shelves(DIRECTORY)
        self.policies = {id_: (recorded, FIELDS[id_]) for id_, recorded in RECORDED.items()}
        self.changed: set[str] = set()
        self.renewed: set[int] = set()

    def set(self, number: int, made: Item | None, area: int = 0) -> None:
        self.changed.add(f"i{number}")
        if made is None:
            self.items.pop(f"i{number}", None)
        else:
            self.items[made.identity] = (made, area)

    def follow(self) -> None:
        folding = Folding(self.shelves.store, DIRECTORY)
        _fold(folding, self, self.changed)
        for id_ in sorted(self.renewed):
            folding.renew(self.policies[id_][0])
        Writer(self.shelves.store, DIRECTORY, self.shelves.kept).write(folding.marks)
        self.changed, self.renewed = set(), set()


def _fold(folding: Folding, house: House, names: set[str]) -> None:
    for name in sorted(names):
        if name in house.items:
            made, area = house.items[name]
            folding.put(Placed(made, "", int(name[1:]), area), house.policies)
        else:
            folding.drop(name)


def _from_nothing(house: House) -> dict[str, bytes]:
    fresh = Shelves(DIRECTORY)
    folding = Folding(fresh.store, DIRECTORY)
    _fold(folding, house, set(house.items))
    Writer(fresh.store, DIRECTORY, fresh.kept).write(folding.marks)
    return {path: file.data for path, file in fresh.kept.files.items()}


def _published(number: int, hour: int, form: Form, column: str, area: int, policies: list[PolicyRef]) -> Change:
    people = (InterpreterRef(name="解", office=f"{area}科"),) if area else ()
    at = MORNING + timedelta(hours=hour)
    made = item(number, published=at, updated=at, form=form, column=column, policies=policies, interpreters=people)
    return lambda house: house.set(number, made, area)


def _changed(number: int, **changes: object) -> Change:
    def change(house: House) -> None:
        if f"i{number}" in house.items:
            made, area = house.items[f"i{number}"]
            house.set(number, made.model_copy(update=changes), area)

    return change


def _renamed(id_: int, title: str) -> Change:
    def change(house: House) -> None:
        house.policies[id_] = (house.policies[id_][0].model_copy(update={"title": title}), FIELDS[id_])
        house.renewed.add(id_)
        house.changed |= {name for name, (made, _) in house.items.items() if id_ in {p.id for p in made.policies}}

    return change


_CORRECTION = Correction(at=MORNING + timedelta(days=9), reason="电话有误")
_WITHDRAWAL = Withdrawal(at=MORNING + timedelta(days=10), reason="待核实")
CHANGES = st.one_of(
    st.builds(
        _published,
        NUMBERS,
        st.integers(0, 6),
        st.sampled_from([Form.QA, Form.TEXT]),
        st.sampled_from([COLUMN.name, OTHER.slug, "没有的栏目"]),
        st.integers(0, 3),
        st.lists(st.sampled_from(POLICIES), max_size=2, unique=True),
    ),
    st.builds(lambda n: _changed(n, correction=_CORRECTION, updated=_CORRECTION.at), NUMBERS),
    st.builds(lambda n: _changed(n, withdrawn=_WITHDRAWAL), NUMBERS),
    st.builds(lambda n: _changed(n, withdrawn=None), NUMBERS),
    st.builds(lambda n: lambda house: house.set(n, None), NUMBERS),
    st.builds(_renamed, st.sampled_from([7, 8, 9]), st.sampled_from(["改名", "又改名"])),
)


@given(st.lists(st.tuples(CHANGES, st.booleans()), min_size=5, max_size=40))
@settings(max_examples=40, deadline=None)
def test_following_changes_ends_in_the_bytes_of_a_site_made_from_nothing(changes: list[tuple[Change, bool]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module in (paging, writing):
            patch.setattr(module, "PER_PAGE", 2)
        for module in (feeds, archives, feed_writing):
            patch.setattr(module, "ENTRIES", 3)
        house = House()
        for number in range(1, 8):
            _published(number, number % 5, Form.QA, COLUMN.name, 3, [POLICY])(house)
        house.follow()
        for change, at_once in changes:
            change(house)
            if at_once:
                house.follow()
        house.follow()
        followed = {path: file.data for path, file in house.shelves.kept.files.items()}
        assert followed == _from_nothing(house)


def test_one_publication_touches_its_shelves_and_of_each_list_what_it_changes() -> None:
    shelves = Shelves(DIRECTORY, POLICIES)
    shelves.put(*(item(n) for n in range(1, 160)))
    written = shelves.put(item(160))
    assert {path for path in written if path.endswith(".html")} == {
        "index.html",
        "c/jiedu/index.html",
        "f/qa/index.html",
        "p/7/index.html",
    }
    assert {path for path in written if path.endswith("feed.xml")} == {
        "feed.xml",
        "c/jiedu/feed.xml",
        "f/qa/feed.xml",
        "p/7/feed.xml",
    }
    assert "subscribe/index.html" not in written


def test_a_full_page_is_written_once_more_when_it_gets_a_neighbour_and_never_again() -> None:
    shelves = Shelves(DIRECTORY, POLICIES)
    shelves.put(*(item(n) for n in range(1, 150)))
    assert "c/jiedu/page-1/index.html" in shelves.put(item(150))
    for number in range(151, 170):
        assert not [path for path in shelves.put(item(number)) if "page-" in path]


def test_the_same_again_writes_nothing_of_a_shelf() -> None:
    shelves = Shelves(DIRECTORY, POLICIES)
    shelves.put(item(1))
    assert set(shelves.put(item(1))) == {"index.html", "sitemap.xml", "sitemap-news.xml"}


def _links(shelves: Shelves, path: str) -> dict[str, str]:
    found = feedparser.parse(io.BytesIO(shelves.kept.files[path].data))
    assert not found.bozo
    return {link.rel: link.href.removeprefix(SITE.base_url) for link in found.feed.links}


def test_the_whole_history_is_read_from_page_to_page() -> None:
    shelves = Shelves(DIRECTORY, POLICIES)
    shelves.put(*(item(n) for n in range(1, 131)))
    told, path = set[str](), "atom.xml"
    while path:
        found = feedparser.parse(io.BytesIO(shelves.kept.files[path].data))
        told |= {entry.id.rpartition(":")[2] for entry in found.entries}
        assert len(found.entries) == 50
        path = _links(shelves, path).get("prev-archive", "")
    assert told == {f"i{n}" for n in range(1, 131)}
    assert _links(shelves, "feed.xml")["prev-archive"] == "atom-archive-2.xml"
    assert _links(shelves, "atom-archive-1.xml")["current"] == "atom.xml"
    assert b"<fh:archive/>" in shelves.kept.files["atom-archive-1.xml"].data


def test_a_page_of_the_history_stays_as_it_is_until_one_of_its_pieces_changes() -> None:
    shelves = Shelves(DIRECTORY, POLICIES)
    shelves.put(*(item(n) for n in range(1, 150)))
    assert "atom-archive-3.xml" in shelves.put(item(150))
    for number in range(151, 205):
        assert not {"atom-archive-1.xml", "atom-archive-2.xml", "atom-archive-3.xml"} & set(shelves.put(item(number)))
    corrected = item(60, correction=_CORRECTION, updated=_CORRECTION.at)
    assert [path for path in shelves.put(corrected) if "archive" in path] == ["atom-archive-2.xml"]


def test_a_short_history_has_no_pages() -> None:
    shelves = Shelves(DIRECTORY, POLICIES)
    shelves.put(*(item(n) for n in range(1, 51)))
    assert not [path for path in shelves.kept.files if "archive" in path]
    assert "prev-archive" not in _links(shelves, "atom.xml")
