"""The small tables that clock, workers and site keep."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.models.appending import append_only
from hub.models.base import Base, UtcDateTime


class Lane(Base):
    """How a channel has behaved lately: one that hung gets one worker at a time, and only what is left of their time,
    until `slow_until`.
    """

    __tablename__ = "lanes"

    channel: Mapped[str] = mapped_column(String(30), primary_key=True)
    slow_until: Mapped[datetime] = mapped_column(UtcDateTime)
    # Times in a row that it took longer than its limit.
    strikes: Mapped[int] = mapped_column(default=0)


class Projection(Base):
    """How far a site's lists and feeds follow its published deliveries: behind while `built` < `wanted`, both numbers
    of its changes.
    """

    __tablename__ = "projections"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    wanted: Mapped[int] = mapped_column(default=0)
    built: Mapped[int] = mapped_column(default=0)


class SiteChange(Base):
    """One thing that changed on a site: a piece (by its interpretation), a policy, or, with neither, what the site says
    of itself. `number` counts up within the site (`Projection.wanted`); rows are only ever added.
    """

    __tablename__ = "site_changes"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    interpretation_id: Mapped[int | None]
    policy_id: Mapped[int | None]


append_only(SiteChange.__table__)


class Heartbeat(Base):
    """The last sign of life of a process of the tree ("clock", "worker:<pid>", "web")."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
