"""The one writer of states: legal moves only, by compare-and-set, each with its row in the trail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from hub.domain.states import CANCELLABLE, MOVES, OPEN, RESCHEDULABLE, SETTLED, TOLD, State, legal
from hub.models import Delivery, Move, Revision
from hub.services import Services
from hub.workflow import Actor, ConflictError, IllegalMoveError, move, move_all
from tests.fakes import NOW, Plain, later, make_services, write
from tests.publishing.helpers import row, scheduled, trail
from tests.publishing.moving import force

CLOCK = Actor("clock")


@pytest.fixture
def plain(tmp_path: Path, database_url: str) -> Iterator[Services]:
    services = make_services(tmp_path / "var", Plain(), database_url=database_url)
    yield services
    services.db.close()


def test_every_state_has_its_moves_and_the_ends_have_none() -> None:
    assert set(MOVES) == set(State)
    assert {s for s, targets in MOVES.items() if not targets} == {State.CANCELLED, State.WITHDRAWN}


def test_every_state_can_be_reached_from_the_first() -> None:
    reached, todo = set(), {State.DRAFT}
    while todo:
        state = todo.pop()
        reached.add(state)
        todo |= MOVES[state] - reached
    assert reached == set(State)


def test_nothing_that_may_be_out_can_be_cancelled_or_sent_again_unasked() -> None:
    assert not CANCELLABLE & (TOLD - {State.AWAITING_HAND})
    assert not RESCHEDULABLE & TOLD
    assert not legal(State.PUBLISHED, State.QUEUED)
    assert State.WORKING not in SETTLED
    assert State.UNKNOWN in OPEN


def test_a_move_changes_the_row_and_writes_the_trail_together(plain: Services) -> None:
    id_ = scheduled(plain, 1)
    with plain.db.writing() as session:
        delivery = session.get_one(Delivery, id_)
        move(session, delivery, State.CANCELLED, actor=Actor("user:1", 1), now=later(hours=1), reason="改期")
        assert delivery.version == 2
    with plain.db.reading() as session:
        last = session.scalars(select(Move).order_by(Move.id.desc()).limit(1)).one()
        assert (last.source, last.target, last.actor, last.user_id) == ("scheduled", "cancelled", "user:1", 1)
        assert (last.reason, last.at, last.version) == ("改期", later(hours=1), 2)
        assert last.revision_hash == session.get_one(Revision, 1).content_hash


def test_an_illegal_move_changes_nothing(plain: Services) -> None:
    id_ = scheduled(plain, 1)
    with pytest.raises(IllegalMoveError), plain.db.writing() as session:
        move(session, session.get_one(Delivery, id_), State.PUBLISHED, actor=CLOCK, now=NOW)
    with pytest.raises(IllegalMoveError), plain.db.writing() as session:
        move_all(session, [id_], State.SCHEDULED, State.PUBLISHED, actor=CLOCK, now=NOW)
    assert trail(plain, id_) == ["scheduled"]


def _seen(services: Services, delivery_id: int) -> Delivery:
    with services.db.reading() as session:
        return session.get_one(Delivery, delivery_id)


def _move_seen(services: Services, seen: Delivery, target: State) -> None:
    with services.db.writing() as session:
        session.add(seen)
        move(session, seen, target, actor=CLOCK, now=NOW)


def test_who_saw_an_older_row_is_told_what_it_is_now(plain: Services) -> None:
    id_ = scheduled(plain, 1)
    seen = _seen(plain, id_)
    _move_seen(plain, _seen(plain, id_), State.QUEUED)
    with pytest.raises(ConflictError) as conflict:
        _move_seen(plain, seen, State.CANCELLED)
    assert (conflict.value.expected, conflict.value.found) == (State.SCHEDULED, State.QUEUED)
    assert trail(plain, id_) == ["scheduled", "queued"]


def test_of_many_at_once_who_saw_the_same_row_one_wins(plain: Services) -> None:
    id_ = scheduled(plain, 1)
    gate = threading.Barrier(6)
    won: list[State] = []
    lost: list[State] = []

    def racer(target: State) -> None:
        seen = _seen(plain, id_)
        gate.wait()
        try:
            _move_seen(plain, seen, target)
            won.append(target)
        except ConflictError:
            lost.append(target)

    threads = [threading.Thread(target=racer, args=(t,)) for t in (State.CANCELLED, State.QUEUED) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert len(lost) == 5
    assert trail(plain, id_) == ["scheduled", won[0].value]


def test_however_many_go_into_one_statement_each_has_its_row_in_the_trail(
    plain: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.workflow.BATCH", 2)
    ids = [scheduled(plain, 1, revision=write(plain)) for _ in range(5)]
    with plain.db.writing() as session:
        move_all(session, [ids[0], ids[3]], State.SCHEDULED, State.CANCELLED, actor=CLOCK, now=NOW)
    with plain.db.writing() as session:
        moved = move_all(session, ids, State.SCHEDULED, State.QUEUED, actor=CLOCK, now=NOW)
    assert moved == [ids[1], ids[2], ids[4]]
    assert [trail(plain, i) for i in moved] == [["scheduled", "queued"]] * 3
    assert [trail(plain, i) for i in (ids[0], ids[3])] == [["scheduled", "cancelled"]] * 2


def test_move_all_moves_only_what_is_still_there(plain: Services) -> None:
    ids = [scheduled(plain, 1) for _ in range(3)]
    with plain.db.writing() as session:
        move(session, session.get_one(Delivery, ids[1]), State.CANCELLED, actor=CLOCK, now=NOW)
    with plain.db.writing() as session:
        moved = move_all(session, ids, State.SCHEDULED, State.QUEUED, actor=CLOCK, now=NOW)
    assert moved == [ids[0], ids[2]]
    assert [trail(plain, i)[-1] for i in ids] == ["queued", "cancelled", "queued"]
    assert [row(plain, i).version for i in ids] == [2, 2, 2]


@pytest.mark.parametrize(
    ("state", "values"),
    [
        (State.PUBLISHED, {"proof": "", "platform_id": ""}),
        (State.WORKING, {"token": None}),
        ("nonsense", {}),
    ],
)
def test_the_database_itself_refuses(plain: Services, state: State, values: dict[str, object]) -> None:
    id_ = scheduled(plain, 1)
    with pytest.raises(IntegrityError), plain.db.writing() as session:
        force(session, id_, state, **values)


def test_the_database_refuses_two_open_deliveries_and_two_claims_of_an_account(plain: Services) -> None:
    first, second = scheduled(plain, 1), scheduled(plain, 1, revision=write(plain))
    lease = {"token": "t", "lease_until": NOW}
    with plain.db.writing() as session:
        force(session, first, State.WORKING, **lease)
    with pytest.raises(IntegrityError), plain.db.writing() as session:
        force(session, second, State.WORKING, **lease)
    with pytest.raises(IntegrityError), plain.db.writing() as session:
        force(session, second, State.SCHEDULED, interpretation_id=1)
