"""The site's calendars follow what is published: of everything, of a column, of an area and those above it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from lxml import html

from channels.items import Item
from channels.manuscript import Withdrawal
from channels.site.shelves import AreaName, Directory
from tests.channels.site.making import COLUMN, MORNING, OTHER, POLICY, SITE, item
from tests.channels.site.test_livestreams import STREAM, live
from tests.site_files import Shelves

AREAS = {"1": AreaName("锦溪市"), "2": AreaName("锦溪区", "1"), "3": AreaName("镇", "2")}
DIRECTORY = Directory(SITE, (COLUMN, OTHER), areas=AREAS)
GONE = Withdrawal(at=MORNING + timedelta(days=3), reason="改期")


@pytest.fixture
def shelves() -> Shelves:
    return Shelves(DIRECTORY, (POLICY,))


def calendars(shelves: Shelves) -> dict[str, list[str]]:
    """By path, the events' names."""
    return {
        path: [str(event["uid"]).partition("@")[0] for event in Calendar.from_ical(file.data).walk("VEVENT")]
        for path, file in shelves.kept.files.items()
        if path.endswith(".ics")
    }


def offered(shelves: Shelves) -> list[str]:
    page = html.document_fromstring(shelves.kept.files["subscribe/index.html"].data)
    return [str(address) for address in page.xpath("//a/@href[starts-with(., 'webcal:')]")]


def test_the_sites_calendar_is_there_before_the_first_livestream(shelves: Shelves) -> None:
    assert calendars(shelves) == {"livestreams.ics": []}
    assert offered(shelves) == ["webcal://www.jinxi.example/livestreams.ics"]


def test_a_livestream_stands_in_the_calendars_of_its_column_its_area_and_those_above(shelves: Shelves) -> None:
    shelves.put(live(1), area=3)
    shelves.put(live(2, column="没有的栏目"), area=2)
    assert calendars(shelves) == {
        "livestreams.ics": ["live1", "live2"],
        "c/jiedu/livestreams.ics": ["live1"],
        "a/1/livestreams.ics": ["live1", "live2"],
        "a/2/livestreams.ics": ["live1", "live2"],
        "a/3/livestreams.ics": ["live1"],
    }
    assert [address.removeprefix("webcal://www.jinxi.example/") for address in offered(shelves)] == [
        "livestreams.ics",
        "c/jiedu/livestreams.ics",
        "a/1/livestreams.ics",
        "a/2/livestreams.ics",
        "a/3/livestreams.ics",
    ]


def test_an_article_touches_no_calendar(shelves: Shelves) -> None:
    shelves.put(live(1))
    assert not [path for path in shelves.put(item(5, livestream=STREAM)) if path.endswith(".ics")]


def test_a_withdrawn_livestream_stays_and_a_vanished_one_goes(shelves: Shelves) -> None:
    shelves.put(live(1), live(2))
    shelves.put(live(1, withdrawn=GONE))
    assert calendars(shelves)["c/jiedu/livestreams.ics"] == ["live1", "live2"]
    assert b"STATUS:CANCELLED" in shelves.kept.files["c/jiedu/livestreams.ics"].data
    shelves.drop("live1")
    shelves.drop("live2")
    assert calendars(shelves) == {"livestreams.ics": []}
    assert len(offered(shelves)) == 1


def test_a_livestream_that_moves_to_another_column_moves_in_the_calendars(shelves: Shelves) -> None:
    shelves.put(live(1))
    shelves.put(live(1, column=OTHER.name))
    assert calendars(shelves) == {"livestreams.ics": ["live1"], "c/huiying/livestreams.ics": ["live1"]}


def test_the_calendars_are_called_after_what_they_hold(shelves: Shelves) -> None:
    shelves.put(live(1), area=2)
    names = {p: str(Calendar.from_ical(f.data)["name"]) for p, f in shelves.kept.files.items() if p.endswith(".ics")}
    assert names["livestreams.ics"] == f"{SITE.name}直播预告"
    assert names["c/jiedu/livestreams.ics"] == f"{SITE.name}：政策解读直播预告"
    assert names["a/2/livestreams.ics"] == f"{SITE.name}：锦溪区直播预告"


CHANGES = st.tuples(
    st.integers(1, 6),
    st.sampled_from(["put", "moved", "withdrawn", "gone", "article"]),
    st.sampled_from([COLUMN.name, OTHER.name]),
    st.integers(0, 3),
)


def _made(number: int, what: str, column: str) -> Item:
    if what == "article":
        return item(number, identity=f"live{number}", place=f"live/{number}/", column=column)
    stream = STREAM.model_copy(update={"starts": STREAM.starts + timedelta(days=number + 20 * (what == "moved"))})
    return live(
        number,
        stream.model_copy(update={"ends": None}),
        column=column,
        withdrawn=GONE if what == "withdrawn" else None,
    )


@given(st.lists(CHANGES, min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_whatever_the_order_the_calendars_are_those_of_a_site_made_from_nothing(
    changes: list[tuple[int, str, str, int]],
) -> None:
    followed, last = Shelves(DIRECTORY, (POLICY,)), {}
    for number, what, column, area in changes:
        if what == "gone":
            followed.drop(f"live{number}")
            last.pop(number, None)
        else:
            last[number] = _made(number, what, column), area
            followed.put(last[number][0], area=area)
    fresh = Shelves(DIRECTORY, (POLICY,))
    for made, area in last.values():
        fresh.put(made, area=area)
    ours, theirs = (
        {p: f.data for p, f in s.kept.files.items() if p.endswith(".ics") or p.startswith("subscribe/")}
        for s in (followed, fresh)
    )
    assert ours == theirs
