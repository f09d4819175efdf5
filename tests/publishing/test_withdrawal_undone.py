"""A withdrawal taken back: as if it had not been, and only while nobody has acted upon it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.manuscripts import manuscript_of
from hub.models import Delivery, Interpretation, Revision
from hub.publishing.correcting import correct
from hub.publishing.delivering import deliver
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.undoing import WHILE, Undone, undo_withdrawal
from hub.publishing.withdrawing import record_withdrawn, standing_withdrawal
from hub.services import Services
from hub.workflow import Actor
from tests.fakes import EDITOR, NOW, later, write
from tests.publishing.helpers import KEEPER, SENDER, SITED, row, scheduled, state, trail
from tests.publishing.test_withdrawing import in_hand, keeper, on_both, out, taken_back, work


def undone(house: Services, withdrawal: int = 1, actor: Actor = EDITOR, **after: float) -> Undone:
    return undo_withdrawal(house, actor=actor, withdrawal_id=withdrawal, now=later(**after))


def refused(house: Services, **how: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        undone(house, **how)
    assert refusal.value.code == "DLV-243"


@on_both
def test_what_is_out_is_out_as_before(house: Services) -> None:
    revision = write(house)
    deliveries = [out(house, account, revision) for account in (SITED, KEEPER)]
    before = [row(house, d) for d in deliveries]
    taken_back(house, minutes=5)
    done = undone(house, minutes=6)
    assert (done.standing, done.by_hand, done.going_on, done.outcomes) == (2, 0, 0, [])
    work(house, minutes=7)
    for was, now in zip(before, [row(house, d) for d in deliveries], strict=True):
        same = ("state", "finished_at", "platform_id", "proof", "withdrawal_id", "ready_at", "hand_by", "trouble")
        assert [getattr(now, name) for name in same] == [getattr(was, name) for name in same]
        assert trail(house, now.id)[-2:] == ["withdrawing", "published"]
    assert len(keeper(house).standing) == 1
    with house.db.reading() as session:
        assert standing_withdrawal(session, 1) is None
        manuscript = manuscript_of(session, session.get_one(Revision, revision), house.artefacts, NOW)
    assert manuscript.imprint.withdrawals == (), "the public was never told"


def test_what_had_not_gone_out_is_scheduled_again_at_its_time(house: Services) -> None:
    first = scheduled(house, KEEPER, at=later(hours=5))
    taken_back(house)
    done = undone(house, minutes=1)
    [outcome] = done.outcomes
    assert outcome.delivery_id is not None
    assert row(house, outcome.delivery_id).due_at == later(hours=5)
    assert state(house, first) == State.CANCELLED
    with house.db.reading() as session:
        assert session.get_one(Interpretation, 1).published_at == later(hours=5)


@on_both
def test_what_a_worker_has_in_its_hand_goes_on(house: Services) -> None:
    delivery = scheduled(house, KEEPER)
    one = in_hand(house, delivery)
    taken_back(house, seconds=1)
    assert undone(house, seconds=2).going_on == 1
    deliver(house, one, now=lambda: later(seconds=3))
    assert state(house, delivery) == State.PUBLISHED
    assert row(house, delivery).withdrawal_id is None


@on_both
def test_once_a_worker_has_taken_something_down_or_has_it_in_hand_it_is_too_late(house: Services) -> None:
    revision = write(house)
    deliveries = [out(house, account, revision) for account in (SITED, SENDER)]
    taken_back(house, minutes=5)
    work(house, minutes=5)
    assert [state(house, d) for d in deliveries] == [State.WITHDRAWN, State.WITHDRAWING]
    refused(house, minutes=6)
    assert [state(house, d) for d in deliveries] == [State.WITHDRAWN, State.WITHDRAWING]


def test_in_a_workers_hand_it_is_too_late(house: Services) -> None:
    delivery = out(house, KEEPER)
    taken_back(house, minutes=5)
    with house.db.writing() as session:
        session.get_one(Delivery, delivery).token = "held"
    refused(house, minutes=5)


def test_a_task_for_a_person_can_be_taken_back_until_they_have_done_it(house: Services) -> None:
    delivery = out(house, SENDER)
    taken_back(house, minutes=5)
    work(house, minutes=5)
    assert row(house, delivery).hand_by is not None
    done = undone(house, minutes=6)
    assert (done.standing, done.by_hand) == (1, 1)
    assert (state(house, delivery), row(house, delivery).hand_by) == (State.PUBLISHED, None)
    taken_back(house, minutes=7)
    work(house, minutes=7)
    version = row(house, delivery).version
    record_withdrawn(house, actor=EDITOR, delivery_id=delivery, version=version, now=later(minutes=8))
    refused(house, withdrawal=2, minutes=9)


def test_an_earlier_version_stays_replaced(house: Services) -> None:
    first = out(house, SITED)
    revision = write(house, "更正后", 1)
    correct(house, actor=EDITOR, interpretation_id=1, revision_id=revision, reason="数字有误", now=later(minutes=2))
    work(house, minutes=2)
    taken_back(house, minutes=5)
    undone(house, minutes=6)
    with house.db.reading() as session:
        second = session.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(1)).one()
    assert (state(house, first), second.state) == (State.WITHDRAWN, State.PUBLISHED)
    work(house, minutes=7)
    taken_back(house, minutes=8)
    work(house, minutes=8)
    assert state(house, second.id) == State.WITHDRAWN


def test_it_is_ones_own_and_soon(house: Services) -> None:
    out(house, KEEPER)
    taken_back(house, minutes=5)
    refused(house, actor=Actor("cli:other"), minutes=6)
    refused(house, minutes=6 + WHILE / timedelta(minutes=1))
    with pytest.raises(Refusal):
        undone(house, withdrawal=9)


def test_taken_back_twice_changes_nothing_more(house: Services) -> None:
    delivery = out(house, KEEPER)
    taken_back(house, minutes=5)
    undone(house, minutes=6)
    version = row(house, delivery).version
    assert undone(house, minutes=6).standing == 0
    assert row(house, delivery).version == version
    release_due(house, later(minutes=7))
    drain(house, worker="w", now=lambda: later(minutes=7))
    assert state(house, delivery) == State.PUBLISHED
