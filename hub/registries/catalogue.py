"""An office's own names for the fields of the grassroots disclosure catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain.catalogue import catalogue
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.models import Office, SubjectName
from hub.permissions import require
from hub.services import Services
from hub.site import want_everywhere
from hub.trail import note
from hub.workflow import Actor

__all__ = ["catalogue", "rename_subjects", "subjects"]

MOST_CHARACTERS = 60


def subjects(session: Session, office_id: int) -> dict[str, str]:
    """The fields as the office calls them, key to name, in the rule's order."""
    rows = session.execute(select(SubjectName.key, SubjectName.name).where(SubjectName.office_id == office_id))
    return {**catalogue().fields, **{key: name for key, name in rows.all() if key in catalogue().fields}}


def rename_subjects(
    services: Services, *, actor: Actor, office_id: int, names: Mapping[str, str], now: datetime
) -> None:
    """Call fields otherwise; an empty name, or the rule's own, takes the rule's again. Raises Refusal (POL-130) when a
    name is too long or two fields would be called the same.
    """
    own = {k: v for k in catalogue().fields if (v := " ".join(names.get(k, "").split()))}
    wanted = {**catalogue().fields, **own}
    with services.db.writing() as session:
        require(session, actor, Right.MANAGE, office_id)
        if any(len(name) > MOST_CHARACTERS for name in own.values()) or len(set(wanted.values())) < len(wanted):
            raise Refusal("POL-130", _NAMES)
        before = subjects(session, office_id)
        session.execute(delete(SubjectName).where(SubjectName.office_id == office_id))
        changed = {k: v for k, v in own.items() if v != catalogue().fields[k]}
        session.add_all(SubjectName(office_id=office_id, key=k, name=v) for k, v in changed.items())
        office = session.get_one(Office, office_id)
        note(session, actor=actor, kind="subjects.renamed", subject=office, now=now, before=before, after=wanted)
        want_everywhere(session)


_NAMES = Words("两个领域不能同名，每个名称不超过 60 字。", "No two fields have one name; a name has 60 characters.")
