"""Submitting a version for review, taking it back, signing and returning it. Each verb is one row that stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hub.approvals import history, judgement, rule_of
from hub.domain.refusals import Refusal
from hub.domain.reviews import Kind, Standing
from hub.domain.roles import Level, Right
from hub.editorial import specimens
from hub.editorial.judging import (
    FASTER,
    NO_REASON,
    OTHER_SAMPLES,
    alone_needed,
    chosen_accounts,
    find_revision,
    judged,
    last_submission,
    noticed,
    require_clean,
    require_level,
    require_submittable,
    require_under_review,
    require_words,
    said,
)
from hub.manuscripts import content_of
from hub.models import Interpretation, Review, Revision
from hub.permissions import require
from hub.services import Services
from hub.wordlists import word_findings
from hub.workflow import Actor


@dataclass(frozen=True)
class Verdict:
    """What a verb did: the row it added, and where the version stands since."""

    review_id: int
    standing: Standing


def submit(
    services: Services,
    *,
    actor: Actor,
    revision_id: int,
    now: datetime,
    account_ids: Sequence[int] | None = None,
    at: datetime | None = None,
    note: str = "",
) -> Verdict:
    """Submit the newest version for review, meant for these accounts (None: all of the office's) at `at`.

    The artefacts of all the office's accounts are rendered and kept: they are what reviewers see. Raises Refusal when
    the actor may not write there, it is no longer the newest version, it is under review or signed off already, or a
    finding of a chosen channel, or a word of the office's own table, blocks.
    """
    with services.db.reading() as session:
        revision = find_revision(session, revision_id)
        piece = revision.interpretation
        require(session, actor, Right.WRITE, piece.office_id)
        note = said(note)
        require_submittable(session, revision)
        chosen = chosen_accounts(session, piece.office_id, account_ids)
        own = word_findings(session, piece.office_id, content_of(revision, services.artefacts))
    require_words(own)
    plan = {"accounts": chosen, "at": at.isoformat() if at else None}
    row = Review(
        **_columns(revision, Kind.SUBMITTED, actor, now),
        reason=note,
        plan=plan,
        levels=0,
    )
    made = specimens.make(services, revision_id, row, now)
    require_clean(made, frozenset(chosen), services)
    specimens.keep(services, made)
    row.artefacts = [s.as_dict() for s in made]
    row.findings = noticed(made, own)
    with _alone(services, revision) as session:
        require_submittable(session, revision)
        rows = history(session, revision_id)
        row.round = sum(r.kind == Kind.SUBMITTED for r in rows) + 1
        row.levels = rule_of(session, piece.office_id).levels
        return _add(session, revision, row)


def withdraw_submission(services: Services, *, actor: Actor, revision_id: int, now: datetime) -> Verdict:
    """Take a version back before it is signed off; its signatures are void. Raises Refusal unless it is under review
    and the actor may write there.
    """
    with services.db.reading() as session:
        revision = find_revision(session, revision_id)
        require(session, actor, Right.WRITE, revision.interpretation.office_id)
    with _alone(services, revision) as session:
        found = judgement(session, revision)
        require_under_review(found)
        row = Review(**_columns(revision, Kind.WITHDRAWN, actor, now), round=_round(session, revision_id))
        return _add(session, revision, row)


def sign(
    services: Services,
    *,
    actor: Actor,
    revision_id: int,
    level: Level,
    seen_hash: str,
    now: datetime,
    reason: str = "",
    seen: str | None = None,
) -> Verdict:
    """Sign the version at `level`. `seen_hash` is the content hash and `seen` the samples' fingerprint that lay before
    the reviewer; the samples are rendered anew and must be the same.

    Raises Refusal when the actor may not sign this level there, it is not this level's turn (REV-205: somebody was
    faster), there is a newer version or another content, the samples have changed (REV-206), or the actor has written
    the text or signed another level of it: unless the office allows one person, who then gives a reason.
    """
    with services.db.reading() as session:
        revision = find_revision(session, revision_id)
        require_level(session, actor, revision.interpretation.office_id, level)
        reason = said(reason)
        submission = last_submission(session, revision_id)
        judged(session, revision, level, seen_hash)
    shown = _samples(services, revision_id, submission, seen, now)
    with _alone(services, revision) as session:
        require_level(session, actor, revision.interpretation.office_id, level)
        found = judged(session, revision, level, seen_hash)
        alone = alone_needed(session, actor, revision, found, reason)
        row = Review(
            **_columns(revision, Kind.SIGNED, actor, now),
            round=_round(session, revision_id),
            level=level.value,
            reason=reason,
            alone=alone,
            artefacts=shown,
        )
        return _add(session, revision, row)


def _samples(
    services: Services, revision_id: int, submission: Review | None, seen: str | None, now: datetime
) -> list[dict[str, Any]]:
    """The samples as they are made now, kept: the ones that lay before the reviewer (None: whichever), or REV-206."""
    made = specimens.make(services, revision_id, submission, now)
    shown = [s.as_dict() for s in made]
    if seen is not None and seen != specimens.fingerprint(shown):
        raise Refusal("REV-206", *OTHER_SAMPLES)
    specimens.keep(services, made)
    return shown


def send_back(
    services: Services, *, actor: Actor, revision_id: int, level: Level, reason: str, now: datetime
) -> Verdict:
    """Return the version to its writer, with the reason. Raises Refusal as `sign` does, and for no reason. A reviewer
    may return what they may not sign: their own text, say.
    """
    with services.db.reading() as session:
        revision = find_revision(session, revision_id)
        require_level(session, actor, revision.interpretation.office_id, level)
    reason = said(reason)
    if not reason:
        raise Refusal("REV-207", *NO_REASON)
    with _alone(services, revision) as session:
        require_level(session, actor, revision.interpretation.office_id, level)
        judged(session, revision, level, revision.content_hash)
        row = Review(
            **_columns(revision, Kind.RETURNED, actor, now),
            round=_round(session, revision_id),
            level=level.value,
            reason=reason,
        )
        return _add(session, revision, row)


@contextmanager
def _alone(services: Services, revision: Revision) -> Iterator[Session]:
    """A writing transaction in which nobody else decides about this text. Who is second sees what the first did; a
    database that let both through tells the second.
    """
    try:
        with services.db.writing() as session:
            session.get_one(
                Interpretation, revision.interpretation_id, with_for_update={"key_share": True}, populate_existing=True
            )
            yield session
    except IntegrityError as error:
        raise Refusal("REV-205", *FASTER) from error


def _add(session: Session, revision: Revision, row: Review) -> Verdict:
    session.add(row)
    session.flush()
    found = judgement(session, revision)
    piece = session.get_one(Interpretation, revision.interpretation_id)
    if piece.version == revision.number:
        piece.standing = found.standing
    return Verdict(row.id, found.standing)


def _columns(revision: Revision, kind: Kind, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "interpretation_id": revision.interpretation_id,
        "revision_id": revision.id,
        "content_hash": revision.content_hash,
        "kind": kind.value,
        "at": now,
        "actor": actor.name,
        "user_id": actor.user_id,
    }


def _round(session: Session, revision_id: int) -> int:
    submission = last_submission(session, revision_id)
    return submission.round if submission else 0
