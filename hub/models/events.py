"""What people change in the administration of an installation: one row a change, append-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, JSON, ForeignKey, Index, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.models.base import Base, UtcDateTime
from hub.models.people import User


class Event(Base):
    """One change: who, when, what kind, of which row, from what to what, why. Written by `hub.trail` alone.

    `before` and `after` hold only what differs, and never a secret: a replaced password or key is an event whose values
    say no more than that.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_subject_subject_id", "subject", "subject_id"),
        Index("ix_events_office_id_at", "office_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # "user:3", "cli:<login>", "clock".
    actor: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    # What happened, "<noun>.<verb>": "account.closed", "grant.given".
    kind: Mapped[str] = mapped_column(String(40), index=True)
    # The table and the row that it happened to.
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    # Whose matter it is; None: the whole installation's.
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str] = mapped_column(Text, default="")
    user: Mapped[User | None] = relationship()


# As with moves: nobody changes what was, also not by hand.
_FORBID = {
    "sqlite": tuple(
        f"CREATE TRIGGER events_no_{verb.lower()} BEFORE {verb} ON events "
        "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$",
        "CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE ON events "
        "FOR EACH ROW EXECUTE FUNCTION events_append_only()",
    ),
}
_ddl: Any = DDL  # its signature is not typed
for _dialect, _statements in _FORBID.items():
    for _statement in _statements:
        event.listen(Event.__table__, "after_create", _ddl(_statement).execute_if(dialect=_dialect))
