"""How often short addresses were used."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from hub.models.base import Base


class Visit(Base):
    """来访: how many came by a code on a day, through one channel ("" when the address named none). Nothing else is
    known of them. There is no reference to the thing: the code is its name.
    """

    __tablename__ = "visits"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(30), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
