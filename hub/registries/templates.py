"""模板: what an office's texts begin with: headings, key points and questions to fill in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.manuscript import Content, Form, KeyPoint, Question
from channels.text.cleaning import clean
from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.models import TextTemplate
from hub.permissions import require
from hub.registries.forms import WrongFieldsError, mistake, one_line
from hub.services import Services
from hub.trail import note
from hub.workflow import Actor

MOST_BODY = 60_000
MOST_ROWS = 100


@dataclass(frozen=True)
class Outline:
    """A template as its form has it: one key point a line, one question a line."""

    name: str = ""
    purpose: str = ""
    title: str = ""
    form: str = Form.TEXT.value
    body: str = ""
    key_points: str = ""
    questions: str = ""


def outline_of(row: TextTemplate) -> Outline:
    """The form of a stored template."""
    content = Content.model_validate(row.content)
    return Outline(
        name=row.name,
        purpose=row.purpose,
        title=content.title,
        form=content.form.value,
        body=content.body,
        key_points="\n".join(p.heading for p in content.key_points),
        questions="\n".join(q.q for q in content.questions),
    )


def content_of(outline: Outline) -> Content:
    """What a text begins with."""
    points = [line for text in outline.key_points.splitlines() if (line := one_line(text))]
    questions = [line for text in outline.questions.splitlines() if (line := one_line(text))]
    body = clean(outline.body).strip()
    return Content(
        title=one_line(outline.title),
        form=Form(outline.form) if outline.form in list(Form) else Form.TEXT,
        body=f"{body}\n" if body else "",
        key_points=tuple(KeyPoint(heading=line) for line in points[:MOST_ROWS]),
        questions=tuple(Question(q=line) for line in questions[:MOST_ROWS]),
    )


def keep(
    services: Services, *, actor: Actor, office_id: int, outline: Outline, template_id: int | None, now: datetime
) -> int:
    """Keep a new template, or change the one with this id; returns its id. Raises WrongFieldsError (COL-111 to 113),
    Refusal (COL-404).
    """
    name, purpose, content = one_line(outline.name), one_line(outline.purpose), content_of(outline)
    with services.db.writing() as session:
        require(session, actor, Right.MANAGE, office_id)
        _require_right(session, office_id, name, purpose, content, template_id)
        row = TextTemplate(office_id=office_id) if template_id is None else find(session, office_id, template_id)
        before = {"name": row.name, "purpose": row.purpose} if template_id is not None else None
        row.name, row.purpose, row.updated_at = name, purpose, now
        row.content = content.model_dump(mode="json")
        session.add(row)
        session.flush()
        kind = "template.added" if before is None else "template.changed"
        after = {"name": name, "purpose": purpose}
        note(session, actor=actor, kind=kind, subject=row, now=now, before=before, after=after)
        return row.id


def _require_right(
    session: Session, office_id: int, name: str, purpose: str, content: Content, template_id: int | None
) -> None:
    wrong = []
    if not name or len(name) > 60:
        wrong.append(mistake("COL-111", "name", "请给模板起个名字，60 字以内。", "Name it, in 60 characters at most."))
    if len(purpose) > 200 or len(content.body) > MOST_BODY:
        wrong.append(mistake("COL-112", "body", "写得太长。", "It is too long."))
    if not (content.body or content.key_points or content.questions):
        words = ("模板是空的：写小标题、要点或问题之一。", "It is empty: write headings, key points or questions.")
        wrong.append(mistake("COL-113", "body", *words))
    same = (TextTemplate.office_id == office_id, TextTemplate.name == name)
    if any(id_ != template_id for id_ in session.scalars(select(TextTemplate.id).where(*same))):
        wrong.append(mistake("COL-110", "name", f"已有模板“{name}”。", f"There is a template “{name}” already."))
    if wrong:
        raise WrongFieldsError(wrong)


def remove(services: Services, *, actor: Actor, office_id: int, template_id: int, now: datetime) -> str:
    """Take a template away; texts begun from it stay. Returns its name. Raises Refusal (COL-404)."""
    with services.db.writing() as session:
        require(session, actor, Right.MANAGE, office_id)
        row = find(session, office_id, template_id)
        note(session, actor=actor, kind="template.removed", subject=row, now=now, before={"name": row.name})
        session.delete(row)
        return row.name


def find(session: Session, office_id: int, template_id: int) -> TextTemplate:
    """The office's template. Raises Refusal (COL-404)."""
    row = session.get(TextTemplate, template_id)
    if row is None or row.office_id != office_id:
        raise Refusal("COL-404", Words("没有这个模板。", "There is no such template."))
    return row
