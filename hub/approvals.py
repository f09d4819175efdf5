"""Where versions stand in the three reviews, as the rows say it; and the gate that every verb passes which puts a text
on its way: what is not signed off does not go out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.reviews import MOST_LEVELS, Judgement, Kind, Standing, Step, judge
from hub.domain.roles import Level, Role
from hub.models import Grant, Interpretation, Review, ReviewRule, Revision, User
from hub.permissions import areas_above, offices_of
from hub.workflow import Actor

LEVEL_WORDS: dict[Level, Words] = {
    Level.FIRST: Words("初审", "first review"),
    Level.SECOND: Words("复审", "second review"),
    Level.FINAL: Words("终审", "final review"),
}
STANDING_WORDS: dict[Standing, Words] = {
    Standing.DRAFT: Words("草稿", "draft"),
    Standing.AWAITING_FIRST: Words("待初审", "awaiting first review"),
    Standing.AWAITING_SECOND: Words("待复审", "awaiting second review"),
    Standing.AWAITING_FINAL: Words("待终审", "awaiting final review"),
    Standing.RETURNED: Words("退回修改", "returned"),
    Standing.SIGNED: Words("已签发", "signed off"),
}
# So many names are said of those who may sign; in a large office nobody reads more.
NAMED = 5


@dataclass(frozen=True)
class Rule:
    """What an office asks for: how many reviews, and whether one person may give several or review their own text."""

    levels: int = MOST_LEVELS
    one_person: bool = False


def rule_of(session: Session, office_id: int) -> Rule:
    """The office's rule now."""
    row = session.scalars(
        select(ReviewRule).where(ReviewRule.office_id == office_id).order_by(ReviewRule.number.desc()).limit(1)
    ).first()
    return Rule(row.levels, row.one_person) if row else Rule()


def person(actor: Actor) -> str:
    """By what a signature is told from another person's: the user, or the operator's own name."""
    return f"user:{actor.user_id}" if actor.user_id is not None else actor.name


def step(row: Review) -> Step:
    """The row as the domain judges it."""
    who = person(Actor(row.actor, row.user_id))
    level = Level(row.level) if row.level else None
    return Step(Kind(row.kind), row.content_hash, who, level, row.levels, row.alone)


def history(session: Session, revision_id: int) -> Sequence[Review]:
    """All that was done to the version, the oldest first."""
    return session.scalars(select(Review).where(Review.revision_id == revision_id).order_by(Review.id)).all()


def writers(session: Session, interpretation_id: int, upto: int) -> frozenset[str]:
    """Who wrote the text up to version `upto`: every version's writer has a part in it."""
    ids = session.scalars(
        select(Revision.author_id)
        .where(Revision.interpretation_id == interpretation_id, Revision.number <= upto)
        .where(Revision.author_id.is_not(None))
        .distinct()
    )
    return frozenset(f"user:{id_}" for id_ in ids)


def judgement(session: Session, revision: Revision) -> Judgement:
    """Where the version stands."""
    rows = history(session, revision.id)
    if not rows:
        return Judgement()
    wrote = writers(session, revision.interpretation_id, revision.number)
    return judge(map(step, rows), revision.content_hash, wrote)


def judgements(session: Session, revisions: Iterable[Revision]) -> Mapping[int, Judgement]:
    """Where several versions stand, by their ids; two queries for any number."""
    by_id = {r.id: r for r in revisions}
    steps: dict[int, list[Step]] = defaultdict(list)
    for row in session.scalars(select(Review).where(Review.revision_id.in_(by_id)).order_by(Review.id)):
        steps[row.revision_id].append(step(row))
    written = session.execute(
        select(Revision.interpretation_id, Revision.number, Revision.author_id)
        .where(Revision.interpretation_id.in_({r.interpretation_id for r in by_id.values()}))
        .where(Revision.author_id.is_not(None))
    ).all()
    return {
        r.id: judge(
            steps[r.id],
            r.content_hash,
            {f"user:{w.author_id}" for w in written if w[0] == r.interpretation_id and w.number <= r.number},
        )
        for r in by_id.values()
    }


def require_signed(session: Session, revision: Revision) -> None:
    """The gate: raise Refusal, with the review that is missing and who can give it, unless the version is signed off.

    Once passed it stays passed: no verb takes a signed version's signatures away.
    """
    found = judgement(session, revision)
    if found.final:
        return
    if not found.under_review:
        raise Refusal("REV-201", *_NOT_SUBMITTED[found.standing])
    levels = [LEVEL_WORDS[level] for level in found.missing]
    zh, en = "、".join(w.zh for w in levels), ", ".join(w.en for w in levels)
    pending = found.pending
    assert pending is not None  # noqa: S101 (it is under review)
    office_id = session.get_one(Interpretation, revision.interpretation_id).office_id
    raise Refusal(
        "REV-202",
        Words(
            f"第 {revision.number} 版还没有签发，缺{zh}。",
            f"Version {revision.number} is not signed off; missing: {en}.",
        ),
        who_can(session, office_id, pending),
    )


def who_can(session: Session, office_id: int, level: Level) -> Words:
    """Who may sign the level for the office, as a sentence."""
    names = list(session.scalars(reviewers(office_id, level).limit(NAMED + 1)))
    word = LEVEL_WORDS[level]
    if not names:
        return Words(
            f"还没有人有{word.zh}权限，请管理员添加审核人。",
            f"Nobody may give the {word.en} yet; an administrator can add a reviewer.",
        )
    more = ("等", " and others") if len(names) > NAMED else ("", "")
    zh, en = "、".join(names[:NAMED]), ", ".join(names[:NAMED])
    return Words(f"等待{word.zh}，可由{zh}{more[0]}签署。", f"The {word.en} can be given by {en}{more[1]}.")


def reviewers(office_id: int, level: Level) -> Select[Any]:
    """The names of those who may sign the level for the office."""
    place = areas_above(office_id)
    return (
        select(User.name)
        .join(Grant, Grant.user_id == User.id)
        .where(User.active, Grant.role == Role.REVIEWER, Grant.level.in_(("", level.value)))
        .where(or_(Grant.office_id == office_id, Grant.area_id.in_(select(place.c.id))))
        .group_by(User.id, User.name)
        .order_by(User.id)
    )


@lru_cache(maxsize=1024)
def level_offices(user_id: Any, level: Level) -> Select[int]:
    """The ids of the offices whose texts the user may sign at this level."""
    mine = (
        select(Grant.office_id, Grant.area_id)
        .join(User, User.id == Grant.user_id)
        .where(User.id == user_id, User.active, Grant.role == Role.REVIEWER, Grant.level.in_(("", level.value)))
    )
    return offices_of(mine, level.value)


_NOT_SUBMITTED: dict[Standing, tuple[Words, Words]] = {
    Standing.DRAFT: (
        Words("这一版还没有送审，不能发布。", "This version has not been submitted for review; it can't be published."),
        Words("请先提交审核，签发后再发布。", "Submit it for review; publish it once it is signed off."),
    ),
    Standing.RETURNED: (
        Words("这一版已被退回修改，不能发布。", "This version was returned; it can't be published."),
        Words("请按退回意见修改，再次提交审核。", "Change it as the reviewer asked, then submit it again."),
    ),
}
