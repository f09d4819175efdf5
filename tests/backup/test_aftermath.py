"""After a restore: what may have gone out since the backup waits for a person, and nothing goes by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from hub.audit import note_head, seal, verify
from hub.backup import backup, restore
from hub.backup.aftermath import hold_name
from hub.domain.states import State
from hub.models import Delivery, Hold
from hub.publishing.draining import drain
from hub.publishing.holding import lift
from hub.publishing.releasing import release_due
from hub.publishing.sweeping import sweep
from hub.services import Services
from hub.workflow import Actor
from tests.backup.house import SENDER, house, kept_artefact
from tests.fakes import NOW, Sender, later
from tests.publishing.helpers import row, scheduled, state, trail

MACHINE = Actor("cli:root")


@pytest.fixture
def office(tmp_path: Path) -> Services:
    """An office that has not published anything."""
    return house(tmp_path / "office")


def restored(office: Services, target: Services, tmp_path: Path, *, hours: float) -> None:
    """The office's data in `target`, so many hours after the backup was made at NOW."""
    file = backup(office, tmp_path / "b", now=NOW).file
    office.db.close()
    restore(target, file, now=later(hours=hours))


def work(services: Services, hours: float) -> dict[str, int]:
    """A beat of the clock and a worker at that time; returns what has arrived at the far end."""
    now = later(hours=hours)
    sweep(services, now)
    release_due(services, now)
    drain(services, worker="w", now=lambda: now)
    sender = services.channels["sender"]
    assert isinstance(sender, Sender)
    return sender.arrived


def test_everything_is_on_hold_until_a_person_lifts_it(office: Services, target: Services, tmp_path: Path) -> None:
    id_ = scheduled(office, at=later(hours=2))
    restored(office, target, tmp_path, hours=1)
    with target.db.reading() as session:
        (hold,) = session.scalars(select(Hold))
    assert (hold.name, hold.kind, hold.office_id, hold.created_by) == (hold_name(NOW), "switch", None, "cli:restore")
    assert work(target, hours=2) == {}
    assert state(target, id_) == State.HELD
    lift(target, actor=MACHINE, hold_id=hold.id, now=later(hours=3))
    assert work(target, hours=3) == {row(target, id_).key: 1}


@pytest.mark.parametrize("queued", [False, True])
def test_what_was_due_meanwhile_is_asked_about_and_never_goes_by_itself(
    office: Services, target: Services, tmp_path: Path, queued: bool
) -> None:
    id_ = scheduled(office, at=None if queued else later(minutes=30))
    if queued:
        release_due(office, NOW)
    restored(office, target, tmp_path, hours=1)
    assert state(target, id_) == State.HELD
    assert (row(target, id_).trouble or {})["code"] == "BAK-201"
    assert trail(target, id_)[-1] == "held"
    lift(target, actor=MACHINE, hold_id=1, now=later(hours=1))
    assert work(target, hours=2) == {}


def test_what_a_hold_kept_back_is_asked_about_too(office: Services, target: Services, tmp_path: Path) -> None:
    from hub.publishing.holding import hold

    id_ = scheduled(office)
    night = hold(office, actor=MACHINE, name="夜间", now=NOW, kind="window", ends_at=later(minutes=10), resumes=True)
    release_due(office, NOW)
    assert row(office, id_).hold_id == night
    restored(office, target, tmp_path, hours=1)
    lift(target, actor=MACHINE, hold_id=night + 1, now=later(hours=1))
    assert work(target, hours=2) == {}
    assert (row(target, id_).trouble or {})["code"] == "BAK-201"


def test_what_was_claimed_but_not_begun_is_asked_about(office: Services, target: Services, tmp_path: Path) -> None:
    id_ = scheduled(office)
    _claimed(office, id_, begun=False)
    restored(office, target, tmp_path, hours=1)
    assert trail(target, id_)[-2:] == ["queued", "held"]
    assert row(target, id_).token is None


def test_what_had_begun_is_looked_up_and_not_sent_again(office: Services, target: Services, tmp_path: Path) -> None:
    id_ = scheduled(office)
    _claimed(office, id_, begun=True)
    sender = target.channels["sender"]
    assert isinstance(sender, Sender)
    sender.arrived[row(office, id_).key] = 1
    restored(office, target, tmp_path, hours=1)
    assert state(target, id_) == State.WORKING
    work(target, hours=2)
    assert work(target, hours=3) == {row(target, id_).key: 1}
    assert state(target, id_) == State.PUBLISHED
    assert "unknown" in trail(target, id_)


def test_the_trail_is_whole_after_a_restore_over_a_longer_one(office: Services, tmp_path: Path) -> None:
    scheduled(office, at=later(minutes=1))
    scheduled(office, at=later(days=1))
    seal(office, NOW)
    note_head(office, NOW)
    file = backup(office, tmp_path / "b", now=NOW).file
    work(office, hours=0.1)
    seal(office, later(hours=1))
    note_head(office, later(hours=1))
    restore(office, file, now=later(hours=2), replace=True)
    found = verify(office, later(hours=2))
    # Two moves, and of each text that it was submitted and signed.
    assert (found.breaks, found.links) == ((), 2 + 4)
    seal(office, later(hours=3))
    assert verify(office, later(hours=3)).breaks == ()


def _claimed(services: Services, id_: int, *, begun: bool) -> None:
    """As a worker leaves it that was killed before or after its intent."""
    with services.db.writing() as session:
        delivery = session.get_one(Delivery, id_)
        assert delivery.account_id == SENDER
        delivery.state = State.WORKING
        delivery.token, delivery.lease_until = "t" * 36, later(days=1)
        delivery.attempt, delivery.intent_at = 1, NOW if begun else None
        delivery.artefact = kept_artefact(services, "关于养老助餐的解读")
