"""三审: what was done to a version on its way to be signed off, what was said about it, and what an office asks for.
All of it append-only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.domain.reviews import MOST_LEVELS, Kind
from hub.domain.roles import Level
from hub.models.appending import append_only
from hub.models.base import Base, UtcDateTime
from hub.models.editorial import Interpretation, Revision
from hub.models.people import Office, User

_SIGNED = "kind = 'signed'"
_ENDED = "kind IN ('returned', 'withdrawn')"


class Review(Base):
    """审核: a version submitted, signed, returned or taken back. A signature is on the content hash."""

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(k.value) for k in Kind)})", name="kind"),
        CheckConstraint(f"level IN ('', {', '.join(repr(v.value) for v in Level)})", name="level"),
        CheckConstraint("(kind IN ('signed', 'returned')) = (level <> '')", name="level_of_a_verdict"),
        CheckConstraint(
            f"(kind = 'submitted' AND levels BETWEEN 1 AND {MOST_LEVELS}) OR (kind <> 'submitted' AND levels = 0)",
            name="levels_of_a_submission",
        ),
        CheckConstraint("reason <> '' OR (kind <> 'returned' AND NOT alone)", name="reason_given"),
        # Two reviewers at the same moment: one of them signs, returns, or is told.
        Index(
            "uq_reviews_one_signature",
            *("revision_id", "round", "level"),
            unique=True,
            sqlite_where=text(_SIGNED),
            postgresql_where=text(_SIGNED),
        ),
        Index(
            "uq_reviews_one_end",
            *("revision_id", "round"),
            unique=True,
            sqlite_where=text(_ENDED),
            postgresql_where=text(_ENDED),
        ),
        Index(
            "uq_reviews_one_submission",
            *("revision_id", "round"),
            unique=True,
            sqlite_where=text("kind = 'submitted'"),
            postgresql_where=text("kind = 'submitted'"),
        ),
        Index("ix_reviews_interpretation", "interpretation_id", "id"),
        Index("ix_reviews_user_kind", "user_id", "kind", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    interpretation_id: Mapped[int] = mapped_column(ForeignKey("interpretations.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    kind: Mapped[Kind] = mapped_column(String(10))
    # The how-manieth submission of this version it belongs to, from 1.
    round: Mapped[int]
    # Of a signature or a return: the level it was given at.
    level: Mapped[str] = mapped_column(String(10), default="")
    # Of a submission: how many reviews the office asked for.
    levels: Mapped[int] = mapped_column(default=0)
    # One person signed what usually takes another; the reason says why.
    alone: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    # Of a submission: {"accounts": [ids], "at": ISO 8601 or null}, where and when it is meant to go out.
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # The artefacts that lay before whoever submitted or signed: [{"channel", "accounts", "sha256"}].
    artefacts: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    # Of a submission: what the channels' checks noticed, [{"channel", "code", "severity", "place", "sentence"}].
    findings: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    interpretation: Mapped[Interpretation] = relationship()
    revision: Mapped[Revision] = relationship()
    user: Mapped[User | None] = relationship()


class Comment(Base):
    """意见: what a person says about a passage of a version; empty `place`: about the whole."""

    __tablename__ = "comments"
    __table_args__ = (CheckConstraint("text <> ''", name="says_something"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    interpretation_id: Mapped[int] = mapped_column(ForeignKey("interpretations.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    # A path into the content, as findings use it ("body", "key_points[2].text").
    place: Mapped[str] = mapped_column(String(80), default="")
    # The passage, and the characters before and after it, by which it is found again in a later version.
    quote: Mapped[str] = mapped_column(Text, default="")
    before: Mapped[str] = mapped_column(String(60), default="")
    after: Mapped[str] = mapped_column(String(60), default="")
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    revision: Mapped[Revision] = relationship()
    user: Mapped[User | None] = relationship()
    replies: Mapped[list[Reply]] = relationship(back_populates="comment", order_by="Reply.id")


class Reply(Base):
    """What followed a comment: an answer, that it was settled, that it was taken up again."""

    __tablename__ = "replies"
    __table_args__ = (
        CheckConstraint("kind IN ('answered', 'resolved', 'reopened')", name="kind"),
        CheckConstraint("kind <> 'answered' OR text <> ''", name="an_answer_says_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    comment: Mapped[Comment] = relationship(back_populates="replies")
    user: Mapped[User | None] = relationship()


class ReviewRule(Base):
    """审核规则: what an office asks for the newest row counts. Without one: three levels by three people."""

    __tablename__ = "review_rules"
    __table_args__ = (
        CheckConstraint(f"levels BETWEEN 1 AND {MOST_LEVELS}", name="levels"),
        CheckConstraint("reason <> ''", name="reason_given"),
        UniqueConstraint("office_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    # The office's first rule is 1.
    number: Mapped[int]
    levels: Mapped[int]
    # Whether one person may sign several levels or their own text, with a reason each time.
    one_person: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    office: Mapped[Office] = relationship()
    user: Mapped[User | None] = relationship()


for _kept in (Review, Comment, Reply, ReviewRule):
    append_only(_kept.__table__)
