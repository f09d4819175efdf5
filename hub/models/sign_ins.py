"""How people come in: their sign-ins, the codes for when a telephone is lost, and who they are elsewhere."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.models.base import Base, UtcDateTime
from hub.models.people import User


class SignIn(Base):
    """登录: one browser of a person, from the password to the end. The cookie carries a token, the row its hash."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_user_id_ended_at", "user_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # "password", "totp", "recovery" or "oidc".
    way: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The last time that the person did something, to the minute; what a page asks by itself does not count.
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # Shortened: enough to recognise one's own place, too little to follow a person.
    address: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(80), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # "out", "elsewhere", "password", "administrator", "deactivated", "idle" or "expired".
    ended_why: Mapped[str] = mapped_column(String(15), default="")
    user: Mapped[User] = relationship()


class RecoveryCode(Base):
    """恢复码: signs in once when the telephone with the second factor is lost."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Identity(Base):
    """Who a person is to an outside sign-in service (OpenID Connect): its address, and its own name for them."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    issuer: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
