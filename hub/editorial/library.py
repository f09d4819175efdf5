"""The pictures of an office (素材库) as verbs: taking one in, saying what it shows, putting an unused one away.

Every picture of a saved version is in the library by itself (`remember`), to be found and used again, and so that
everybody sees where it stands.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, select
from sqlalchemy.orm import Session

from channels.manuscript import Content, Image
from channels.text.cleaning import clean
from channels.text.reading import images_in
from channels.words import Words
from hub.db import upsert
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.models import Interpretation, Media, Revision, revision_images
from hub.permissions import require
from hub.services import Services
from hub.trail import note
from hub.workflow import Actor

# Characters that the database keeps of each.
LIMITS = {"alt": 500, "credit": 200, "tags": 200}
_FACTS = ("alt", "credit", "tags")
_FIELDS = {
    "alt": Words("替代文字", "the alternative text"),
    "credit": Words("署名来源", "the credit"),
    "tags": Words("标签", "the tags"),
}


def add_picture(
    services: Services, *, actor: Actor, office_id: int, image: Image, facts: dict[str, str], now: datetime
) -> int:
    """Take a picture in (its bytes are in the artefact store already); returns its id. One that the office has already
    is that one, with what is said of it now. Raises Refusal without an alternative text and for too long a text.
    """
    with services.db.writing() as session:
        require(session, actor, Right.WRITE, office_id)
        values = _tidy(facts)
        row = session.scalars(_own(office_id, image.sha256)).first()
        if row is not None:
            _change(session, row, values, actor, now)
            return row.id
        row = Media(**_columns(office_id, image, actor, now), **values)
        session.add(row)
        session.flush()
        note(session, actor=actor, kind="picture.added", subject=row, now=now, after={"name": row.name, **values})
        return row.id


def describe_picture(
    services: Services, *, actor: Actor, picture_id: int, facts: dict[str, str], now: datetime
) -> None:
    """Say something else of a picture. Versions keep the text they gave it: what was signed does not change. Raises
    Refusal for a picture that is not there and as `add_picture`.
    """
    with services.db.writing() as session:
        row = _found(session, actor, picture_id)
        _change(session, row, _tidy(facts), actor, now)


def remove_picture(services: Services, *, actor: Actor, picture_id: int, now: datetime) -> None:
    """Put away a picture that no version uses. Raises Refusal for any other."""
    with services.db.writing() as session:
        row = _found(session, actor, picture_id)
        if session.scalar(select(exists().where(*_uses(row)))):
            raise Refusal(
                "MED-105",
                Words("稿件正在使用这张图片，不能移出素材库。", "Versions use this picture; it stays in the library."),
                Words("用到它的稿件列在图片页上。", "Where it is used stands on its page."),
            )
        before = {name: getattr(row, name) for name in ("name", *_FACTS)}
        note(session, actor=actor, kind="picture.removed", subject=row, now=now, before=before)
        session.execute(delete(Media).where(Media.id == row.id))


def remember(session: Session, *, office_id: int, content: Content, actor: Actor, now: datetime) -> None:
    """Add the pictures of a new version that the library doesn't have."""
    images = {i.sha256: i for i in content.images if i.width and i.height}
    if not images:
        return
    alts: dict[str, str] = {}
    for name, alt, _line in images_in(content.body):
        alts.setdefault(name, " ".join(alt.split())[: LIMITS["alt"]])
    for image in images.values():
        row = {**_columns(office_id, image, actor, now), "alt": alts.get(image.name, ""), "credit": "", "tags": ""}
        fresh = upsert(session, Media).values(**row)
        session.execute(fresh.on_conflict_do_nothing(index_elements=["office_id", "sha256"]))


def _columns(office_id: int, image: Image, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "office_id": office_id,
        "sha256": image.sha256,
        "name": image.name.replace("\\", "/").rsplit("/", 1)[-1][:100],
        "media_type": image.media_type,
        "width": image.width,
        "height": image.height,
        "size": len(image.data),
        "at": now,
        "user_id": actor.user_id,
    }


def _own(office_id: int, sha256: str) -> Select[Media]:
    return select(Media).where(Media.office_id == office_id, Media.sha256 == sha256)


def _uses(row: Media) -> tuple[ColumnElement[bool], ...]:
    """The conditions on `revision_images` for the versions of the office that show the picture."""
    ours = select(Revision.id).join(Interpretation).where(Interpretation.office_id == row.office_id)
    return revision_images.c.sha256 == row.sha256, revision_images.c.revision_id.in_(ours)


def _found(session: Session, actor: Actor, picture_id: int) -> Media:
    row = session.get(Media, picture_id)
    if row is None:
        raise Refusal("MED-404", Words("素材库里没有这张图片。", "The library has no such picture."))
    require(session, actor, Right.WRITE, row.office_id)
    return row


def _change(session: Session, row: Media, values: dict[str, str], actor: Actor, now: datetime) -> None:
    before = {name: getattr(row, name) for name in _FACTS}
    if before == values:
        return
    for name in _FACTS:
        setattr(row, name, values[name])
    note(session, actor=actor, kind="picture.described", subject=row, now=now, before=before, after=values)


def _tidy(facts: dict[str, str]) -> dict[str, str]:
    values = {name: " ".join(clean(facts.get(name, "")).split()) for name in _FACTS}
    if not values["alt"]:
        raise Refusal(
            "MED-101",
            Words("请写替代文字：看不到图片的人靠它了解内容。", "Write the alternative text for who can't see it."),
            Words("一两句话说清图里有什么，不写“图片”二字。", "One or two sentences on what it shows."),
        )
    for name, most in LIMITS.items():
        if len(values[name]) > most:
            words = _FIELDS[name]
            raise Refusal("MED-102", Words(f"{words.zh}超过{most}字。", f"Over {most} characters: {words.en}."))
    return values
