"""What goes out: accounts, deliveries, their moves and the chain that seals these."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import DDL, JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.domain.states import OPEN, State
from hub.models.base import Base, UtcDateTime
from hub.models.decisions import Correction, Hold, Withdrawal
from hub.models.editorial import Interpretation, Revision
from hub.models.people import Area, Office, User


def _one_of(column: str, states: frozenset[State] | list[State]) -> str:
    return f"{column} IN ({', '.join(repr(s.value) for s in sorted(states))})"


class Account(Base):
    """账号: one row of the matrix: a channel, its settings, the area and office that own it, and who answers for it."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("office_id", "channel", "name"),
        Index("ix_accounts_silent", "office_id", "active", "last_published_at"),
        # One account per platform and unit, unless a reason is given for one more (`beside`).
        Index(
            "uq_accounts_one_per_platform",
            "office_id",
            "channel",
            unique=True,
            sqlite_where=text("active AND beside = ''"),
            postgresql_where=text("active AND beside = ''"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    channel: Mapped[str] = mapped_column(String(30), index=True)
    name: Mapped[str] = mapped_column(String(100))
    # What differs from the channel's defaults. A secret is {"sealed", "at"}: see `hub.account_settings`.
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # Switched off, never deleted: what it published names it.
    active: Mapped[bool] = mapped_column(default=True)
    # A projection of its deliveries, written with each move to published; `hub.publishing.freshness` makes it anew.
    last_published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Counts up with every change; an administrator who saves over another's is told (409).
    version: Mapped[int] = mapped_column(default=1)
    # Why the unit has this account beside another of the channel; empty: it has no other.
    beside: Mapped[str] = mapped_column(String(200), default="")
    # 备案号 with the platform or the supervising department.
    filing: Mapped[str] = mapped_column(String(60), default="")
    # Who answers for it: a user, or a name and the unit's telephone.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    owner_name: Mapped[str] = mapped_column(String(60), default="")
    owner_phone: Mapped[str] = mapped_column(String(40), default="")
    opened: Mapped[date | None]
    closed: Mapped[date | None]
    closed_reason: Mapped[str] = mapped_column(String(200), default="")
    # The last test of its settings: when, what was found (findings as plain data), and whether it can be posted to.
    tested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tested: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    sound: Mapped[bool | None]
    office: Mapped[Office] = relationship()
    area: Mapped[Area] = relationship()
    owner: Mapped[User | None] = relationship()


def _where_there(column: str) -> Index:
    """An index of the few deliveries that have it: with all the others in it, SQLite would take it for a poor one."""
    there = text(f"{column} IS NOT NULL")
    return Index(f"ix_deliveries_{column}", column, sqlite_where=there, postgresql_where=there)


class Delivery(Base):
    """发布任务: one revision's artefact to one account at one time. `state` is written by `hub.workflow.move` alone."""

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint(_one_of("state", list(State)), name="state"),
        # Published needs proof: a platform's id, or a read-back, or the person who posted.
        CheckConstraint(
            "state NOT IN ('published', 'withdrawing', 'withdrawn') OR platform_id <> '' OR proof <> ''",
            name="published_needs_proof",
        ),
        CheckConstraint("state <> 'working' OR (token IS NOT NULL AND lease_until IS NOT NULL)", name="working_leased"),
        # A second press of "publish" can't make a second delivery.
        Index(
            "uq_deliveries_one_open",
            "interpretation_id",
            "account_id",
            unique=True,
            sqlite_where=text(_one_of("state", OPEN)),
            postgresql_where=text(_one_of("state", OPEN)),
        ),
        # One account is never worked on twice at once: neither a send nor a look-up, by whatever database or worker.
        Index(
            "uq_deliveries_one_claimed",
            "account_id",
            unique=True,
            sqlite_where=text("token IS NOT NULL"),
            postgresql_where=text("token IS NOT NULL"),
        ),
        Index("ix_deliveries_state_due", "state", "due_at"),
        Index("ix_deliveries_account_state", "account_id", "state", "due_at"),
        Index("ix_deliveries_account_due", "account_id", "due_at"),
        Index("ix_deliveries_due", "due_at", "interpretation_id"),
        # What of an interpretation stands at an account last: asked for each of a city's 16,500.
        Index("ix_deliveries_piece_account", "interpretation_id", "account_id", "id"),
        # How the channels of an interpretation stand is counted from this alone, also for 16,500 accounts.
        Index("ix_deliveries_piece_states", "interpretation_id", "channel", "state", "account_id", "due_at"),
        *(_where_there(column) for column in ("hold_id", "refresh_id", "withdrawal_id")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    interpretation_id: Mapped[int] = mapped_column(ForeignKey("interpretations.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    channel: Mapped[str] = mapped_column(String(30))
    state: Mapped[State] = mapped_column(String(20), default=State.DRAFT)
    # Counts up with every move; a move names the version it saw.
    version: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Not before this instant (a retry's backoff); None when it is ready.
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Minutes late that it may still go out by itself.
    tolerance_minutes: Mapped[int] = mapped_column(default=30)
    attempt: Mapped[int] = mapped_column(default=0)
    # The claim: who works on it, and until when nobody else may.
    token: Mapped[str | None] = mapped_column(String(36))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The stretch of quiet that held it back.
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("holds.id"))
    # The correction it brings, and the delivery whose post it takes the place of.
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("corrections.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"))
    # The changed fact of a record that it brings: silently, with the same text.
    refresh_id: Mapped[int | None] = mapped_column(ForeignKey("refreshes.id"))
    # The withdrawal that takes it down, also while it is still on its way.
    withdrawal_id: Mapped[int | None] = mapped_column(ForeignKey("withdrawals.id"))
    # A person has to do something by this instant: post it, take it down, look whether it is there.
    hand_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Milliseconds that the last render took.
    render_ms: Mapped[int | None]
    # When a hint for it was last given to the queue.
    hinted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Written and committed before the side effect: from here on a lost worker means "unknown", not "again".
    intent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The same instant by the machine's steady clock, which nobody can set; None where machines share a database.
    intent_steady: Mapped[float | None]
    # Handed to the channel with every send and look-up of this delivery.
    key: Mapped[str] = mapped_column(String(60), unique=True)
    artefact: Mapped[str | None] = mapped_column(String(64))
    # channels.items.Item as JSON, for channels that are places on the site; the projection reads this.
    item: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    platform_id: Mapped[str] = mapped_column(String(200), default="")
    url: Mapped[str] = mapped_column(String(1000), default="")
    proof: Mapped[str] = mapped_column(Text, default="")
    # What the editor reads when it isn't well: {"code", "zh", "en", "turn", "press"}, see hub.domain.troubles.
    trouble: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    interpretation: Mapped[Interpretation] = relationship()
    revision: Mapped[Revision] = relationship()
    account: Mapped[Account] = relationship()
    hold: Mapped[Hold | None] = relationship()
    correction: Mapped[Correction | None] = relationship()
    withdrawal: Mapped[Withdrawal | None] = relationship()
    replaces: Mapped[Delivery | None] = relationship(remote_side=[id])
    moves: Mapped[list[Move]] = relationship(back_populates="delivery", order_by="Move.id")


class Move(Base):
    """One change of a delivery's state: who, when, from, to, why. Append-only: the audit trail and the outbox."""

    __tablename__ = "moves"
    __table_args__ = (Index("ix_moves_at", "at"), Index("ix_moves_user_id", "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str | None] = mapped_column(String(20))
    target: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    attempt: Mapped[int]
    # "user:3", "clock", "worker:<token>", "cli:<login>".
    actor: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    revision_hash: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text, default="")
    # What the channel or the program said of it: {"code", "zh", "en"}; so every attempt keeps its own outcome.
    said: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    delivery: Mapped[Delivery] = relationship(back_populates="moves")
    user: Mapped[User | None] = relationship()


class Watch(Base):
    """When it is looked next whether a published delivery still stands at its platform; no row: nobody looks."""

    __tablename__ = "watches"

    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"), primary_key=True)
    stage: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


# The trail is append-only for everybody, also for whoever opens the database by hand.
_FORBID = {
    "sqlite": tuple(
        f"CREATE TRIGGER moves_no_{verb.lower()} BEFORE {verb} ON moves "
        "BEGIN SELECT RAISE(ABORT, 'moves are append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION moves_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'moves are append-only'; END $$",
        "CREATE TRIGGER moves_no_change BEFORE UPDATE OR DELETE ON moves "
        "FOR EACH ROW EXECUTE FUNCTION moves_append_only()",
    ),
}
_ddl: Any = DDL  # its signature is not typed
for _dialect, _statements in _FORBID.items():
    for _statement in _statements:
        event.listen(Move.__table__, "after_create", _ddl(_statement).execute_if(dialect=_dialect))


class Seal(Base):
    """One link of the chain beside the trail: the hash of a move, or of a row of another table whose rows are only ever
    added, and of the link before it. See `hub.audit`.
    """

    __tablename__ = "seals"
    __table_args__ = (
        CheckConstraint(
            "(subject = 'moves') = (move_id IS NOT NULL) AND (subject = 'moves') = (subject_id IS NULL)", name="one_row"
        ),
        UniqueConstraint("subject", "subject_id"),
    )

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    move_id: Mapped[int | None] = mapped_column(ForeignKey("moves.id"), unique=True)
    # The table, and its row where it is another than the moves.
    subject: Mapped[str] = mapped_column(String(20), default="moves")
    subject_id: Mapped[int | None]
    hash: Mapped[str] = mapped_column(String(64))
