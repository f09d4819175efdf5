"""What people decide over deliveries: to hold them, to correct what is out, to take it back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.models.base import Base, UtcDateTime
from hub.models.people import Office


class Hold(Base):
    """暂停发布: a stretch of time in which nothing of an office, or of all, goes out."""

    __tablename__ = "holds"
    __table_args__ = (
        CheckConstraint("kind IN ('switch', 'window', 'nightly')", name="kind"),
        CheckConstraint("kind <> 'window' OR ends_at > starts_at", name="window_has_an_end"),
        CheckConstraint("kind <> 'nightly' OR (daily_from <> '' AND daily_to <> '')", name="nightly_has_times"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # None: every office.
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    # "switch": until it is lifted. "window": between two instants. "nightly": each day between two local times.
    kind: Mapped[str] = mapped_column(String(10))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # "22:00" and "07:00" in the office's zone; only for "nightly".
    daily_from: Mapped[str] = mapped_column(String(5), default="")
    daily_to: Mapped[str] = mapped_column(String(5), default="")
    # Whether what it held goes out by itself when it is over, or the editor is asked.
    resumes: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(80))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by: Mapped[str] = mapped_column(String(80), default="")
    office: Mapped[Office | None] = relationship()


class Correction(Base):
    """更正: a published interpretation put right, with the reason that the public reads."""

    __tablename__ = "corrections"
    __table_args__ = (UniqueConstraint("interpretation_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    interpretation_id: Mapped[int] = mapped_column(ForeignKey("interpretations.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    # The first correction of an interpretation is 1.
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Withdrawal(Base):
    """撤回: an interpretation taken back from every channel, with the reason that the public reads."""

    __tablename__ = "withdrawals"

    id: Mapped[int] = mapped_column(primary_key=True)
    interpretation_id: Mapped[int] = mapped_column(ForeignKey("interpretations.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
