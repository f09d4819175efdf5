"""Taking in a text file as an interpretation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from channels.manuscript import Content
from hub.editorial.composing import Saved, save
from hub.models import Interpretation, Revision
from hub.services import Services
from hub.workflow import Actor


def import_content(services: Services, *, actor: Actor, office_id: int, content: Content, now: datetime) -> Saved:
    """Save the content as a new interpretation. The very same content, imported before by this office and still its
    newest revision, is found again, so that a command repeated by mistake does not publish twice.
    """
    with services.db.reading() as session:
        known = session.scalars(
            select(Revision)
            .join(Interpretation)
            .where(
                Revision.draft_hash == content.content_hash,
                Interpretation.office_id == office_id,
                Revision.number == Interpretation.version,
            )
            .order_by(Revision.id)
        ).first()
    if known is not None:
        return Saved(known.interpretation_id, known.id, known.number)
    return save(services, actor=actor, office_id=office_id, content=content, now=now)
