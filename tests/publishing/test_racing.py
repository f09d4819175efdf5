"""What happens at the same moment: each row is moved by one, nobody waits for another's row, the loser gets a sentence.

Real threads, each with its own connections, on both databases. A race is run several times; that it is one is left to
chance, so a failure here is always real, and a pass is as good as the number of rounds.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from hub.clock import hint
from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.models import Account, Delivery, Interpretation, Move
from hub.publishing.changing import cancel
from hub.publishing.claiming import claim
from hub.publishing.delivering import deliver
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.publishing.sweeping import sweep
from hub.queue import Queue
from hub.services import Services
from hub.workflow import ConflictError
from tests.fakes import EDITOR, NOW, Sender, later, make_services, write
from tests.publishing.helpers import SENDER, row, scheduled, trail
from tests.publishing.moving import force

ROUNDS = 6
Racer = Callable[[Services], Any]


@pytest.fixture
def race(fakes: Services) -> Iterator[Callable[..., list[Any]]]:
    """Run the racers at the same moment, each as a process of its own would be; what each returned or raised."""
    with ExitStack() as stack:
        others: list[Services] = []

        def run(*racers: Racer) -> list[Any]:
            while len(others) < len(racers):
                others.append(Services(fakes.config, fakes.channels))
                stack.callback(others[-1].db.close)
                others[-1].db.now()
            return _at_once([(racer, other) for racer, other in zip(racers, others, strict=False)])

        yield run
    if fakes.db.dialect == "postgresql":
        # One that was solved by a second try is a second's wait all the same.
        with fakes.db.reading() as session:
            assert (
                session.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")) == 0
            )


def _at_once(racers: list[tuple[Racer, Services]]) -> list[Any]:
    gate = threading.Barrier(len(racers))
    came: list[Any] = [None] * len(racers)

    def one(position: int, racer: Racer, services: Services) -> None:
        gate.wait()
        try:
            came[position] = racer(services)
        except Exception as error:  # noqa: BLE001 (what it raised is the outcome)
            came[position] = error

    threads = [threading.Thread(target=one, args=(n, *pair)) for n, pair in enumerate(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def _accounts(services: Services, count: int) -> list[int]:
    """That many further accounts of the sender."""
    with services.db.writing() as session:
        rows = [
            Account(office_id=1, area_id=1, channel="sender", name=f"第{n}号", beside="又一个") for n in range(count)
        ]
        session.add_all(rows)
        session.flush()
        return [account.id for account in rows]


def _to_all(services: Services, accounts: list[int]) -> None:
    schedule(services, actor=EDITOR, revision_id=write(services), account_ids=accounts, at=None, now=NOW)


def _moves_to(services: Services, target: State) -> Counter[int]:
    with services.db.reading() as session:
        return Counter(session.scalars(select(Move.delivery_id).where(Move.target == target)))


def test_two_clocks_release_the_same_500_rows_each_once(fakes: Services, race: Callable[..., list[Any]]) -> None:
    _to_all(fakes, _accounts(fakes, 500))
    released = race(*[lambda services: release_due(services, NOW)] * 2)
    assert sum(released) == 500
    assert set(_moves_to(fakes, State.QUEUED).values()) == {1}


def test_two_clocks_tell_the_queue_of_the_same_rows(fakes: Services, race: Callable[..., list[Any]]) -> None:
    class Told(Queue):
        def __init__(self) -> None:
            self.rows = 0

        def emptied(self) -> bool:
            return True

        def hint(self, rows: int) -> int:
            self.rows += rows
            return rows

    _to_all(fakes, _accounts(fakes, 300))
    release_due(fakes, NOW)
    for _ in range(ROUNDS):
        assert race(*[lambda services: hint(services, Told(), NOW)] * 3) == [300] * 3


def test_four_workers_claim_no_row_twice_and_no_account_twice_at_once(
    fakes: Services, race: Callable[..., list[Any]]
) -> None:
    accounts = _accounts(fakes, 24)
    for _ in range(3):
        _to_all(fakes, accounts)
    release_due(fakes, NOW)

    def work(services: Services) -> list[int]:
        mine: list[int] = []
        while claims := claim(services, worker="w", now=NOW, limit=3):
            mine += [one.delivery_id for one in claims]
        return mine

    taken = [id_ for mine in race(*[work] * 4) for id_ in mine] + work(fakes)
    assert len(taken) == len(set(taken)) == 24
    assert set(_moves_to(fakes, State.WORKING).values()) == {1}
    with fakes.db.reading() as session:
        claimed = session.scalars(select(Delivery.account_id).where(Delivery.token.is_not(None))).all()
    assert sorted(claimed) == accounts


def test_nobody_waits_for_a_row_that_another_holds(tmp_path: Path, postgresql: str) -> None:
    """On SQLite writers take turns; there are no locks on rows."""
    fakes = make_services(tmp_path / "var", Sender(), database_url=postgresql)
    hers = Services(fakes.config, fakes.channels)
    accounts = _accounts(fakes, 4)
    _to_all(fakes, accounts)
    release_due(fakes, NOW)
    with hers.db.writing() as session:
        [held] = session.scalars(select(Delivery).where(Delivery.account_id == accounts[0]).with_for_update())
        mine = claim(fakes, worker="w", now=NOW)
        assert held.id not in [one.delivery_id for one in mine]
        assert len(mine) == 3
        assert sweep(fakes, later(hours=1)) == 3
        assert release_due(fakes, later(hours=2)) == 0
    hers.db.close()
    fakes.db.close()


def test_two_editors_schedule_the_same_text_at_the_same_moment(fakes: Services, race: Callable[..., list[Any]]) -> None:
    accounts = _accounts(fakes, 12)
    for _ in range(ROUNDS):
        revision = write(fakes)

        def press(services: Services, order: list[int], revision: int = revision) -> list[bool]:
            done = schedule(services, actor=EDITOR, revision_id=revision, account_ids=order, at=None, now=NOW)
            assert all(o.delivery_id or (o.refusal and "DLV-204" in o.refusal.zh) for o in done)
            return [o.delivery_id is not None for o in sorted(done, key=lambda o: o.account_id)]

        first, second = race(lambda s: press(s, accounts), lambda s: press(s, accounts[::-1]))
        assert [a + b for a, b in zip(first, second, strict=True)] == [1] * len(accounts)


def test_the_publication_time_is_the_earlier_of_two_editors_times(
    fakes: Services, race: Callable[..., list[Any]]
) -> None:
    accounts = _accounts(fakes, 2)
    for _ in range(ROUNDS):
        revision = write(fakes)

        def press(services: Services, account: int, hours: int, revision: int = revision) -> None:
            schedule(
                services, actor=EDITOR, revision_id=revision, account_ids=[account], at=later(hours=hours), now=NOW
            )

        assert race(lambda s: press(s, accounts[0], 1), lambda s: press(s, accounts[1], 2)) == [None, None]
        with fakes.db.reading() as session:
            piece = session.scalars(select(Interpretation).order_by(Interpretation.id.desc()).limit(1)).one()
        assert piece.published_at == later(hours=1)


def test_a_cancel_in_the_second_of_the_claim(fakes: Services, race: Callable[..., list[Any]]) -> None:
    for _ in range(ROUNDS):
        delivery = scheduled(fakes)
        release_due(fakes, NOW)
        version = row(fakes, delivery).version

        def press(services: Services, delivery: int = delivery, version: int = version) -> int:
            return cancel(services, actor=EDITOR, delivery_id=delivery, version=version, now=NOW)

        cancelled, claims = race(press, lambda s: claim(s, worker="w", now=NOW))
        if isinstance(cancelled, int):
            assert (claims, trail(fakes, delivery)[-1]) == ([], "cancelled")
        else:
            assert isinstance(cancelled, ConflictError | Refusal)
            assert "DLV-" in cancelled.words.zh or cancelled.code == "DLV-208"
            assert trail(fakes, delivery)[-1] == "working"
            deliver(fakes, claims[0], lambda: NOW)


def test_a_sweep_in_the_second_of_the_ending(fakes: Services, sender: Sender, race: Callable[..., list[Any]]) -> None:
    for _ in range(ROUNDS):
        delivery = scheduled(fakes, SENDER)
        release_due(fakes, NOW)
        [one] = claim(fakes, worker="w", now=NOW)
        late = one.lease_until + timedelta(seconds=1)
        _, swept = race(
            lambda services, one=one: deliver(services, one, lambda: NOW),
            lambda services, late=late: sweep(services, late),
        )
        moves = trail(fakes, delivery)
        # The worker was faster; or the sweep was, before the worker said that it would send, or after.
        assert moves[3:] in (["published"], ["queued"], ["unknown"])
        assert swept == (moves[-1] != "published")
        assert max(sender.arrived.values(), default=0) <= 1
        with fakes.db.writing() as session:
            force(session, delivery, State.CANCELLED, token=None, lease_until=None)
