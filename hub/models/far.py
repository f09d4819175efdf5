"""What is remembered of platforms: tokens, calls of a day, pictures that were uploaded, steps of sends.

`account` is the platform's own name of an account with the channel in front: two of our accounts may be one of theirs.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hub.models.base import Base, UtcDateTime


class FarToken(Base):
    """An access token, sealed, and which of the workers is fetching the next: until `fetching_until` nobody else."""

    __tablename__ = "far_tokens"

    account: Mapped[str] = mapped_column(String(120), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text, default="")
    ends: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fetching_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FarCalls(Base):
    """Calls of a group on one day of the platform, and how many it is known to allow."""

    __tablename__ = "far_calls"
    __table_args__ = (Index("ix_far_calls_day", "day"),)

    account: Mapped[str] = mapped_column(String(120), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    count: Mapped[int]
    most: Mapped[int]


class FarThing(Base):
    """What the platform gave for something that was uploaded."""

    __tablename__ = "far_things"

    account: Mapped[str] = mapped_column(String(120), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class FarSteps(Base):
    """How far a send of several steps has come, under its key. `version` counts up with every note."""

    __tablename__ = "far_steps"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
