"""Releasing what is due: in time, too late, in a quiet time, and with any number of clocks."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from hub.domain.states import State
from hub.domain.troubles import Press, Turn
from hub.publishing.holding import hold
from hub.publishing.releasing import release_due
from hub.services import Services
from tests.fakes import EDITOR, NOW, later
from tests.publishing.helpers import row, scheduled, state, trail
from tests.publishing.moving import force


@pytest.mark.parametrize(
    ("minutes", "expected"), [(0, State.QUEUED), (30, State.QUEUED), (30.1, State.HELD), (5000, State.HELD)]
)
def test_it_goes_out_until_its_tolerance_is_over(house: Services, minutes: float, expected: State) -> None:
    delivery = scheduled(house)
    release_due(house, later(minutes=minutes))
    assert state(house, delivery) == expected


def test_nothing_is_released_before_its_time(house: Services) -> None:
    delivery = scheduled(house, at=later(minutes=5))
    assert release_due(house, later(minutes=5) - timedelta(microseconds=1)) == 0
    assert state(house, delivery) == State.SCHEDULED
    assert release_due(house, later(minutes=5)) == 1


def test_what_is_too_late_asks_the_editor_to_choose(house: Services) -> None:
    delivery = scheduled(house)
    release_due(house, later(hours=1))
    held = row(house, delivery)
    assert held.hold_id is None
    trouble = held.trouble or {}
    assert (trouble["code"], trouble["turn"], trouble["press"]) == ("DLV-210", Turn.EDITOR, Press.CHOOSE)
    assert trouble["zh"].startswith("DLV-210 ")


def test_queued_in_time_but_taken_by_nobody_is_too_late_as_well(house: Services) -> None:
    delivery = scheduled(house)
    release_due(house, NOW)
    release_due(house, later(hours=1))
    assert trail(house, delivery) == ["scheduled", "queued", "held"]


def test_what_was_tried_already_is_not_too_late(house: Services) -> None:
    delivery = scheduled(house)
    with house.db.writing() as session:
        force(session, delivery, State.QUEUED, attempt=1)
    release_due(house, later(hours=1))
    assert state(house, delivery) == State.QUEUED


def test_four_clocks_at_once_give_one_firing_each(fakes: Services) -> None:
    held = [scheduled(fakes) for _ in range(3)]
    hold(fakes, actor=EDITOR, name="停", office_id=1, kind="window", ends_at=later(minutes=9), resumes=True, now=NOW)
    release_due(fakes, NOW)
    due = [scheduled(fakes, at=later(minutes=10)) for _ in range(3)]
    gate, counts = threading.Barrier(4), []

    def tick() -> None:
        gate.wait()
        counts.append(release_due(fakes, later(minutes=10)))

    clocks = [threading.Thread(target=tick) for _ in range(4)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join()
    assert {state(fakes, i) for i in (*held, *due)} == {State.QUEUED}
    assert all(trail(fakes, i) == ["scheduled", "held", "queued"] for i in held)
    assert all(trail(fakes, i) == ["scheduled", "queued"] for i in due)
