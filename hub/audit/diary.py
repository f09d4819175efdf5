"""操作日志: everything that was done, of every kind, in one order: deliveries moved, texts reviewed and talked about,
review rules and the administration changed. Read backwards page by page; the cost of a page does not grow with the
trail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload

from hub.models import (
    Account,
    Comment,
    Delivery,
    Event,
    Interpretation,
    Move,
    Office,
    Reply,
    Review,
    ReviewRule,
    Revision,
    User,
)

# So many offices are looked up by their ids.
FEW_OFFICES = 50
# Kinds of line, as the screen's filter and the addresses name them.
KINDS = ("moves", "reviews", "comments", "replies", "rules", "events")


@dataclass(frozen=True)
class Line:
    """One thing done. `what` is the state moved to, the kind of the review or of the reply, or the event's
    "<noun>.<verb>"; `before` is what it was. `subject` and `subject_id` name the row ("deliveries", 12), `title` what
    people call it. `mark` is the hash of the content that it was about, empty for an event. `details` is what else is
    known, as plain data.
    """

    kind: str
    id: int
    at: datetime
    who: str
    what: str
    before: str
    subject: str
    subject_id: int | None
    title: str
    reason: str
    mark: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """Which lines. `offices` selects the ids of those that may be read; `installation`: also what belongs to no office.
    `since` and `until` bound the instants, the second excluded. `before` goes on where a page ended: by kind, the id
    from which on all has been read. `few` has the offices' ids where they are at most FEW_OFFICES; `read` fills it in.
    """

    offices: Select[int]
    installation: bool = False
    kinds: frozenset[str] = frozenset(KINDS)
    user_id: int | None = None
    piece_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: dict[str, int] = field(default_factory=dict)
    few: tuple[int, ...] | None = None

    def at(self, office_id: Any) -> ColumnElement[bool]:
        """Whether a line's office is one of these. Many are asked line by line, since the newest lines are soon found;
        few are looked up, since theirs may be rare.
        """
        if self.few is not None:
            return office_id.in_(self.few)  # type: ignore[no-any-return]
        return self.offices.where(Office.id == office_id).exists()


def _narrowed(session: Session, wanted: Wanted) -> Wanted:
    """The same, with the offices' ids where they are few."""
    if wanted.few is not None:
        return wanted
    ids = tuple(session.scalars(wanted.offices.limit(FEW_OFFICES + 1)))
    return replace(wanted, few=ids if len(ids) <= FEW_OFFICES else None)


def read(session: Session, wanted: Wanted, size: int) -> tuple[list[Line], dict[str, int] | None]:
    """The newest lines, and where the next page goes on; None when there is nothing more."""
    wanted = _narrowed(session, wanted)
    found = [_SOURCES[kind](session, wanted, size + 1) for kind in KINDS if kind in wanted.kinds]
    lines = list(islice(merge(*found, key=lambda line: line.at, reverse=True), size + 1))
    if len(lines) <= size:
        return lines, None
    shown = lines[:size]
    ends = {line.kind: line.id for line in shown}
    return shown, {**wanted.before, **ends}


