"""意见: what people say about a passage of a version, answer, settle and take up again. It is only added to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from channels.manuscript import Content
from channels.text.cleaning import clean
from channels.words import Words
from hub.domain.anchors import Anchor, anchor, place
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.editorial.comparing import rows_of
from hub.editorial.judging import find_revision
from hub.models import Comment, Reply, Revision
from hub.permissions import may
from hub.services import Services
from hub.workflow import Actor

MOST_TEXT = 2000


@dataclass(frozen=True)
class Thread:
    """A comment with what followed it. `where` is the passage's place in the version that is looked at: the field, and
    from which character to which; None when its words are not there any more, or it is about the whole.
    """

    comment: Comment
    where: tuple[str, int, int] | None
    resolved: Reply | None


def comment(
    services: Services,
    *,
    actor: Actor,
    revision_id: int,
    text: str,
    now: datetime,
    place: str = "",
    quote: str = "",
    start: int | None = None,
) -> int:
    """Say something about a passage of the version: the `quote` in the field `place`, at `start` if it stands there
    more than once. Returns the comment's id. Raises Refusal when the actor may neither write nor review there, nothing
    is said, or the version has no such passage.
    """
    with services.db.writing() as session:
        revision = _revision(session, actor, revision_id)
        where = _anchor(revision, place, quote, start)
        row = Comment(
            interpretation_id=revision.interpretation_id,
            revision_id=revision.id,
            place=place,
            quote=where.quote,
            before=where.before,
            after=where.after,
            text=_text(text),
            at=now,
            actor=actor.name,
            user_id=actor.user_id,
        )
        session.add(row)
        session.flush()
        return row.id


def answer(services: Services, *, actor: Actor, comment_id: int, text: str, now: datetime) -> None:
    """Answer a comment. Raises Refusal as `comment` does."""
    _reply(services, actor, comment_id, "answered", text, now)


def resolve(services: Services, *, actor: Actor, comment_id: int, now: datetime, text: str = "") -> None:
    """Say that a comment is settled; a second time changes nothing. Raises Refusal as `comment` does."""
    _reply(services, actor, comment_id, "resolved", text, now)


def reopen(services: Services, *, actor: Actor, comment_id: int, now: datetime) -> None:
    """Take a settled comment up again."""
    _reply(services, actor, comment_id, "reopened", "", now)


def threads(session: Session, revision: Revision) -> list[Thread]:
    """Every comment on the text so far, also on earlier versions, found again in this one; those still open first."""
    rows = session.scalars(
        select(Comment)
        .where(Comment.interpretation_id == revision.interpretation_id, Comment.revision_id <= revision.id)
        .options(
            joinedload(Comment.user),
            joinedload(Comment.revision).load_only(Revision.number),
            selectinload(Comment.replies).joinedload(Reply.user),
        )
        .order_by(Comment.id)
    ).all()
    texts = passages(Content.model_validate(revision.content))
    made = [Thread(row, _where(texts, row), _settled(row)) for row in rows]
    return sorted(made, key=lambda t: t.resolved is not None)


def passages(content: Content) -> dict[str, str]:
    """The texts that a comment can be anchored to, by place."""
    return {p.place: p.text for rows in rows_of(content).values() for row in rows for p in row}


def _where(texts: dict[str, str], row: Comment) -> tuple[str, int, int] | None:
    wanted = Anchor(row.quote, row.before, row.after)
    for name in (row.place, *(t for t in texts if _field(t) == _field(row.place) and t != row.place)):
        found = place(texts.get(name, ""), wanted)
        if found:
            return name, *found
    return None


def _field(name: str) -> str:
    return name.partition("[")[0]


def _settled(row: Comment) -> Reply | None:
    last = [r for r in row.replies if r.kind != "answered"]
    return last[-1] if last and last[-1].kind == "resolved" else None


def _anchor(revision: Revision, name: str, quote: str, start: int | None) -> Anchor:
    if not name:
        return Anchor("")
    text = passages(Content.model_validate(revision.content)).get(name)
    # What a browser selects has its own line ends.
    quote = clean(quote).strip()
    if text is None:
        raise Refusal("REV-231", Words("这一版没有这个栏目。", "This version has no such field."))
    if not quote:
        return Anchor("")
    at = start if start is not None and text[start : start + len(quote)] == quote else text.find(quote)
    if at < 0:
        raise Refusal(
            "REV-232",
            Words(f"原文里没有“{quote[:40]}”。", f"The text has no passage “{quote[:40]}”."),
            Words("请照原文抄写一段，或留空，对整个栏目提意见。", "Copy it as it stands, or leave it empty."),
        )
    return anchor(text, at, at + len(quote))


def _reply(services: Services, actor: Actor, comment_id: int, kind: str, text: str, now: datetime) -> None:
    with services.db.writing() as session:
        row = session.get(Comment, comment_id)
        if row is None:
            raise Refusal("REV-404", Words("没有这条意见。", "There is no such comment."))
        _revision(session, actor, row.revision_id)
        text = _text(text) if kind == "answered" else clean(text).strip()[:MOST_TEXT]
        if kind != "answered" and (_settled(row) is not None) == (kind == "resolved"):
            return
        made = Reply(comment_id=row.id, kind=kind, text=text, at=now, actor=actor.name, user_id=actor.user_id)
        session.add(made)


def _revision(session: Session, actor: Actor, revision_id: int) -> Revision:
    revision = find_revision(session, revision_id)
    office_id = revision.interpretation.office_id
    if not any(may(session, actor, right, office_id) for right in (Right.REVIEW, Right.WRITE)):
        raise Refusal(
            "PER-403",
            Words("您不能对这篇稿件提意见。", "You may not comment on this text."),
            Words("写稿人和审核人可以提意见。", "Its writers and reviewers may."),
        )
    return revision


def _text(typed: str) -> str:
    text = clean(typed).strip()
    if not text:
        raise Refusal("REV-233", Words("请写下意见。", "Write what you have to say."))
    if len(text) > MOST_TEXT:
        raise Refusal("REV-234", Words(f"意见超过 {MOST_TEXT} 字。", f"It is over {MOST_TEXT} characters."))
    return text
