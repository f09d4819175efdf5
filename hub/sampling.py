"""The sample office's people at work: its editor writes, and its three reviewers sign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.domain.roles import Level, Role
from hub.editorial.reviewing import sign, submit
from hub.models import Grant, Revision, User
from hub.services import Services
from hub.workflow import Actor

People = tuple[Actor, Mapping[Level, Actor]]


def sample_people(session: Session, office_id: int) -> People:
    """The office's editor, and who signs each level."""
    rows = session.execute(
        select(User.id, Grant.role, Grant.level).join(Grant).where(Grant.office_id == office_id).order_by(User.id)
    ).all()
    editor = next(id_ for id_, role, _ in rows if role == Role.WRITER)
    reviewers = {Level(level): _actor(id_) for id_, role, level in rows if role == Role.REVIEWER and level}
    return _actor(editor), reviewers


def sign_sample(services: Services, revision_id: int, people: People, now: datetime) -> None:
    """Submit the version, and sign it at every level."""
    editor, reviewers = people
    submit(services, actor=editor, revision_id=revision_id, now=now)
    with services.db.reading() as session:
        content_hash = session.get_one(Revision, revision_id).content_hash
    for level in Level:
        sign(services, actor=reviewers[level], revision_id=revision_id, level=level, seen_hash=content_hash, now=now)


def _actor(user_id: int) -> Actor:
    return Actor(f"user:{user_id}", user_id)
