"""A fault at every call: whatever becomes of it, one article at most, and what our records say is so."""

from __future__ import annotations

from typing import Any

import pytest

from hub.domain.states import State
from hub.publishing.changing import retry, settle
from tests.fakes import EDITOR
from tests.posting.house import House

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

CALLS = (
    "stable_token",
    "media/uploadimg",
    "material/add_material",
    "draft/add",
    "freepublish/submit",
    "freepublish/get",
    "freepublish/batchget",
)
ACTS = ("material/add_material", "draft/add", "freepublish/submit")
LINES = ("cut_after", "500", "hang")
MORE_LINES = ("cut_before", "500_after", "garbled", "hang_after")
CODES = (-1, 40001, 45009, 45011, 48001, 40007, 47001)
# Where the program ends by itself, or a person is asked.
ENDS = {State.PUBLISHED, State.FAILED, State.AWAITING_HAND, State.UNKNOWN}


def standing(house: House, title: str) -> list[dict[str, Any]]:
    return [article for article in house.articles() if article["title"] == title]


def forget_uploads(house: House) -> None:
    """So that every call is made for the next piece too."""
    from hub.models import FarThing, FarToken

    with house.services.db.writing() as session:
        for kind in (FarThing, FarToken):
            session.query(kind).delete()


def told_by_a_person(house: House, one: int, title: str) -> None:
    """Whoever looks at the platform says what is there; what isn't is tried again."""
    if house.state(one) is State.UNKNOWN:
        there = bool(standing(house, title))
        version = house.row(one).version
        settle(house.services, actor=EDITOR, delivery_id=one, version=version, there=there, now=house.now)
    if house.state(one) is State.FAILED:
        retry(house.services, actor=EDITOR, delivery_id=one, version=house.row(one).version, now=house.now)
        house.run(hours=2)


def tried(house: House, title: str, *faults: dict[str, Any]) -> None:
    """A piece is published under these faults, to its end and, where a person is asked, beyond it."""
    forget_uploads(house)
    house.far.faults(*faults)
    one = house.order(house.piece(title))
    house.run(hours=2)
    house.far.faults()
    state, articles = house.state(one), standing(house, title)
    assert state in ENDS, faults
    assert len(articles) == (state is State.PUBLISHED) or state is State.UNKNOWN, (faults, state)
    if state is State.PUBLISHED:
        assert house.row(one).url == articles[0]["url"], faults
    told_by_a_person(house, one, title)
    assert len(standing(house, title)) <= 1, faults
    assert house.state(one) in {State.PUBLISHED, State.AWAITING_HAND}, (faults, house.code(one))


@pytest.mark.parametrize("call", CALLS)
def test_one_fault(house: House, call: str) -> None:
    house.far.account(publish_seconds=20)
    # Half of the lines' ways to break differ for acts alone: a question is only asked again.
    lines = [{"kind": kind, "seconds": 1} for kind in (*LINES, *(MORE_LINES if call in ACTS else ()))]
    for number, fault in enumerate([*lines, *({"kind": "errcode", "errcode": code} for code in CODES)]):
        tried(house, f"第{number}篇", {"call": call, **fault})


@pytest.mark.parametrize("call", ["draft/add", "freepublish/submit"])
@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_and_another_while_it_is_looked_up(house: House, call: str, kind: str) -> None:
    """The answer to the act is lost, and the look at the platform fails as well."""
    house.far.account(publish_seconds=20)
    looks = ("draft/batchget", "draft/get", "freepublish/batchget", "stable_token", call)
    for number, look in enumerate(looks):
        second = {"call": look, "kind": "cut_after", "times": 3, "skip": int(look == call)}
        tried(house, f"第{number}篇", {"call": call, "kind": kind}, second)


def test_a_platform_that_is_away_for_a_while(house: House) -> None:
    """Nothing goes through for many calls; then all is well again."""
    for number, times in enumerate((3, 7, 12)):
        tried(house, f"第{number}篇", {"call": "*", "kind": "500", "times": times})
