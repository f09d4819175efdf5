"""What the page of a version under review shows, read in a number of queries that does not grow."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from flask import abort
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from channels.manuscript import Content
from channels.words import Words
from hub.approvals import judgement, person, rule_of, who_can, writers
from hub.console.here import actor, editor, now, services
from hub.domain.reviews import Judgement, Kind, is_distinct
from hub.domain.roles import Level, Right
from hub.editorial import specimens
from hub.editorial.commenting import Thread, threads
from hub.editorial.comparing import FIELDS, Group, compare, rows_of
from hub.editorial.judging import last_submission
from hub.models import Account, Interpretation, Review, Revision
from hub.permissions import grants_at, levels_of, rights_of


@dataclass(frozen=True)
class Sample:
    """A channel's artefact as it lay before the reviewers."""

    channel: str
    accounts: Sequence[str]
    sha256: str
    entry: str
    files: int


@dataclass(frozen=True)
class Piece:
    """A stretch of a passage, and the comments that hang at it."""

    text: str
    threads: tuple[int, ...]


@dataclass(frozen=True)
class Shown:
    """A passage as it is shown: in pieces, where comments hang."""

    place: str
    label: Words
    pieces: Sequence[Piece]


@dataclass
class Page:
    """All that the page shows."""

    piece: Interpretation
    revision: Revision
    found: Judgement
    history: Sequence[Review]
    threads: Sequence[Thread]
    text: Sequence[tuple[str, Words, Sequence[Sequence[Shown]]]]
    samples: Sequence[Sample]
    seen: str
    submission: Review | None
    base: Revision | None
    groups: Sequence[Group]
    versions: Sequence[int]
    # Whether the editor may sign the pending level now, and whether only by the exception for one person.
    able: bool = False
    alone: bool = False
    may_write: bool = False
    may_comment: bool = False
    who: Words | None = None
    signatures: Mapping[Level, Review] = field(default_factory=dict)

    @property
    def newest(self) -> bool:
        """Whether nothing newer has been saved."""
        return self.revision.number == self.piece.version

    @property
    def open_threads(self) -> int:
        """How many comments nobody has settled."""
        return sum(t.resolved is None for t in self.threads)


def find(id_: int, number: int | None = None, *, revision_id: int | None = None) -> Revision:
    """A version of an interpretation that the editor may read: the newest, or the one named; 404 for anything else."""
    with services().db.reading() as session:
        query = (
            select(Revision)
            .where(Revision.interpretation_id == id_)
            .order_by(Revision.number.desc())
            .limit(1)
            .options(joinedload(Revision.interpretation).joinedload(Interpretation.office), joinedload(Revision.author))
        )
        if number is not None:
            query = query.where(Revision.number == number)
        if revision_id is not None:
            query = query.where(Revision.id == revision_id)
        revision = session.scalars(query).first()
        if revision is None or not _may_read(session, revision.interpretation.office_id):
            abort(404)
        return revision


def _may_read(session: Session, office_id: int) -> bool:
    if office_id == editor().office_id:
        return editor().may(Right.READ)
    return Right.READ in rights_of(grants_at(session, editor().id, office_id))


def read(id_: int, number: int | None, *, fresh: bool = False) -> Page:
    """The page of the newest version, or of the one named; `fresh`: with samples rendered now."""
    revision = find(id_, number)
    piece = revision.interpretation
    with services().db.reading() as session:
        rows = _history(session, id_)
        submission = last_submission(session, revision.id)
        base = _base(session, revision, rows)
        talk = threads(session, revision)
        content = Content.model_validate(revision.content)
        kept = _kept(rows, revision)
        page = Page(
            piece=piece,
            revision=revision,
            found=judgement(session, revision),
            history=rows,
            threads=talk,
            text=_text(content, talk),
            samples=_samples(session, kept),
            seen=specimens.fingerprint(kept),
            submission=submission,
            base=base,
            groups=compare(Content.model_validate(base.content), content) if base else (),
            versions=list(range(piece.version, 0, -1)),
            signatures=_signatures(rows, revision, submission),
        )
        _rights(session, page)
    if fresh:
        _render(page, submission)
    return page


