"""Where a version stands follows from what was done to it; nothing is signed off without the people it takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hub.domain.reviews import ASKED, Kind, Standing, Step, judge
from hub.domain.roles import Level

A, B, C, WRITER = "user:1", "user:2", "user:3", "user:9"
TEXT = "h1"


def submitted(levels: int = 3, content: str = TEXT) -> Step:
    return Step(Kind.SUBMITTED, content, WRITER, levels=levels)


def signed(person: str, level: Level, content: str = TEXT, *, alone: bool = False) -> Step:
    return Step(Kind.SIGNED, content, person, level, alone=alone)


def standing(*steps: Step, content: str = TEXT) -> Standing:
    return judge(steps, content, {WRITER}).standing


def test_a_version_is_a_draft_until_it_is_submitted() -> None:
    assert standing() is Standing.DRAFT
    assert standing(signed(A, Level.FIRST)) is Standing.DRAFT


def test_three_people_sign_one_after_the_other() -> None:
    steps = [submitted()]
    assert standing(*steps) is Standing.AWAITING_FIRST
    for person, level, after in (
        (A, Level.FIRST, Standing.AWAITING_SECOND),
        (B, Level.SECOND, Standing.AWAITING_FINAL),
        (C, Level.FINAL, Standing.SIGNED),
    ):
        steps.append(signed(person, level))
        assert standing(*steps) is after


@pytest.mark.parametrize(
    ("levels", "first"), [(1, Standing.AWAITING_FINAL), (2, Standing.AWAITING_FIRST), (3, Standing.AWAITING_FIRST)]
)
def test_an_office_asks_for_fewer_and_the_final_review_is_always_one(levels: int, first: Standing) -> None:
    assert standing(submitted(levels)) is first
    assert ASKED[levels][-1] is Level.FINAL


def test_nobody_signs_two_levels_nor_their_own_text() -> None:
    assert standing(submitted(), signed(A, Level.FIRST), signed(A, Level.SECOND)) is Standing.AWAITING_SECOND
    assert standing(submitted(), signed(WRITER, Level.FIRST)) is Standing.AWAITING_FIRST


def test_unless_the_office_allowed_it_and_it_is_on_record() -> None:
    assert standing(submitted(1), signed(WRITER, Level.FINAL, alone=True)) is Standing.SIGNED


def test_a_level_out_of_turn_counts_for_nothing() -> None:
    assert standing(submitted(), signed(A, Level.FINAL)) is Standing.AWAITING_FIRST


def test_an_edit_voids_every_signature() -> None:
    steps = [submitted(), signed(A, Level.FIRST), signed(B, Level.SECOND), signed(C, Level.FINAL)]
    assert standing(*steps) is Standing.SIGNED
    assert standing(*steps, content="h2") is Standing.DRAFT


def test_a_return_ends_the_round_and_the_next_begins_with_the_first_review() -> None:
    steps = [submitted(), signed(A, Level.FIRST), Step(Kind.RETURNED, TEXT, B, Level.SECOND)]
    assert standing(*steps) is Standing.RETURNED
    assert standing(*steps, signed(B, Level.SECOND)) is Standing.RETURNED
    assert standing(*steps, submitted()) is Standing.AWAITING_FIRST


def test_what_was_taken_back_is_a_draft_again() -> None:
    steps = [submitted(), signed(A, Level.FIRST), Step(Kind.WITHDRAWN, TEXT, WRITER)]
    assert standing(*steps) is Standing.DRAFT


def test_what_is_signed_off_stays_so() -> None:
    done = [submitted(1), signed(A, Level.FINAL)]
    for step in (Step(Kind.WITHDRAWN, TEXT, WRITER), Step(Kind.RETURNED, TEXT, B, Level.FINAL), submitted(3)):
        assert standing(*done, step) is Standing.SIGNED


people = st.sampled_from([A, B, C, WRITER])
steps = st.builds(
    Step,
    st.sampled_from(Kind),
    st.sampled_from([TEXT, "h2"]),
    people,
    st.none() | st.sampled_from(Level),
    st.integers(0, 4),
    st.booleans(),
)


@given(st.lists(steps, max_size=30))
def test_whatever_rows_there_are_signed_off_means_distinct_people_on_exactly_that_content(rows: list[Step]) -> None:
    found = judge(rows, TEXT, {WRITER})
    if found.standing is not Standing.SIGNED:
        return
    assert found.asked in ASKED.values()
    assert tuple(s.level for s in found.signed) == found.asked
    assert {s.content_hash for s in found.signed} == {TEXT}
    lawful = [s.person for s in found.signed if not s.alone]
    assert len(set(lawful)) == len(lawful)
    assert WRITER not in lawful


class Reviewing(RuleBasedStateMachine):
    """Anybody does anything in any order; a plain record of who signed what since the last submission is the judge."""

    @initialize()
    def begin(self) -> None:
        self.rows: list[Step] = []
        self.content = 0
        self.levels = 0
        self.given: list[str] = []
        self.done: set[int] = set()

    def _hash(self) -> str:
        return f"h{self.content}"

    def _judged(self) -> Standing:
        return judge(self.rows, self._hash(), {WRITER}).standing

    @rule(levels=st.integers(1, 3))
    def submits(self, levels: int) -> None:
        if self.levels or self.content in self.done:
            before = self._judged()
            self.rows.append(submitted(levels, self._hash()))
            assert self._judged() is before
            return
        self.rows.append(submitted(levels, self._hash()))
        self.levels, self.given = levels, []

    @rule(person=people, level=st.sampled_from(Level))
    def signs(self, person: str, level: Level) -> None:
        self.rows.append(signed(person, level, self._hash()))
        turn = self.levels and len(self.given) < self.levels and ASKED[self.levels][len(self.given)] is level
        if turn and person != WRITER and person not in self.given:
            self.given.append(person)
            if len(self.given) == self.levels:
                self.done.add(self.content)
                self.levels, self.given = 0, []

    @rule(back=st.sampled_from([Kind.RETURNED, Kind.WITHDRAWN]))
    def ends(self, back: Kind) -> None:
        level = Level.FIRST if back is Kind.RETURNED else None
        self.rows.append(Step(back, self._hash(), B, level))
        self.levels, self.given = 0, []

    @rule()
    def edits(self) -> None:
        self.content += 1
        self.levels, self.given = 0, []

    @invariant()
    def signed_off_if_and_only_if_all_have_signed_this_content(self) -> None:
        assert (self._judged() is Standing.SIGNED) == (self.content in self.done)


TestReviewing = Reviewing.TestCase
