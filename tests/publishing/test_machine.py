"""Any order of verbs, crashes and lost answers: no illegal state, nothing lost, nothing arriving twice."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from channels.base import NeedsHand, Permanent, Retryable, Unknown
from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.states import State, legal
from hub.models import Delivery, Hold, Move, Revision, Withdrawal
from hub.publishing.changing import cancel, record_hand, reschedule, retry, settle
from hub.publishing.claiming import Claim, Kind, claim, claim_aside
from hub.publishing.correcting import correct, replace_text
from hub.publishing.delivering import deliver
from hub.publishing.draining import drain
from hub.publishing.holding import hold, lift
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.publishing.sweeping import sweep
from hub.publishing.undoing import undo_withdrawal
from hub.publishing.withdrawing import record_withdrawn, withdraw
from hub.workflow import Actor, ConflictError
from tests.fakes import EDITOR, NOW, Keeper, make_services, write

SAID = Words("不行。", "No.")


class Killed(BaseException):
    """The worker is gone."""


MOVING = {
    State.QUEUED,
    State.WORKING,
    State.UNKNOWN,
    State.SCHEDULED,
    State.WITHDRAWING,
    State.AWAITING_HAND,
}
# What a worker meets before anything has happened there, and after.
BEFORE: dict[str, Any] = {
    "permanent": Permanent("F-1", SAID),
    "retryable": Retryable("F-2", SAID),
    "unknown": Unknown("F-3", SAID),
    "by hand": NeedsHand("F-5", SAID),
    "bug": ValueError("bug"),
    "dies before": Killed(),
}
AFTER: dict[str, Any] = {"dies after": Killed(), "lost": Unknown("F-4", SAID)}
OPERATOR = Actor("cli:tester")


class Machine(RuleBasedStateMachine):
    """One account with a far end that counts, editors, a person who posts by hand, a clock and mortal workers. Every
    text names its version, and so does every key.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.far = Keeper()
        self.services = make_services(Path(self.folder.name) / "var", self.far)
        self.now = NOW
        self.claims: list[Claim] = []
        # The newest revision of each interpretation, and the keys of what was called off before it was sent.
        self.newest: dict[int, int] = {}
        self.called_off: set[str] = set()

    def teardown(self) -> None:
        try:
            self._settles()
        finally:
            self.services.db.close()
            self.folder.cleanup()

    def _settles(self) -> None:
        """With time, a clock, a worker and people who do their tasks, whatever is on its way ends."""
        self._lift_all()
        for _ in range(40):
            self.now += timedelta(seconds=400)
            release_due(self.services, self.now)
            sweep(self.services, self.now)
            drain(self.services, worker="w", now=lambda: self.now)
            for delivery in self._rows():
                self._does_task(delivery)
            if not {d.state for d in self._rows()} & MOVING:
                break
        rows = self._rows()
        assert not {d.state for d in rows} & MOVING
        for delivery in rows:
            if delivery.withdrawal_id is not None:
                assert delivery.state in (State.WITHDRAWN, State.CANCELLED)
            if delivery.state in (State.WITHDRAWN, State.CANCELLED, State.FAILED, State.HELD):
                assert delivery.key not in self.far.standing
        self.nothing_arrives_twice()
        self.published_is_what_arrived()
        self.every_trail_is_legal_and_ends_where_the_row_is()

    def _rows(self) -> list[Delivery]:
        with self.services.db.reading() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def _write(self, piece: int | None) -> int:
        number = 1 if piece is None else self.newest_number(piece) + 1
        revision = write(self.services, f"第{number}版。", interpretation_id=piece)
        self.newest[piece or len(self.newest) + 1] = revision
        return revision

    def newest_number(self, piece: int) -> int:
        with self.services.db.reading() as session:
            return session.get_one(Revision, self.newest[piece]).number

    @rule(minutes=st.integers(0, 40))
    def writes_and_schedules(self, minutes: int) -> None:
        at = self.now + timedelta(minutes=minutes)
        self._schedule(self._write(None), at)

    def _schedule(self, revision: int, at: datetime) -> None:
        schedule(self.services, actor=EDITOR, revision_id=revision, account_ids=[1], at=at, now=self.now)

    @precondition(lambda self: self.newest)
    @rule(data=st.data())
    def publishes_again_what_was_withdrawn(self, data: st.DataObject) -> None:
        piece = data.draw(st.sampled_from(sorted(self.newest)))
        if {d.state for d in self._rows() if d.interpretation_id == piece} <= {State.WITHDRAWN, State.CANCELLED}:
            self._schedule(self.newest[piece], self.now)

    @precondition(lambda self: self.newest)
    @rule(data=st.data())
    def writes_more(self, data: st.DataObject) -> None:
        self._write(data.draw(st.sampled_from(sorted(self.newest))))

    @precondition(lambda self: self.newest)
    @rule(data=st.data())
    def corrects(self, data: st.DataObject) -> None:
        piece = data.draw(st.sampled_from(sorted(self.newest)))
        asked: dict[str, Any] = {"actor": EDITOR, "interpretation_id": piece, "revision_id": self.newest[piece]}
        with suppress(Refusal):
            correct(self.services, **asked, reason="数字有误", now=self.now)

    @precondition(lambda self: self.newest)
    @rule(data=st.data())
    def withdraws(self, data: st.DataObject) -> None:
        piece = data.draw(st.sampled_from(sorted(self.newest)))
        with suppress(Refusal):
            done = withdraw(self.services, actor=EDITOR, interpretation_id=piece, reason="重新核定", now=self.now)
            self.called_off |= {d.key for d in self._rows() if d.id in done.cancelled}

    @precondition(lambda self: self.newest)
    @rule(data=st.data())
    def takes_a_withdrawal_back(self, data: st.DataObject) -> None:
        with self.services.db.reading() as session:
            ids = session.scalars(select(Withdrawal.id).order_by(Withdrawal.id)).all()
        if ids:
            with suppress(Refusal):
                undo_withdrawal(
                    self.services, actor=EDITOR, withdrawal_id=data.draw(st.sampled_from(ids)), now=self.now
                )

    @precondition(lambda self: self.newest)
    @rule(data=st.data(), verb=st.sampled_from([cancel, reschedule, retry, replace_text]), stale=st.booleans())
    def edits(self, data: st.DataObject, verb: Any, stale: bool) -> None:
        rows = self._rows()
        if not rows:
            return
        delivery = data.draw(st.sampled_from(rows))
        values: dict[str, Any] = {"at": self.now + timedelta(minutes=5)} if verb in (reschedule, replace_text) else {}
        if verb is replace_text:
            values["revision_id"] = self.newest[delivery.interpretation_id]
        saw: dict[str, Any] = {"delivery_id": delivery.id, "version": delivery.version - stale, "now": self.now}
        with suppress(Refusal, ConflictError):
            verb(self.services, actor=EDITOR, **saw, **values)
            assert not stale
            if verb in (cancel, replace_text):
                self.called_off.add(delivery.key)

    @rule()
    def holds_all(self) -> None:
        with suppress(Refusal):
            hold(self.services, actor=OPERATOR, name="停", now=self.now)

    @rule()
    def lifts(self) -> None:
        self._lift_all()

    def _lift_all(self) -> None:
        with self.services.db.reading() as session:
            ids = session.scalars(select(Hold.id).where(Hold.lifted_at.is_(None))).all()
        for id_ in ids:
            lift(self.services, actor=OPERATOR, hold_id=id_, now=self.now)

    @precondition(lambda self: self.newest)
    @rule(data=st.data())
    def does_a_task(self, data: st.DataObject) -> None:
        rows = self._rows()
        if rows:
            self._does_task(data.draw(st.sampled_from(rows)))

    def _does_task(self, delivery: Delivery) -> None:
        """A person posts, takes down, or looks, and tells the truth about it."""
        saw: dict[str, Any] = {"delivery_id": delivery.id, "version": delivery.version, "now": self.now}
        if delivery.state == State.AWAITING_HAND:
            self._posts(delivery)
            record_hand(self.services, actor=EDITOR, url="https://x.example/1", **saw)
        elif delivery.state == State.WITHDRAWING and delivery.hand_by is not None:
            self.far.standing.pop(delivery.key, None)
            record_withdrawn(self.services, actor=EDITOR, **saw)
        elif delivery.state == State.UNKNOWN and delivery.token is None:
            settle(self.services, actor=EDITOR, there=delivery.key in self.far.arrived, **saw)

    def _posts(self, delivery: Delivery) -> None:
        with self.services.db.reading() as session:
            row = session.get_one(Delivery, delivery.id)
            earlier = row.replaces.key if row.replaces else ""
            text = row.revision.content["title"]
        self.far.standing.pop(earlier, None)
        self.far.standing[delivery.key] = text
        self.far.order.append(delivery.key)
        self.far.arrived[delivery.key] = self.far.arrived.get(delivery.key, 0) + 1

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
        for kind in (Kind.LOOK, Kind.RETRACT):
            self.claims += claim_aside(self.services, kind, worker="w", now=self.now)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), fate=st.sampled_from([*BEFORE, *AFTER, "well"]))
    def works(self, data: st.DataObject, fate: str) -> None:
        """Work off a claim, possibly one that was swept long ago."""
        one = self.claims.pop(data.draw(st.integers(0, len(self.claims) - 1)))
        self.far.answers = [BEFORE[fate]] if fate in BEFORE else []
        self.far.refusals = list(self.far.answers)
        self.far.looks = list(self.far.answers)
        self.far.lost = [AFTER[fate]] if fate in AFTER else []
        with suppress(Killed):
            deliver(self.services, one, lambda: self.now)
        self.far.answers, self.far.lost, self.far.refusals, self.far.looks = [], [], [], []

    @invariant()
    def nothing_arrives_twice(self) -> None:
        assert all(count == 1 for count in self.far.arrived.values())

    @invariant()
    def published_is_what_arrived(self) -> None:
        for delivery in self._rows():
            if delivery.state in (State.PUBLISHED, State.WITHDRAWING, State.WITHDRAWN):
                assert delivery.key in self.far.arrived
            if delivery.state in (State.CANCELLED, State.SCHEDULED, State.HELD, State.FAILED, State.AWAITING_HAND):
                assert delivery.key not in self.far.arrived

    @invariant()
    def what_was_called_off_never_arrives(self) -> None:
        assert not self.called_off & set(self.far.arrived)

    @invariant()
    def never_an_old_text_after_a_newer(self) -> None:
        last: dict[str, int] = {}
        for key in self.far.order:
            piece, _, rest = key.partition("v")
            number = int(rest.partition("-")[0])
            assert number >= last.get(piece, 0)
            last[piece] = number
        for key, text in self.far.standing.items():
            assert text.startswith(f"第{key.partition('v')[2].partition('-')[0]}版。")

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
