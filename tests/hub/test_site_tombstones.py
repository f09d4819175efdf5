"""Harvesters are told what to delete (RFC 6721), in a feed of their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from channels.items import Item
from channels.manuscript import Withdrawal
from channels.site.feeds import ENTRIES
from channels.site.paths import tag_uri
from channels.site.shelves import Directory
from tests.channels.site.making import COLUMN, MORNING, POLICY, SITE, item
from tests.site_files import Shelves

NAMES = {"atom": "http://www.w3.org/2005/Atom", "at": "http://purl.org/atompub/tombstones/1.0"}
FILE = "atom-tombstones.xml"


@pytest.fixture
def shelves() -> Shelves:
    return Shelves(Directory(SITE, (COLUMN,)), (POLICY,))


def gone(number: int, days: int = 3, reason: str = "待核实]]> & <改期>") -> Item:
    return item(number, withdrawn=Withdrawal(at=MORNING + timedelta(days=days), reason=reason, office="锦溪区政府办"))


def found(shelves: Shelves, path: str) -> list[Any]:
    root = etree.fromstring(shelves.kept.files[FILE].data)
    return list(root.xpath(path, namespaces=NAMES))


def names(shelves: Shelves, path: str) -> list[str]:
    return [str(name).rpartition(":")[2] for name in found(shelves, path)]


def test_what_stands_is_an_entry_and_what_was_withdrawn_a_tombstone(shelves: Shelves) -> None:
    shelves.put(item(1), item(2), item(3))
    shelves.put(gone(2))
    assert names(shelves, "//atom:entry/atom:id/text()") == ["i3", "i1"]
    (stone,) = found(shelves, "//at:deleted-entry")
    assert stone.get("ref") == tag_uri(SITE, "i2")
    assert stone.get("when") == "2026-11-23T09:30:00+08:00"
    assert stone.findtext("at:by/atom:name", namespaces=NAMES) == "锦溪区政府办"
    assert stone.findtext("at:comment", namespaces=NAMES) == "待核实]]> & <改期>"
    assert stone.find("atom:link", NAMES).get("href") == f"{SITE.base_url}i/2/"


def test_it_is_a_feed_of_its_own_that_nothing_leads_to(shelves: Shelves) -> None:
    shelves.put(gone(1))
    assert found(shelves, "/atom:feed/atom:id/text()") == [tag_uri(SITE, "feed:tombstones")]
    assert found(shelves, "/atom:feed/atom:link[@rel='self']/@href") == [f"{SITE.base_url}{FILE}"]
    assert found(shelves, "/atom:feed/atom:updated/text()")[0].startswith("2026-11-23T01:30:00")
    for path, file in shelves.kept.files.items():
        assert path == FILE or FILE.encode() not in file.data


def test_one_that_came_back_is_an_entry_again(shelves: Shelves) -> None:
    shelves.put(gone(1))
    shelves.put(item(1))
    assert found(shelves, "//at:deleted-entry") == []
    assert names(shelves, "//atom:entry/atom:id/text()") == ["i1"]


def test_an_old_piece_that_feeds_carry_no_more_is_told_all_the_same(shelves: Shelves) -> None:
    shelves.put(*(item(n) for n in range(1, ENTRIES + 20)))
    shelves.put(gone(2, days=9), gone(1, days=8))
    assert names(shelves, "//at:deleted-entry/@ref") == ["i2", "i1"]
    assert len(found(shelves, "//atom:entry")) == ENTRIES


def test_one_that_has_no_place_any_more_is_forgotten(shelves: Shelves) -> None:
    shelves.put(gone(1), item(2))
    shelves.drop("i1")
    assert found(shelves, "//at:deleted-entry") == []
