"""When an office publishes: the slots that come back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.models.base import Base, UtcDateTime


class Slot(Base):
    """固定档期: an hour that comes back, on weekdays or on a day of the month, in the office's zone."""

    __tablename__ = "slots"
    __table_args__ = (
        CheckConstraint("(weekdays = 0) = (monthday IS NOT NULL)", name="weekly_or_monthly"),
        CheckConstraint("weekdays BETWEEN 0 AND 127", name="weekdays"),
        CheckConstraint("monthday BETWEEN 1 AND 31", name="monthday"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    # A bit for each day of the week, Monday's is 1; 0 for a monthly one.
    weekdays: Mapped[int] = mapped_column(default=0)
    monthday: Mapped[int | None]
    # "09:30" in the office's zone.
    clock: Mapped[str] = mapped_column(String(5))
    # What it is meant for: channels' keys; none: for all of the office's accounts.
    channels: Mapped[list[str]] = mapped_column(JSON, default=list)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(80))
