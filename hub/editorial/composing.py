"""Saving what an editor composed: a new immutable revision, its policies and interpreters found or made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from channels.manuscript import Content, InterpreterRef, LivestreamRef, PolicyRef, Validity
from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.reviews import Standing
from hub.domain.roles import Right
from hub.editorial.library import remember
from hub.models import (
    Interpretation,
    Interpreter,
    Livestream,
    Policy,
    Revision,
    revision_images,
    revision_interpreters,
    revision_policies,
)
from hub.permissions import require
from hub.services import Services
from hub.workflow import Actor


class StaleEditError(Refusal):
    """Somebody saved a newer revision in between; nothing has been overwritten."""

    def __init__(self, seen: int | None, found: int) -> None:
        super().__init__(
            "EDT-409",
            Words(
                f"您打开的是第 {seen} 版，现在已有第 {found} 版。",
                f"You opened version {seen}; there is a version {found} by now.",
            ),
            Words(
                "您的文字没有丢失，也没有覆盖别人的。请对照后再保存。",
                "Your text is kept and nothing was overwritten. Compare, then save.",
            ),
        )


POLICY_FACTS = ("title", "issuer", "signed", "published", "effective", "validity", "url")


@dataclass(frozen=True)
class Saved:
    """What was saved."""

    interpretation_id: int
    revision_id: int
    version: int


def save(
    services: Services,
    *,
    actor: Actor,
    office_id: int,
    content: Content,
    interpretation_id: int | None = None,
    seen_version: int | None = None,
    now: datetime,
) -> Saved:
    """Save the content as a new revision; an unchanged content makes none. Raises StaleEditError when the
    interpretation is no longer at `seen_version`, Refusal when it belongs to another office or isn't there, or when the
    actor may not write there.
    """
    for image in content.images:
        services.artefacts.put(image.data)
    with services.db.writing() as session:
        require(session, actor, Right.WRITE, office_id)
        piece = _piece(session, office_id, content, interpretation_id, now)
        if interpretation_id is not None and seen_version != piece.version:
            raise StaleEditError(seen_version, piece.version)
        draft_hash = content.content_hash
        content = _referenced(session, office_id, piece, content)
        last = session.scalars(
            select(Revision).where(Revision.interpretation_id == piece.id).order_by(Revision.number.desc()).limit(1)
        ).first()
        if last is not None and last.content_hash == content.content_hash:
            return Saved(piece.id, last.id, piece.version)
        revision = _revise(session, piece, content, draft_hash=draft_hash, actor=actor, now=now)
        remember(session, office_id=office_id, content=content, actor=actor, now=now)
        return Saved(piece.id, revision.id, piece.version)


def _piece(
    session: Session, office_id: int, content: Content, interpretation_id: int | None, now: datetime
) -> Interpretation:
    if interpretation_id is None:
        piece = Interpretation(office_id=office_id, title="", form=content.form, created_at=now, updated_at=now)
        session.add(piece)
        session.flush()
        return piece
    found = session.get(Interpretation, interpretation_id)
    if found is None or found.office_id != office_id:
        raise Refusal("EDT-404", Words("没有这篇政策解读。", "There is no such interpretation."))
    return found


def _revise(
    session: Session, piece: Interpretation, content: Content, *, draft_hash: str, actor: Actor, now: datetime
) -> Revision:
    piece.version += 1
    piece.title, piece.form, piece.updated_at = content.title, content.form.value, now
    # Whatever was signed was another text.
    piece.standing = Standing.DRAFT
    revision = Revision(
        interpretation_id=piece.id,
        number=piece.version,
        content=content.model_dump(mode="json"),
        content_hash=content.content_hash,
        draft_hash=draft_hash,
        author_id=actor.user_id,
        created_at=now,
    )
    session.add(revision)
    session.flush()
    ids = dict.fromkeys(p.id for p in content.policies)
    if ids:
        session.execute(
            insert(revision_policies),
            [{"revision_id": revision.id, "policy_id": id_, "position": n} for n, id_ in enumerate(ids)],
        )
    link(session, revision.id, content)
    return revision


def link(session: Session, revision_id: int, content: Content) -> None:
    """Note which interpreters the revision names and which pictures it shows."""
    people = dict.fromkeys(i.id for i in content.interpreters if i.id is not None)
    rows = [{"revision_id": revision_id, "interpreter_id": id_, "position": n} for n, id_ in enumerate(people)]
    if rows:
        session.execute(insert(revision_interpreters), rows)
    if hashes := dict.fromkeys(i.sha256 for i in content.images):
        session.execute(insert(revision_images), [{"revision_id": revision_id, "sha256": h} for h in hashes])


def _referenced(session: Session, office_id: int, piece: Interpretation, content: Content) -> Content:
    """The content with the database's ids of its policies, interpreters and livestream."""
    return content.model_copy(
        update={
            "policies": tuple(_policy(session, office_id, p) for p in content.policies),
            "interpreters": tuple(_interpreter(session, office_id, i) for i in content.interpreters),
            "livestream": _livestream(session, piece.id, content.livestream),
        }
    )


def _policy(session: Session, office_id: int, ref: PolicyRef) -> PolicyRef:
    """The policy with this number, or without one this title. What the draft states about it is taken over; what the
    draft leaves open is filled from the record, so that an amended policy never reads as in force.
    """
    same = (Policy.number == ref.number) if ref.number else (Policy.number == "") & (Policy.title == ref.title)
    row = session.scalars(select(Policy).where(same).order_by(Policy.id).limit(1)).first()
    if row is None:
        row = Policy(office_id=office_id, number=ref.number, validity=ref.validity.value)
        session.add(row)
    elif row.merged_into_id is not None:
        row = session.get_one(Policy, row.merged_into_id)
    known: dict[str, Any] = {}
    for name in POLICY_FACTS:
        if name in ref.model_fields_set and (stated := getattr(ref, name)):
            setattr(row, name, stated)
        elif recorded := getattr(row, name, None):
            known[name] = Validity(recorded) if name == "validity" else recorded
    session.flush()
    return ref.model_copy(update={**known, "id": row.id})


def _interpreter(session: Session, office_id: int, ref: InterpreterRef) -> InterpreterRef:
    row = session.scalars(
        select(Interpreter)
        .where(Interpreter.name == ref.name, Interpreter.office_name == ref.office)
        .order_by(Interpreter.id)
        .limit(1)
    ).first()
    if row is None:
        row = Interpreter(office_id=office_id, name=ref.name, role=ref.role, office_name=ref.office, phone=ref.phone)
        session.add(row)
        session.flush()
    return ref.model_copy(update={"id": row.id, "role": ref.role or row.role, "phone": ref.phone or row.phone})


def _livestream(session: Session, interpretation_id: int, ref: LivestreamRef | None) -> LivestreamRef | None:
    if ref is None:
        session.execute(delete(Livestream).where(Livestream.interpretation_id == interpretation_id))
        return None
    row = session.scalars(select(Livestream).where(Livestream.interpretation_id == interpretation_id)).first()
    if row is None:
        row = Livestream(interpretation_id=interpretation_id)
        session.add(row)
    row.topic, row.starts, row.ends, row.platform = ref.topic, ref.starts, ref.ends, ref.platform
    row.room, row.host, row.guests = ref.room, ref.host, list(ref.guests)
    session.flush()
    return ref.model_copy(update={"id": row.id})
