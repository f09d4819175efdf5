"""A channel that hangs holds up its own deliveries and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import select

from hub.domain.states import State
from hub.models import Account, Delivery, Lane
from hub.publishing import lanes
from hub.publishing.bounds import TooLateError, TooSlowError
from hub.publishing.claiming import Claim, claim
from hub.publishing.delivering import deliver, deliver_all
from hub.publishing.releasing import release_due
from hub.services import Services
from tests.fakes import NOW, Sender, later, write
from tests.publishing.helpers import PLAIN, SENDER, row, scheduled, state, trail


@contextmanager
def too_slow(_claim: Claim) -> Iterator[None]:
    yield
    raise TooSlowError


def _accounts(services: Services, channel: str, count: int) -> list[int]:
    """That many further accounts of the channel."""
    with services.db.writing() as session:
        rows = [
            Account(office_id=1, area_id=1, channel=channel, name=f"{channel} {n}", beside="又一个")
            for n in range(count)
        ]
        session.add_all(rows)
        session.flush()
        return [r.id for r in rows]


def _due(services: Services, accounts: list[int], at: datetime = NOW) -> list[int]:
    ids = [scheduled(services, account, now=at) for account in accounts]
    release_due(services, at)
    return ids


def _struck(services: Services, at: datetime = NOW) -> None:
    with services.db.writing() as session:
        lanes.strike(session, "sender", at)


def _ids(claims: list[Claim]) -> list[int]:
    return [c.delivery_id for c in claims]


def test_a_send_that_takes_too_long_makes_its_channel_slow_for_a_while(fakes: Services) -> None:
    _due(fakes, [SENDER])
    [one] = claim(fakes, worker="w", now=NOW)
    deliver(fakes, one, lambda: NOW, too_slow)
    with fakes.db.reading() as session:
        assert lanes.slow(session, NOW) == {"sender"}
        assert lanes.slow(session, NOW + lanes.FIRST_SLOW) == frozenset()


def test_each_further_strike_makes_it_slow_for_longer_up_to_a_limit(fakes: Services) -> None:
    lengths = []
    for _ in range(8):
        _struck(fakes)
        with fakes.db.reading() as session:
            lengths.append(session.scalars(select(Lane.slow_until)).one() - NOW)
    assert lengths[0] == lanes.FIRST_SLOW
    assert lengths == sorted(lengths)
    assert lengths[-1] == lanes.LONGEST_SLOW


def test_a_strike_long_after_the_last_counts_as_the_first(fakes: Services) -> None:
    _struck(fakes)
    _struck(fakes)
    much_later = NOW + lanes.LONGEST_SLOW * 3
    _struck(fakes, much_later)
    with fakes.db.reading() as session:
        assert session.scalars(select(Lane.slow_until)).one() == much_later + lanes.FIRST_SLOW


def test_a_slow_channel_comes_last_and_one_at_a_time(fakes: Services) -> None:
    slow = _due(fakes, [SENDER, *_accounts(fakes, "sender", 2)])
    quick = _due(fakes, [PLAIN, *_accounts(fakes, "plain", 2)])
    _struck(fakes)
    assert _ids(claim(fakes, worker="w1", now=NOW, limit=20)) == quick
    assert _ids(claim(fakes, worker="w1", now=NOW, limit=20)) == slow[:1]
    assert claim(fakes, worker="w2", now=NOW, limit=20) == []


def test_a_slow_channel_that_has_waited_long_takes_its_turn(fakes: Services) -> None:
    slow = _due(fakes, [SENDER, *_accounts(fakes, "sender", 2)])
    then = NOW + lanes.PATIENCE + timedelta(seconds=1)
    quick = _due(fakes, [PLAIN], then)
    _struck(fakes, then)
    assert sorted(_ids(claim(fakes, worker="w1", now=then, limit=20))) == sorted([slow[0], *quick])


def test_after_one_that_took_too_long_the_rest_of_its_channel_is_given_back_unbegun(
    fakes: Services, sender: Sender
) -> None:
    sender.batch = 10
    ids = _due(fakes, [SENDER, *_accounts(fakes, "sender", 3)])
    claims = claim(fakes, worker="w", now=NOW, limit=10)
    begun: list[int] = []

    @contextmanager
    def second_send_hangs(one: Claim) -> Iterator[None]:
        begun.append(one.delivery_id)
        yield
        if begun.count(ids[1]) == 2:
            raise TooSlowError

    deliver_all(fakes, claims, lambda: NOW, second_send_hangs)
    assert [state(fakes, i) for i in ids] == [State.PUBLISHED, State.UNKNOWN, State.QUEUED, State.QUEUED]
    assert [row(fakes, i).attempt for i in ids[2:]] == [0, 0]
    assert [row(fakes, i).intent_at for i in ids[2:]] == [None, None]
    assert len(sender.arrived) == 2


def test_a_worker_that_stood_still_does_not_begin_to_send(fakes: Services, sender: Sender) -> None:
    [id_] = _due(fakes, [SENDER])
    [one] = claim(fakes, worker="w", now=NOW)
    steps: list[int] = []

    @contextmanager
    def late_at_the_send(_claim: Claim) -> Iterator[None]:
        steps.append(1)
        if len(steps) == 2:
            raise TooLateError
        yield

    deliver(fakes, one, lambda: NOW, late_at_the_send)
    assert sender.arrived == {}
    assert state(fakes, id_) == State.QUEUED


def test_a_whole_claim_of_one_channel_is_sent_and_recorded_together(fakes: Services, sender: Sender) -> None:
    sender.batch = 10
    ids = _due(fakes, [SENDER, *_accounts(fakes, "sender", 4)])
    deliver_all(fakes, claim(fakes, worker="w", now=NOW, limit=10), lambda: NOW)
    assert {state(fakes, i) for i in ids} == {State.PUBLISHED}
    assert sorted(sender.arrived.values()) == [1] * 5
    assert {tuple(trail(fakes, i)) for i in ids} == {("scheduled", "queued", "working", "published")}


def test_what_is_alike_is_rendered_once(fakes: Services, sender: Sender) -> None:
    rendered: list[int] = []
    sender.rendering = lambda: rendered.append(1)
    revision = write(fakes)
    accounts = [SENDER, *_accounts(fakes, "sender", 4)]
    ids = [scheduled(fakes, account, revision=revision) for account in accounts]
    release_due(fakes, NOW)
    deliver_all(fakes, claim(fakes, worker="w", now=NOW, limit=10), lambda: NOW)
    assert len(rendered) == 1
    assert len({row(fakes, i).artefact for i in ids}) == 1
    with fakes.db.reading() as session:
        assert len([ms for ms in session.scalars(select(Delivery.render_ms)) if ms is not None]) == 1


def test_one_lost_claim_of_many_is_dropped_and_the_others_are_kept(fakes: Services, sender: Sender) -> None:
    sender.batch = 10
    ids = _due(fakes, [SENDER, *_accounts(fakes, "sender", 2)])
    claims = claim(fakes, worker="w", now=NOW, limit=10)

    def swept_meanwhile() -> None:
        with fakes.db.writing() as session:
            session.get_one(Delivery, ids[1]).token = "somebody else"

    sender.sending = swept_meanwhile
    deliver_all(fakes, claims, lambda: later(seconds=1))
    assert [state(fakes, i) for i in ids] == [State.PUBLISHED, State.WORKING, State.PUBLISHED]
