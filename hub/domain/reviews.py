"""Three reviews (三审): where a version stands, derived from what was done to it and nothing else.

A version is submitted, and from then on each level that was asked for is signed in its order by a person who has
neither written the text nor signed another level of it. What was done to another content counts for nothing, so an edit
(a new version with another content) voids every signature. Data and folding only; `hub.approvals` reads the rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from hub.domain.roles import Level


class Kind(StrEnum):
    """What was done to a version."""

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    SIGNED = "signed"
    RETURNED = "returned"


class Standing(StrEnum):
    """Where a version stands: 草稿, 待初审, 待复审, 待终审, 退回修改, 已签发."""

    DRAFT = "draft"
    AWAITING_FIRST = "awaiting_first"
    AWAITING_SECOND = "awaiting_second"
    AWAITING_FINAL = "awaiting_final"
    RETURNED = "returned"
    SIGNED = "signed"


AWAITING: dict[Level, Standing] = {
    Level.FIRST: Standing.AWAITING_FIRST,
    Level.SECOND: Standing.AWAITING_SECOND,
    Level.FINAL: Standing.AWAITING_FINAL,
}
LEVEL_OF: dict[Standing, Level] = {standing: level for level, standing in AWAITING.items()}

# By how many reviews an office asks for, which: the last word is always the final review's.
ASKED: dict[int, tuple[Level, ...]] = {
    1: (Level.FINAL,),
    2: (Level.FIRST, Level.FINAL),
    3: (Level.FIRST, Level.SECOND, Level.FINAL),
}
MOST_LEVELS = max(ASKED)


@dataclass(frozen=True)
class Step:
    """One thing done to a version. `person` names who: "user:3", or an operator of the machine, "cli:root".

    `levels` is how many reviews were asked for when it was submitted; `alone` says that the office allowed one person
    to sign what their own rules would forbid, with a reason on record.
    """

    kind: Kind
    content_hash: str
    person: str
    level: Level | None = None
    levels: int = 0
    alone: bool = False


@dataclass(frozen=True)
class Judgement:
    """Where a version stands, the levels asked for, and the signatures that count, in the order of the levels."""

    standing: Standing = Standing.DRAFT
    asked: tuple[Level, ...] = ()
    signed: tuple[Step, ...] = ()

    @property
    def pending(self) -> Level | None:
        """The level whose signature it waits for."""
        return LEVEL_OF.get(self.standing)

    @property
    def missing(self) -> tuple[Level, ...]:
        """The levels that have not signed; empty when it is not under review."""
        return self.asked[len(self.signed) :]

    @property
    def under_review(self) -> bool:
        """Whether it waits for a signature."""
        return self.standing in LEVEL_OF

    @property
    def final(self) -> bool:
        """Whether it is signed off: from then on nothing takes that away."""
        return self.standing is Standing.SIGNED


def judge(steps: Iterable[Step], content_hash: str, writers: Collection[str]) -> Judgement:
    """Where the version with this content stands after the steps, the oldest first. `writers` are the persons who wrote
    it. A step that does not fit (another content, another level's turn, a second signature by one person without the
    exception) changes nothing.
    """
    found = Judgement()
    for step in steps:
        if step.content_hash == content_hash and not found.final:
            found = _after(found, step, writers)
    return found


def _after(before: Judgement, step: Step, writers: Collection[str]) -> Judgement:
    if step.kind is Kind.SUBMITTED:
        asked = ASKED.get(step.levels, ())
        return before if before.under_review or not asked else Judgement(AWAITING[asked[0]], asked)
    if not before.under_review:
        return before
    if step.kind is Kind.WITHDRAWN:
        return Judgement()
    if step.kind is Kind.RETURNED:
        return Judgement(Standing.RETURNED, before.asked, before.signed)
    if step.level is not before.pending or not (step.alone or is_distinct(step.person, before.signed, writers)):
        return before
    signed = (*before.signed, step)
    left = before.asked[len(signed) :]
    return Judgement(AWAITING[left[0]] if left else Standing.SIGNED, before.asked, signed)


def is_distinct(person: str, signed: Iterable[Step], writers: Collection[str]) -> bool:
    """Whether the person has neither written the text nor signed another level of it."""
    return person not in writers and all(step.person != person for step in signed)
