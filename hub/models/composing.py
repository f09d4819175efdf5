"""What stands on an editor's desk before it is a revision: working copies, and who has which text open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.models.base import Base, UtcDateTime
from hub.models.people import User


class WorkingCopy(Base):
    """未保存的改动: the compose form as it stood, of one editor and one text. Never a revision; gone once saved."""

    __tablename__ = "working_copies"
    __table_args__ = (UniqueConstraint("user_id", "sheet"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # The interpretation's id, or "new".
    sheet: Mapped[str] = mapped_column(String(20))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    # The revision's number that was being changed; 0 of a new text.
    version: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Thrown away, and still there for the button that takes that back.
    discarded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Presence(Base):
    """An editor who has an interpretation open: since when, and when their page was last heard of."""

    __tablename__ = "presences"

    interpretation_id: Mapped[int] = mapped_column(ForeignKey("interpretations.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    user: Mapped[User] = relationship()