def _bounded(query: Any, model: Any, kind: str, wanted: Wanted, size: int) -> Any:
    """The part of every source's query that is the same."""
    if kind in wanted.before:
        query = query.where(model.id < wanted.before[kind])
    if wanted.user_id is not None:
        query = query.where(model.user_id == wanted.user_id)
    if wanted.since is not None:
        query = query.where(model.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(model.at < wanted.until)
    return query.order_by(model.id.desc()).limit(size)


def _moves(session: Session, wanted: Wanted, size: int) -> Sequence[Line]:
    query = (
        select(Move, User.name, Account.name, Interpretation.title)
        .join(Delivery, Delivery.id == Move.delivery_id)
        .join(Account, Account.id == Delivery.account_id)
        .join(Interpretation, Interpretation.id == Delivery.interpretation_id)
        .outerjoin(User, User.id == Move.user_id)
        .where(wanted.at(Account.office_id))
    )
    if wanted.piece_id is not None:
        query = query.where(Delivery.interpretation_id == wanted.piece_id)
    rows = session.execute(_bounded(query, Move, "moves", wanted, size))
    return [_move(*row) for row in rows]


def _move(row: Move, user: str | None, account: str, title: str) -> Line:
    return Line(
        kind="moves",
        id=row.id,
        at=row.at,
        who=user or row.actor,
        what=row.target,
        before=row.source or "",
        subject="deliveries",
        subject_id=row.delivery_id,
        title=f"{title} → {account}",
        reason=row.reason,
        mark=row.revision_hash,
        details={"version": row.version, "attempt": row.attempt, "said": row.said},
    )


def _reviews(session: Session, wanted: Wanted, size: int) -> Sequence[Line]:
    query = (
        select(Review, User.name, Interpretation.title)
        .join(Interpretation, Interpretation.id == Review.interpretation_id)
        .outerjoin(User, User.id == Review.user_id)
        .where(wanted.at(Interpretation.office_id))
    )
    if wanted.piece_id is not None:
        query = query.where(Review.interpretation_id == wanted.piece_id)
    rows = session.execute(_bounded(query, Review, "reviews", wanted, size))
    return [_review(*row) for row in rows]


def _review(row: Review, user: str | None, title: str) -> Line:
    return Line(
        kind="reviews",
        id=row.id,
        at=row.at,
        who=user or row.actor,
        what=str(row.kind),
        before=row.level,
        subject="interpretations",
        subject_id=row.interpretation_id,
        title=title,
        reason=row.reason,
        mark=row.content_hash,
        details={"round": row.round, "alone": row.alone},
    )


def _comments(session: Session, wanted: Wanted, size: int) -> Sequence[Line]:
    return _said(session, wanted, size, Comment, "comments")


def _replies(session: Session, wanted: Wanted, size: int) -> Sequence[Line]:
    return _said(session, wanted, size, Reply, "replies")


def _said(session: Session, wanted: Wanted, size: int, model: type[Comment | Reply], kind: str) -> Sequence[Line]:
    """Comments, or what followed them; both with the passage, and the version that it stands in."""
    query = select(model, Comment, Revision.content_hash, Revision.number, User.name, Interpretation.title)
    query = query.select_from(model) if model is Comment else query.join_from(Reply, Comment)
    query = (
        query.join(Interpretation, Interpretation.id == Comment.interpretation_id)
        .join(Revision, Revision.id == Comment.revision_id)
        .outerjoin(User, User.id == model.user_id)
        .where(wanted.at(Interpretation.office_id))
    )
    if wanted.piece_id is not None:
        query = query.where(Comment.interpretation_id == wanted.piece_id)
    rows = session.execute(_bounded(query, model, kind, wanted, size))
    return [
        Line(
            kind=kind,
            id=row.id,
            at=row.at,
            who=user or row.actor,
            what=row.kind if isinstance(row, Reply) else "",
            before="",
            subject="interpretations",
            subject_id=about.interpretation_id,
            title=title,
            reason=row.text,
            mark=mark,
            details={"quote": about.quote, "version": number},
        )
        for row, about, mark, number, user, title in rows
    ]


def _rules(session: Session, wanted: Wanted, size: int) -> Sequence[Line]:
    """What was asked for before is not looked up: the rules before stand below."""
    if wanted.piece_id is not None:
        return []
    query = select(ReviewRule).options(joinedload(ReviewRule.user), joinedload(ReviewRule.office))
    query = query.where(wanted.at(ReviewRule.office_id))
    return [
        Line(
            kind="rules",
            id=row.id,
            at=row.at,
            who=row.user.name if row.user else row.actor,
            what="",
            before="",
            subject="offices",
            subject_id=row.office_id,
            title=row.office.name,
            reason=row.reason,
            details={"levels": row.levels, "one_person": row.one_person},
        )
        for row in session.scalars(_bounded(query, ReviewRule, "rules", wanted, size))
    ]


def _events(session: Session, wanted: Wanted, size: int) -> Sequence[Line]:
    mine = wanted.at(Event.office_id)
    query = select(Event).options(joinedload(Event.user))
    query = query.where(mine | Event.office_id.is_(None) if wanted.installation else mine)
    if wanted.piece_id is not None:
        query = query.where(Event.subject == "interpretations", Event.subject_id == wanted.piece_id)
    rows = session.scalars(_bounded(query, Event, "events", wanted, size))
    return [_event(row) for row in rows]


def _event(row: Event) -> Line:
    sides = {"before": row.before, "after": row.after}
    return Line(
        kind="events",
        id=row.id,
        at=row.at,
        who=row.user.name if row.user else row.actor,
        what=row.kind,
        before="",
        subject=row.subject,
        subject_id=row.subject_id,
        title=_named(row),
        reason=row.reason,
        details={name: side for name, side in sides.items() if side},
    )


def _named(row: Event) -> str:
    """What the changed row is called, where the change itself says so."""
    for side in (row.after, row.before):
        for name in ("name", "title", "number", "login", "wrong"):
            if side and isinstance(side.get(name), str):
                return str(side[name])
    return ""


_SOURCES: dict[str, Callable[[Session, Wanted, int], Sequence[Line]]] = {
    "moves": _moves,
    "reviews": _reviews,
    "comments": _comments,
    "replies": _replies,
    "rules": _rules,
    "events": _events,
}
