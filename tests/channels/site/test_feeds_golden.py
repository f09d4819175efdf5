"""Every variant of a feed, its history and the list of all feeds, byte for byte; `UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from channels.items import Item, Recording
from channels.manuscript import Correction, Form, InterpreterRef, Withdrawal
from channels.site.shelves import AreaName, Directory
from tests.channels.site.making import COLUMN, MORNING, OTHER, POLICY, SITE, item, picture
from tests.site_files import Shelves

GOLDEN = Path(__file__).parents[2] / "golden" / "site" / "feeds"
DIRECTORY = Directory(
    SITE,
    (COLUMN, OTHER),
    areas={"1": AreaName("锦溪市"), "2": AreaName("锦溪区", "1")},
    fields={"elderly-care": "养老服务"},
    hub="https://hub.jinxi.example/",
)
PERSON = InterpreterRef(name="水长清", office="锦溪区发改局价格科", phone="028-55500166")
FILES = ("feed.xml", "atom.xml", "feed.json", "feed-summary.xml", "atom-summary.xml", "feed-summary.json")
SHOWN = '<p>第一档“便宜”，<a href="https://www.jinxi.example/p/7/">办法</a> &amp; 图：</p>'


def _items() -> list[Item]:
    """Plain, with pictures and a correction, with a recording, withdrawn, and with hostile characters."""
    told = SHOWN + '<img src="https://www.jinxi.example/i/2/a.png" alt="三档示意图" width="640" height="360">'
    corrected = Correction(at=_after(30), reason="电话有误")
    return [
        item(1, interpreters=(PERSON,)),
        item(2, html=told, image=picture("i/2/图.png"), correction=corrected, updated=corrected.at, form=Form.TEXT),
        item(3, recording=Recording(address="i/3/a.mp3", media_type="audio/mpeg", size=4321), image=picture()),
        item(4, withdrawn=Withdrawal(at=_after(40), reason="待核实", office="锦溪区发改局")),
        item(5, title="<b>]]>\x00", summary="\ud800&", html="<p>]]>\ufffe</p>", author="", keywords=(), policies=()),
    ]


def _after(hours: int) -> datetime:
    return MORNING + timedelta(hours=hours)


@pytest.fixture(scope="module")
def shelves() -> Shelves:
    made = Shelves(DIRECTORY, [POLICY])
    made.put(*_items(), area=2)
    return made


@pytest.mark.parametrize("path", [*FILES, "c/jiedu/feed.xml", "a/1/feed.json", "p/7/atom.xml", "subscribe/feeds.opml"])
def test_it_is_what_it_was(shelves: Shelves, path: str) -> None:
    kept, made = GOLDEN / path.replace("/", "-"), shelves.kept.files[path].data
    if os.environ.get("UPDATE_GOLDEN"):
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(made)
    assert made == kept.read_bytes()


def test_so_is_a_page_of_the_history() -> None:
    made = Shelves(DIRECTORY, [POLICY])
    made.put(*(item(n, html="<p>水价</p>") for n in range(1, 102)))
    kept, data = GOLDEN / "atom-archive-2.xml", made.kept.files["atom-archive-2.xml"].data
    if os.environ.get("UPDATE_GOLDEN"):
        kept.write_bytes(data)
    assert data == kept.read_bytes()
