"""Places and people: areas, offices, their site, their users."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.domain.roles import Level, Role
from hub.models.base import Base, UtcDateTime


class Area(Base):
    """区域: a node of the four-level tree city, district, town, village."""

    __tablename__ = "areas"
    __table_args__ = (CheckConstraint("level IN ('city', 'district', 'town', 'village')", name="level"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), index=True)
    level: Mapped[str] = mapped_column(String(10))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"), index=True)
    parent: Mapped[Area | None] = relationship(remote_side=[id])


class Site(Base):
    """A public website, with the site-level page tags. Towns have none: their columns are places in the county's."""

    __tablename__ = "sites"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    domain: Mapped[str] = mapped_column(String(253), index=True)
    id_code: Mapped[str] = mapped_column(String(10))
    base_url: Mapped[str] = mapped_column(String(500))
    # The day its tag: URIs are minted from (RFC 4151); it never changes, or every feed reader sees all items anew.
    tag_date: Mapped[date]
    language: Mapped[str] = mapped_column(String(20), default="zh-CN")
    contact: Mapped[str] = mapped_column(String(200), default="")
    # Its records with the ministry and the police, and its entry of 我为政府网站找错; shown where there are any.
    icp: Mapped[str] = mapped_column(String(60), default="", server_default="")
    police: Mapped[str] = mapped_column(String(60), default="", server_default="")
    find_errors: Mapped[str] = mapped_column(String(500), default="", server_default="")


class Office(Base):
    """单位: belongs to an area; owns accounts, users, interpreters and columns."""

    __tablename__ = "offices"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    # The IANA name of the zone in which the office reads and writes times.
    zone: Mapped[str] = mapped_column(String(60), default="Asia/Shanghai")
    # Minutes after its time that a publication may still go out by itself; later it is held and the editor asked.
    tolerance_minutes: Mapped[int] = mapped_column(default=30)
    area: Mapped[Area] = relationship()
    # Whose sign-in asks for a code of the telephone too: roles, with a comma between them.
    second_factor_roles: Mapped[str] = mapped_column(String(80), default="", server_default="")
    site: Mapped[Site | None] = relationship()


class User(Base):
    """A person who signs in to the console."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str] = mapped_column(String(200))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(String(10), default="zh")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # An address at the office, by which an outside sign-in service may know the person.
    email: Mapped[str] = mapped_column(String(200), default="", server_default="", index=True)
    signed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Set while the password is one that an administrator gave: it must be changed, and ends then.
    one_time_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The second factor's seed, sealed; empty: none. And the time step of the last code, so that none works twice.
    totp: Mapped[str] = mapped_column(String(300), default="", server_default="")
    totp_step: Mapped[int] = mapped_column(default=0, server_default="0")
    # Counted up when an administrator lets a person try again before their wait is over.
    unlocks: Mapped[int] = mapped_column(default=0, server_default="0")
    office: Mapped[Office] = relationship()


class Grant(Base):
    """A role that a person has: for one office, or for every office of an area and of the areas below it."""

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint(f"role IN ({', '.join(repr(r.value) for r in Role)})", name="role"),
        CheckConstraint(f"level IN ('', {', '.join(repr(v.value) for v in Level)})", name="level"),
        CheckConstraint("level = '' OR role = 'reviewer'", name="only_reviewers_have_levels"),
        CheckConstraint("(office_id IS NULL) <> (area_id IS NULL)", name="one_place"),
        Index("ix_grants_user_id_role", "user_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    role: Mapped[Role] = mapped_column(String(20))
    # Which of the three reviews a reviewer may sign; empty: any.
    level: Mapped[str] = mapped_column(String(10), default="")
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"), index=True)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"), index=True)
    user: Mapped[User] = relationship()
    office: Mapped[Office | None] = relationship()
    area: Mapped[Area | None] = relationship()
