"""What an office keeps beside its texts: its own names, pictures, templates and words; and what a changed fact of a
record set going.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint
from sqlalchemy import Column as SqlColumn
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.models.base import Base, UtcDateTime
from hub.models.editorial import Interpreter
from hub.models.people import Office, User

# Which interpreters a revision names, and which pictures it shows: so that a changed phone finds its pages.
revision_interpreters = Table(
    "revision_interpreters",
    Base.metadata,
    SqlColumn("revision_id", ForeignKey("revisions.id"), primary_key=True),
    SqlColumn("interpreter_id", ForeignKey("interpreters.id"), primary_key=True, index=True),
    SqlColumn("position", Integer, nullable=False),
)
revision_images = Table(
    "revision_images",
    Base.metadata,
    SqlColumn("revision_id", ForeignKey("revisions.id"), primary_key=True),
    SqlColumn("sha256", String(64), primary_key=True, index=True),
)


class SubjectName(Base):
    """What an office calls a field of the disclosure catalogue; without a row it has the rule's own name."""

    __tablename__ = "subject_names"
    __table_args__ = (UniqueConstraint("office_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(60))


class FormerPhone(Base):
    """A number that an interpreter had: a text that still carries it is printed with the present one."""

    __tablename__ = "former_phones"

    id: Mapped[int] = mapped_column(primary_key=True)
    interpreter_id: Mapped[int] = mapped_column(ForeignKey("interpreters.id"), index=True)
    phone: Mapped[str] = mapped_column(String(40))
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    interpreter: Mapped[Interpreter] = relationship()


class Refresh(Base):
    """A fact of a record that changed after it was published (a phone, a policy's validity): the deliveries that carry
    it out name this row. The public is told nothing: it is no correction of what somebody wrote.
    """

    __tablename__ = "refreshes"
    __table_args__ = (
        CheckConstraint("kind IN ('phone', 'policy')", name="kind"),
        Index("ix_refreshes_subject_subject_id", "subject", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    # The table and the row whose fact changed.
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    before: Mapped[str] = mapped_column(String(120))
    after: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Media(Base):
    """A picture of the media library (素材库). The bytes are in the artefact store under their hash."""

    __tablename__ = "media"
    __table_args__ = (UniqueConstraint("office_id", "sha256"), Index("ix_media_office_id_at", "office_id", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(100))
    alt: Mapped[str] = mapped_column(String(500))
    media_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    # Bytes of the file.
    size: Mapped[int]
    # Who made it, or where it is from.
    credit: Mapped[str] = mapped_column(String(200), default="")
    # Words to find it by, separated by spaces.
    tags: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User | None] = relationship()


class TextTemplate(Base):
    """An office's template for interpretations: what a new text begins with."""

    __tablename__ = "text_templates"
    __table_args__ = (UniqueConstraint("office_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    name: Mapped[str] = mapped_column(String(60))
    purpose: Mapped[str] = mapped_column(String(200), default="")
    # channels.manuscript.Content as JSON.
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OfficeWord(Base):
    """A word that an office doesn't want to read in its texts."""

    __tablename__ = "office_words"
    __table_args__ = (
        UniqueConstraint("office_id", "wrong"),
        CheckConstraint("kind IN ('wrong', 'sensitive')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    kind: Mapped[str] = mapped_column(String(10))
    wrong: Mapped[str] = mapped_column(String(60))
    suggested: Mapped[str] = mapped_column(String(60), default="")
    why: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(200), default="")


class Leader(Base):
    """A leader's name with the title that it is written with; these names are kept nowhere else."""

    __tablename__ = "leaders"
    __table_args__ = (UniqueConstraint("office_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    name: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    since: Mapped[date | None]
    office: Mapped[Office] = relationship()
