"""Any order of verbs, crashes and lost answers: no illegal state, nothing lost, nothing arriving twice."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from channels.base import Permanent, Retryable, Unknown
from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.states import State, legal
from hub.models import Delivery, Move
from hub.publishing.changing import cancel, reschedule, retry
from hub.publishing.claiming import Claim, Kind, claim, claim_aside
from hub.publishing.delivering import deliver
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.publishing.sweeping import sweep
from hub.workflow import ConflictError
from tests.fakes import EDITOR, NOW, Sender, make_services, write

SAID = Words("不行。", "No.")


class Killed(BaseException):
    """The worker is gone."""


class Machine(RuleBasedStateMachine):
    """One account with a far end that counts, an editor, a clock and mortal workers."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.sender = Sender()
        self.services = make_services(Path(self.folder.name) / "var", self.sender)
        self.now = NOW
        self.claims: list[Claim] = []
        self.drafts = 0

    def teardown(self) -> None:
        try:
            self._settles()
        finally:
            self.services.db.close()
            self.folder.cleanup()

    def _settles(self) -> None:
        """With time, a clock and a worker, whatever is on its way ends by itself."""
        moving = {State.QUEUED, State.WORKING, State.UNKNOWN, State.SCHEDULED}
        for _ in range(40):
            if not {d.state for d in self._rows()} & moving:
                break
            self.now += timedelta(seconds=400)
            release_due(self.services, self.now)
            sweep(self.services, self.now)
            drain(self.services, worker="w", now=lambda: self.now)
        assert not {d.state for d in self._rows()} & moving
        self.nothing_arrives_twice()
        self.published_is_what_arrived()
        self.every_trail_is_legal_and_ends_where_the_row_is()

    def _rows(self) -> list[Delivery]:
        with self.services.db.reading() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    @rule(minutes=st.integers(0, 40))
    def schedules(self, minutes: int) -> None:
        self.drafts += 1
        at = self.now + timedelta(minutes=minutes)
        revision = write(self.services, f"第{self.drafts}篇")
        schedule(self.services, actor=EDITOR, revision_id=revision, account_ids=[1], at=at, now=self.now)

    @precondition(lambda self: self.drafts)
    @rule(data=st.data(), verb=st.sampled_from([cancel, reschedule, retry]), stale=st.booleans())
    def edits(self, data: st.DataObject, verb: Any, stale: bool) -> None:
        delivery = data.draw(st.sampled_from(self._rows()))
        values: dict[str, Any] = {"at": self.now + timedelta(minutes=5)} if verb is reschedule else {}
        with suppress(Refusal, ConflictError):
            verb(
                self.services,
                actor=EDITOR,
                delivery_id=delivery.id,
                version=delivery.version - stale,
                now=self.now,
                **values,
            )

    @rule(seconds=st.sampled_from([1, 15, 70, 400, 2400]))
    def passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def ticks(self) -> None:
        release_due(self.services, self.now)
        sweep(self.services, self.now)

    @rule()
    def claims_some(self) -> None:
        self.claims += claim(self.services, worker="w", now=self.now)
        self.claims += claim_aside(self.services, Kind.LOOK, worker="w", now=self.now)

    @precondition(lambda self: self.claims)
    @rule(
        data=st.data(),
        fate=st.sampled_from(["well", "permanent", "retryable", "unknown", "bug", "dies before", "dies after", "lost"]),
    )
    def works(self, data: st.DataObject, fate: str) -> None:
        """Work off a claim, possibly one that was swept long ago."""
        one = self.claims.pop(data.draw(st.integers(0, len(self.claims) - 1)))
        raised: dict[str, Any] = {
            "permanent": Permanent("F-1", SAID),
            "retryable": Retryable("F-2", SAID),
            "unknown": Unknown("F-3", SAID),
            "bug": ValueError("bug"),
            "dies before": Killed(),
        }
        after: dict[str, Any] = {"dies after": Killed(), "lost": Unknown("F-4", SAID)}
        self.sender.answers = [raised[fate]] if fate in raised else []
        self.sender.lost = [after[fate]] if fate in after else []
        with suppress(Killed):
            deliver(self.services, one, lambda: self.now)
        self.sender.answers, self.sender.lost = [], []

    @invariant()
    def nothing_arrives_twice(self) -> None:
        assert all(count == 1 for count in self.sender.arrived.values())

    @invariant()
    def published_is_what_arrived(self) -> None:
        for delivery in self._rows():
            if delivery.state == State.PUBLISHED:
                assert delivery.key in self.sender.arrived
            if delivery.state in (State.CANCELLED, State.SCHEDULED, State.HELD):
                assert delivery.key not in self.sender.arrived

    @invariant()
    def every_trail_is_legal_and_ends_where_the_row_is(self) -> None:
        with self.services.db.reading() as session:
            moves = list(session.scalars(select(Move).order_by(Move.id)))
        for delivery in self._rows():
            mine = [m for m in moves if m.delivery_id == delivery.id]
            assert [m.version for m in mine] == list(range(1, delivery.version + 1))
            assert all(legal(State(m.source), State(m.target)) for m in mine[1:] if m.source)
            assert [m.source for m in mine[1:]] == [m.target for m in mine[:-1]]
            assert mine[-1].target == delivery.state


Machine.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestMachine = Machine.TestCase