def _history(session: Session, id_: int) -> Sequence[Review]:
    return session.scalars(
        select(Review)
        .where(Review.interpretation_id == id_)
        .options(joinedload(Review.user), joinedload(Review.revision).load_only(Revision.number))
        .order_by(Review.id)
    ).all()


def _base(session: Session, revision: Revision, rows: Sequence[Review]) -> Revision | None:
    """What the version is compared with: the last one signed at its last level before it, else the one before."""
    finals = [r.revision_id for r in rows if r.kind == Kind.SIGNED and r.level == Level.FINAL]
    earlier = [r for r in finals if r < revision.id]
    if earlier:
        return session.get(Revision, earlier[-1])
    return session.scalars(
        select(Revision).where(
            Revision.interpretation_id == revision.interpretation_id, Revision.number == revision.number - 1
        )
    ).first()


def _kept(rows: Sequence[Review], revision: Revision) -> Sequence[dict[str, Any]]:
    """The artefacts of the version that were last laid before somebody."""
    mine = [r.artefacts for r in rows if r.revision_id == revision.id and r.artefacts]
    return mine[-1] if mine else ()


def _samples(session: Session, kept: Sequence[dict[str, Any]]) -> list[Sample]:
    ids = {i for s in kept for i in s["accounts"]}
    named = select(Account.id, Account.name).where(Account.id.in_(ids))
    names = {row.id: row.name for row in session.execute(named)}
    return [_sample(s["channel"], [names.get(i, "") for i in s["accounts"]], s["sha256"]) for s in kept]


def _sample(channel: str, accounts: Sequence[str], sha256: str) -> Sample:
    try:
        manifest: dict[str, Any] = json.loads(services().rendered(sha256)) if sha256 else {"entry": "", "files": []}
    except (OSError, ValueError):
        # A backup may have been restored without what can be rendered again.
        manifest, sha256 = {"entry": "", "files": []}, ""
    return Sample(channel, accounts, sha256, manifest["entry"], len(manifest["files"]))


def _render(page: Page, submission: Review | None) -> None:
    """Samples as they come out now, to look at."""
    made = specimens.make(services(), page.revision.id, submission, now())
    for specimen in made:
        if specimen.artefact is not None:
            services().previews.keep(specimen.artefact)
    page.samples = [_sample(s.channel, s.names, s.sha256) for s in made]
    page.seen = specimens.fingerprint([s.as_dict() for s in made])


def _signatures(rows: Sequence[Review], revision: Revision, submission: Review | None) -> dict[Level, Review]:
    """The signatures of the version's last round by level."""
    return {
        Level(r.level): r
        for r in rows
        if submission and r.revision_id == revision.id and r.kind == Kind.SIGNED and r.round == submission.round
    }


def _rights(session: Session, page: Page) -> None:
    office_id = page.piece.office_id
    grants = grants_at(session, editor().id, office_id)
    rights = rights_of(grants)
    page.may_write = Right.WRITE in rights
    page.may_comment = bool(rights & {Right.WRITE, Right.REVIEW})
    pending = page.found.pending
    if pending is None or not page.newest:
        return
    page.who = who_can(session, office_id, pending)
    if pending not in levels_of(grants):
        return
    wrote = writers(session, page.piece.id, page.revision.number)
    page.alone = not is_distinct(person(actor()), page.found.signed, wrote)
    page.able = not page.alone or rule_of(session, office_id).one_person


def _text(content: Content, talk: Sequence[Thread]) -> list[tuple[str, Words, list[list[Shown]]]]:
    """The version's passages by field, cut where comments hang."""
    hung: dict[str, list[tuple[int, int, int]]] = {}
    for thread in talk:
        if thread.where and thread.resolved is None:
            place, start, end = thread.where
            hung.setdefault(place, []).append((start, end, thread.comment.id))
    fields = []
    for name, rows in rows_of(content).items():
        if rows:
            made = [[Shown(p.place, p.label, _cut(p.text, hung.get(p.place, ()))) for p in row] for row in rows]
            fields.append((name, FIELDS[name], made))
    return fields


def _cut(text: str, hung: Sequence[tuple[int, int, int]]) -> list[Piece]:
    ends = sorted({0, len(text), *(at for start, end, _ in hung for at in (start, end))})
    return [
        Piece(text[a:b], tuple(id_ for start, end, id_ in hung if start <= a and b <= end)) for a, b in pairwise(ends)
    ]
