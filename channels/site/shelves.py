"""The shelves that a piece stands on: each is a list and a feed of its own. The kinds of shelves are one table, KINDS:
a new kind is an entry there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from channels.items import Item
from channels.manuscript import ColumnInfo, Form, PolicyRef, SiteInfo
from channels.site import paths
from channels.site.characters import one_line
from channels.site.feed_info import FeedInfo


class AreaName(NamedTuple):
    """An area's name, and the key of the area above it."""

    name: str
    parent: str = ""


@dataclass(frozen=True)
class Directory:
    """What pages and feeds show that comes from no piece. `areas` are by key, `fields` of the disclosure catalogue by
    key in the catalogue's order; `zone` is the IANA name of the zone of the dates shown.
    """

    site: SiteInfo
    columns: tuple[ColumnInfo, ...] = ()
    zone: str = "Asia/Shanghai"
    areas: Mapping[str, AreaName] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    hub: str = ""

    @property
    def site_name(self) -> str:
        """The site's name; its domain for one without."""
        return one_line(self.site.name) or self.site.domain


@dataclass(frozen=True)
class Piece:
    """An item, and what is known of its place in the office's tables: the key of its area, of its policies' fields."""

    item: Item
    area: str = ""
    fields: tuple[str, ...] = ()


class Shelf(NamedTuple):
    """One shelf by the code of its kind and its key there; `label` is its name where pieces bring it along."""

    code: str
    key: str = ""
    label: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of shelf. `keys` tells the shelves of a piece, as (key, label); `standing` the keys of those that are
    there without a piece too. `title` and `description` are those of a shelf's list. `listed`: it has a page of its
    own, with further pages. `calendar`: its livestreams can be subscribed to.
    """

    code: str
    heading: str
    keys: Callable[[Piece, Directory], Iterable[tuple[str, str]]]
    title: Callable[[Shelf, Directory], str]
    description: Callable[[Shelf, Directory], str]
    standing: Callable[[Directory], Iterable[str]] = lambda _directory: ()
    listed: bool = True
    calendar: bool = False


def _columns(piece: Piece, directory: Directory) -> Iterator[tuple[str, str]]:
    for column in directory.columns:
        if piece.item.column in (column.name, column.slug):
            yield column.slug, ""


def ways_up(key: str, directory: Directory) -> list[str]:
    """The area's key and those of the areas above it."""
    found: list[str] = []
    while key in directory.areas and key not in found:
        found.append(key)
        key = directory.areas[key].parent
    return found


def _areas(piece: Piece, directory: Directory) -> Iterator[tuple[str, str]]:
    """The piece's area and those above it."""
    return ((key, "") for key in ways_up(piece.area, directory))


def _offices(piece: Piece, _directory: Directory) -> Iterator[tuple[str, str]]:
    """By name, which is what a text says of its interpreters."""
    for name in dict.fromkeys(one_line(person.office) for person in piece.item.interpreters):
        if name:
            yield hashlib.sha256(name.encode()).hexdigest()[:12], name


def column_of(shelf: Shelf, directory: Directory) -> ColumnInfo:
    """The column of a column's shelf."""
    return next((c for c in directory.columns if c.slug == shelf.key), ColumnInfo(name=shelf.key, slug=shelf.key))


def policy_keys(item: Item) -> list[str]:
    """The keys of the shelves of the item's policies."""
    return list(dict.fromkeys(str(p.id) for p in item.policies if p.id is not None))


def _area_name(shelf: Shelf, directory: Directory) -> str:
    area = directory.areas.get(shelf.key)
    return one_line(area.name) if area else shelf.key


KINDS = (
    Kind(
        code="site",
        heading="全部内容",
        keys=lambda _piece, _directory: [("", "")],
        title=lambda _shelf, directory: directory.site_name,
        description=lambda _shelf, directory: f"{directory.site_name}发布的政策解读",
        standing=lambda _directory: [""],
        listed=False,
        calendar=True,
    ),
    Kind(
        code="c",
        heading="按栏目",
        keys=_columns,
        title=lambda shelf, directory: one_line(column_of(shelf, directory).name),
        description=lambda shelf, directory: one_line(column_of(shelf, directory).description),
        standing=lambda directory: [c.slug for c in directory.columns],
        calendar=True,
    ),
    Kind(
        code="f",
        heading="按解读形式",
        keys=lambda piece, _directory: [(piece.item.form.value, "")],
        title=lambda shelf, _directory: Form(shelf.key).label,
        description=lambda shelf, _directory: f"{Form(shelf.key).label}形式的政策解读",
        standing=lambda _directory: [form.value for form in Form],
    ),
    Kind(
        code="a",
        heading="按区域",
        keys=_areas,
        title=_area_name,
        description=lambda shelf, directory: f"{_area_name(shelf, directory)}的政策解读",
        calendar=True,
    ),
    Kind(
        code="t",
        heading="按领域",
        keys=lambda piece, directory: [(key, "") for key in piece.fields if key in directory.fields],
        title=lambda shelf, directory: directory.fields.get(shelf.key, shelf.key),
        description=lambda shelf, directory: f"{directory.fields.get(shelf.key, shelf.key)}领域的政策解读",
    ),
    Kind(
        code="o",
        heading="按解读机构",
        keys=_offices,
        title=lambda shelf, _directory: shelf.label,
        description=lambda shelf, _directory: f"{shelf.label}的政策解读",
    ),
    # Its label is the policy's title, which comes from its record.
    Kind(
        code="p",
        heading="按政策文件",
        keys=lambda piece, _directory: [(key, "") for key in policy_keys(piece.item)],
        title=lambda shelf, _directory: shelf.label,
        description=lambda shelf, _directory: f"{shelf.label}的解读",
    ),
)
BY_CODE = {kind.code: kind for kind in KINDS}


def shelves_of(piece: Piece, directory: Directory) -> list[Shelf]:
    """The shelves that the piece stands on, in the order of the kinds."""
    return [Shelf(kind.code, key, label) for kind in KINDS for key, label in kind.keys(piece, directory)]


def standing_shelves(directory: Directory) -> list[Shelf]:
    """The shelves that are there without a piece too."""
    return [Shelf(kind.code, key) for kind in KINDS for key in kind.standing(directory)]


def place_of(shelf: Shelf) -> str:
    """The folder of the shelf's page and feeds: `c/jiedu/`; the site's own is the root."""
    return paths.HOME if shelf.code == "site" else f"{shelf.code}/{shelf.key}/"


def feed_of(shelf: Shelf, directory: Directory) -> FeedInfo:
    """The shelf's feed."""
    kind = BY_CODE[shelf.code]
    title, description = (
        kind.title(shelf, directory),
        kind.description(shelf, directory) or kind.title(shelf, directory),
    )
    if shelf.code == "site":
        return FeedInfo(directory.site, title, description, "feed", paths.HOME, directory.hub)
    identity = f"feed:{shelf.code}:{shelf.key}"
    titled = f"{one_line(directory.site.name)}：{title}"
    return FeedInfo(directory.site, titled, description, identity, place_of(shelf), directory.hub)


def calendar_name(shelf: Shelf, directory: Directory) -> str:
    """What calendar programs call the shelf's livestreams."""
    title = "" if shelf.code == "site" else f"：{BY_CODE[shelf.code].title(shelf, directory)}"
    return f"{directory.site_name}{title}直播预告"


def policy_shelf(policy: PolicyRef) -> Shelf:
    """The policy's shelf, under its title."""
    return Shelf("p", str(policy.id), one_line(policy.title) or one_line(policy.number))
