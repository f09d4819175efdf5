"""What editors work on: policies, interpretations and their revisions, interpreters, columns, livestreams."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String, Table, UniqueConstraint
from sqlalchemy import Column as SqlColumn
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.models.base import Base, UtcDateTime
from hub.models.people import Office, Site, User

# Which policies a revision names: the table behind the two-way links.
revision_policies = Table(
    "revision_policies",
    Base.metadata,
    SqlColumn("revision_id", ForeignKey("revisions.id"), primary_key=True),
    SqlColumn("policy_id", ForeignKey("policies.id"), primary_key=True, index=True),
    SqlColumn("position", Integer, nullable=False),
)


class Column(Base):
    """栏目: a place on a site with the column-level page tags; a feed of its own."""

    __tablename__ = "columns"
    __table_args__ = (UniqueConstraint("site_id", "slug"), UniqueConstraint("site_id", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    name: Mapped[str] = mapped_column(String(60))
    slug: Mapped[str] = mapped_column(String(40))
    description: Mapped[str] = mapped_column(String(300))
    keywords: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(40))
    # When the newest piece that stands in it was published: written with the site's lists, which show the same.
    last_published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    site: Mapped[Site] = relationship()


class Policy(Base):
    """政策文件. Found again by its document number, or by its title when it has none."""

    __tablename__ = "policies"
    __table_args__ = (
        Index("ix_policies_office_published", "office_id", "published"),
        Index("ix_policies_validity", "validity"),
        # For whoever sees every office's.
        Index("ix_policies_published", "published", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    title: Mapped[str] = mapped_column(String(500), index=True)
    number: Mapped[str] = mapped_column(String(60), default="", index=True)
    issuer: Mapped[str] = mapped_column(String(120), default="")
    signed: Mapped[date | None]
    published: Mapped[date | None]
    effective: Mapped[date | None]
    validity: Mapped[str] = mapped_column(String(20), default="in_force")
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id"))
    url: Mapped[str] = mapped_column(String(1000), default="")
    # The key of a field of the disclosure catalogue, see hub.registries.catalogue; or whatever came with an import.
    subject: Mapped[str] = mapped_column(String(60), default="")
    # It was entered twice, and this is the one that stays: the row is kept for what was published with it.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id"), index=True)
    replaced_by: Mapped[Policy | None] = relationship(remote_side=[id], foreign_keys=[replaced_by_id])


class Interpreter(Base):
    """解读人: a referenced record, so that a changed phone can be found wherever it is printed."""

    __tablename__ = "interpreters"
    __table_args__ = (CheckConstraint("kind IN ('responsible', 'supplementary', 'online')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    name: Mapped[str] = mapped_column(String(60), index=True)
    role: Mapped[str] = mapped_column(String(100), default="")
    office_name: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    kind: Mapped[str] = mapped_column(String(20), default="responsible")
    # The day of their training; for the supplementary ones.
    trained: Mapped[date | None]
    # Whether they are still offered for new texts.
    active: Mapped[bool] = mapped_column(default=True)


class Interpretation(Base):
    """政策解读: the one thing an editor composes. Its text lives in revisions; this row is its identity."""

    __tablename__ = "interpretations"
    __table_args__ = (
        Index("ix_interpretations_standing", "standing", "office_id", "updated_at"),
        # What is signed, of every office.
        Index("ix_interpretations_standing_updated", "standing", "updated_at", "id"),
        # The desk's list: an office's, the one changed last first.
        Index("ix_interpretations_office_updated", "office_id", "updated_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    # Copied from the newest revision so that lists and search read one table.
    title: Mapped[str] = mapped_column(String(1000), index=True)
    form: Mapped[str] = mapped_column(String(20))
    # Counts up with every saved revision; an editor who saves over an older one is told (409).
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # The instant the public was first told (PubDate); set by the first schedule, kept by every correction.
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Where its newest revision stands (hub.domain.reviews.Standing), for lists; what counts is derived from reviews.
    standing: Mapped[str] = mapped_column(String(20), default="draft", server_default="draft")
    office: Mapped[Office] = relationship()
    revisions: Mapped[list[Revision]] = relationship(back_populates="interpretation", order_by="Revision.number")


class Revision(Base):
    """版本: an immutable snapshot. Artefacts and deliveries point at a revision, never at "the latest"."""

    __tablename__ = "revisions"
    __table_args__ = (UniqueConstraint("interpretation_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    interpretation_id: Mapped[int] = mapped_column(ForeignKey("interpretations.id"), index=True)
    number: Mapped[int]
    # channels.manuscript.Content as JSON; image bytes are kept by hash in the artefact store.
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    # The hash of the content as it came in, before ids and recorded facts: finds a file that was imported before.
    draft_hash: Mapped[str] = mapped_column(String(64), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    interpretation: Mapped[Interpretation] = relationship(back_populates="revisions")
    author: Mapped[User | None] = relationship()
    policies: Mapped[list[Policy]] = relationship(secondary=revision_policies, order_by=revision_policies.c.position)


class Livestream(Base):
    """直播: the event that an interpretation announces; its id keeps the calendar's UID stable."""

    __tablename__ = "livestreams"

    id: Mapped[int] = mapped_column(primary_key=True)
    interpretation_id: Mapped[int] = mapped_column(ForeignKey("interpretations.id"), unique=True)
    topic: Mapped[str] = mapped_column(String(300))
    starts: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ends: Mapped[datetime | None] = mapped_column(UtcDateTime)
    platform: Mapped[str] = mapped_column(String(60), default="")
    room: Mapped[str] = mapped_column(String(1000), default="")
    host: Mapped[str] = mapped_column(String(60), default="")
    guests: Mapped[list[str]] = mapped_column(JSON, default=list)
