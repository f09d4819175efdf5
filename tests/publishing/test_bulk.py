"""Many deliveries at once, and taking a cancellation back."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select

from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.models import Account, Delivery, Move, Office, User
from hub.publishing.bulk import BATCH, cancel_all, retry_all
from hub.publishing.scheduling import schedule
from hub.publishing.undoing import WHILE, schedule_again
from hub.services import Services
from hub.workflow import Actor
from tests.fakes import EDITOR, NOW, Sender, later, make_services, write


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Services]:
    services = make_services(tmp_path / "var", Sender())
    yield services
    services.db.close()


def accounts(house: Services, count: int) -> list[int]:
    with house.db.writing() as session:
        names = [secrets.token_hex(4) for _ in range(count)]
        rows = [Account(office_id=1, area_id=1, channel="sender", name=name, beside="又一个") for name in names]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def scheduled(house: Services, count: int) -> list[int]:
    done = schedule(
        house, actor=EDITOR, revision_id=write(house), account_ids=accounts(house, count), at=later(hours=2), now=NOW
    )
    return [outcome.delivery_id or 0 for outcome in done]


def put(house: Services, ids: list[int], state: State) -> None:
    with house.db.writing() as session:
        for delivery in session.scalars(select(Delivery).where(Delivery.id.in_(ids))):
            delivery.state = state


def states(house: Services) -> Counter[str]:
    with house.db.reading() as session:
        return Counter(str(state) for state in session.scalars(select(Delivery.state)))


def test_all_are_cancelled_in_one_call_each_with_its_line_in_the_trail(house: Services) -> None:
    ids = scheduled(house, 5)
    tally = cancel_all(house, actor=EDITOR, delivery_ids=ids, now=later(minutes=1), reason="换稿")
    assert (tally.moved, tally.passed_over) == (5, 0)
    assert states(house) == {"cancelled": 5}
    with house.db.reading() as session:
        moves = session.scalars(select(Move).where(Move.target == State.CANCELLED)).all()
    assert [(m.source, m.actor, m.reason) for m in moves] == [("scheduled", "user:1", "换稿")] * 5


def test_what_has_moved_on_is_passed_over_and_counted(house: Services) -> None:
    ids = scheduled(house, 4)
    put(house, ids[:1], State.FAILED)
    put(house, ids[1:2], State.HELD)
    tally = retry_all(house, actor=EDITOR, delivery_ids=[*ids, 999], now=later(minutes=1))
    assert (tally.moved, tally.passed_over) == (2, 3)
    assert states(house) == {"queued": 2, "scheduled": 2}


def test_what_a_newer_one_has_replaced_is_not_brought_back(house: Services) -> None:
    (id_,) = scheduled(house, 1)
    put(house, [id_], State.FAILED)
    with house.db.reading() as session:
        old = session.get_one(Delivery, id_)
    revision = write(house, interpretation_id=old.interpretation_id)
    schedule(house, actor=EDITOR, revision_id=revision, account_ids=[old.account_id], at=later(hours=2), now=NOW)
    assert retry_all(house, actor=EDITOR, delivery_ids=[id_], now=later(minutes=1)).moved == 0


def test_a_neighbours_delivery_stops_all_of_it(house: Services) -> None:
    ids = scheduled(house, 2)
    with house.db.writing() as session:
        other = Office(name="邻区", area_id=1)
        session.add(other)
        session.flush()
        stranger = User(login="n", name="邻居", password_hash="x", office_id=other.id, created_at=NOW)
        session.add(stranger)
        session.flush()
        actor = Actor(f"user:{stranger.id}", stranger.id)
    with pytest.raises(Refusal, match="PER-403"):
        cancel_all(house, actor=actor, delivery_ids=ids, now=later(minutes=1))
    assert states(house) == {"scheduled": 2}


def test_the_statements_grow_with_the_batches_not_with_the_rows(house: Services) -> None:
    few, many = scheduled(house, 1), scheduled(house, 60)
    counts = []
    for ids in (few, many):
        asked: list[str] = []
        note = lambda *given: asked.append(given[2])  # noqa: E731, B023 (one listener a round)
        event.listen(house.db.engine, "before_cursor_execute", note)
        cancel_all(house, actor=EDITOR, delivery_ids=ids, now=later(minutes=1))
        event.remove(house.db.engine, "before_cursor_execute", note)
        counts.append(len(asked))
    assert BATCH > 60
    assert counts[0] == counts[1]


def test_a_cancellation_taken_back_is_a_new_delivery_of_the_same_text_at_the_same_time(house: Services) -> None:
    ids = scheduled(house, 3)
    at = later(minutes=1)
    cancel_all(house, actor=EDITOR, delivery_ids=ids[:2], now=at)
    done = schedule_again(house, actor=EDITOR, cancelled_at=at, now=later(minutes=2))
    assert [outcome.delivery_id is not None for outcome in done] == [True, True]
    assert states(house) == {"cancelled": 2, "scheduled": 3}
    with house.db.reading() as session:
        old, new = session.get_one(Delivery, ids[0]), session.get_one(Delivery, done[0].delivery_id)
        assert (new.revision_id, new.account_id, new.due_at) == (old.revision_id, old.account_id, old.due_at)


def test_it_is_taken_back_once_by_who_cancelled_and_soon(house: Services) -> None:
    ids = scheduled(house, 1)
    at = later(minutes=1)
    cancel_all(house, actor=EDITOR, delivery_ids=ids, now=at)
    for actor, moment in ((Actor("user:7", 7), later(minutes=2)), (EDITOR, at + WHILE + timedelta(seconds=1))):
        with pytest.raises(Refusal, match="DLV-240"):
            schedule_again(house, actor=actor, cancelled_at=at, now=moment)
    schedule_again(house, actor=EDITOR, cancelled_at=at, now=later(minutes=3))
    (again,) = schedule_again(house, actor=EDITOR, cancelled_at=at, now=later(minutes=3))
    assert again.refusal is not None
    assert "DLV-204" in again.refusal.zh


def test_what_had_failed_does_not_go_out_by_taking_its_cancellation_back(house: Services) -> None:
    ids = scheduled(house, 1)
    put(house, ids, State.FAILED)
    at = later(minutes=1)
    cancel_all(house, actor=EDITOR, delivery_ids=ids, now=at)
    with pytest.raises(Refusal, match="DLV-240"):
        schedule_again(house, actor=EDITOR, cancelled_at=at, now=later(minutes=2))
