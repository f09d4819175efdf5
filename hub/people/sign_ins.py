"""Sign-ins (登录): a row a browser, so that a person sees where they are signed in and can end it anywhere."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from hub.models import SignIn, User
from hub.services import Services

# How exact "last seen" is: one write a minute and person, not one a click.
GRAIN = timedelta(minutes=1)
# Ended sign-ins are shown for a while, then forgotten.
KEPT = timedelta(days=90)
TOKEN_BYTES = 32


class Way(StrEnum):
    """How a person came in."""

    PASSWORD = "password"  # noqa: S105 (a name)
    TOTP = "totp"
    RECOVERY = "recovery"
    OIDC = "oidc"


class Ended(StrEnum):
    """Why a sign-in is over."""

    OUT = "out"  # the person signed out
    ELSEWHERE = "elsewhere"  # the person ended it from another browser
    PASSWORD = "password"  # noqa: S105 (a reason): the password is another
    ADMINISTRATOR = "administrator"
    DEACTIVATED = "deactivated"
    FACTOR = "factor"  # the second factor is another
    IDLE = "idle"
    EXPIRED = "expired"


def begin(
    session: Session, user: User, *, way: Way, now: datetime, hours: int, address: str = "", agent: str = ""
) -> str:
    """A new sign-in of the user; returns the token for the cookie, which is kept nowhere else."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.execute(delete(SignIn).where(SignIn.user_id == user.id, SignIn.expires_at < now - KEPT))
    session.add(
        SignIn(
            token_hash=token_hash(token),
            user_id=user.id,
            way=way,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=hours),
            address=shortened(address),
            agent=summarised(agent),
        )
    )
    user.signed_in_at = now
    return token


def over(sign_in: SignIn, now: datetime, idle: timedelta) -> Ended | None:
    """Why the sign-in is over, or None."""
    if sign_in.ended_at is not None:
        return Ended(sign_in.ended_why)
    if sign_in.expires_at <= now:
        return Ended.EXPIRED
    return Ended.IDLE if sign_in.seen_at + idle <= now else None


def touch(services: Services, sign_in: SignIn, now: datetime) -> None:
    """The person did something: the idle time begins anew."""
    if now - sign_in.seen_at < GRAIN:
        return
    with services.db.writing() as session:
        live = SignIn.id == sign_in.id, SignIn.ended_at.is_(None)
        session.execute(update(SignIn).where(*live).values(seen_at=now))


def renew(session: Session, sign_in_id: int) -> str:
    """Another token for the same sign-in, after what it may do has changed; the old one is worth nothing."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(token_hash=token_hash(token)))
    return token


def end(session: Session, user_id: int, sign_in_id: int, why: Ended, now: datetime) -> bool:
    """End one sign-in of the user; False when there is none that lives."""
    return _end(session, (SignIn.id == sign_in_id, SignIn.user_id == user_id), why, now) > 0


def end_all(session: Session, user_id: int, why: Ended, now: datetime, *, keep: int | None = None) -> int:
    """End every sign-in of the user but the one with the id `keep`; returns how many."""
    others = [SignIn.id != keep] if keep is not None else []
    return _end(session, (SignIn.user_id == user_id, *others), why, now)


def _end(session: Session, which: Sequence[ColumnElement[bool]], why: Ended, now: datetime) -> int:
    ended = update(SignIn).where(*which, SignIn.ended_at.is_(None)).values(ended_at=now, ended_why=why)
    return len(session.scalars(ended.returning(SignIn.id)).all())


def living(session: Session, user_id: int, now: datetime, idle: timedelta) -> Sequence[SignIn]:
    """Where the user is signed in now, the latest first; at most fifty."""
    mine = SignIn.user_id == user_id, SignIn.ended_at.is_(None)
    still = SignIn.expires_at > now, SignIn.seen_at > now - idle
    return session.scalars(select(SignIn).where(*mine, *still).order_by(SignIn.seen_at.desc()).limit(50)).all()


def shortened(address: str) -> str:
    """The network of an address: enough to recognise a place. IPv4 without the last number, IPv6 the first 48 bits."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.is_loopback:
        return str(ip)
    network = ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 48}", strict=False)
    return str(network.network_address).removesuffix("0") + "*" if ip.version == 4 else f"{network.network_address}*"


_BROWSERS = (
    *(("MicroMessenger", "微信 WeChat"), ("DingTalk", "钉钉 DingTalk"), ("wxwork", "企业微信 WeCom")),
    *(("Edg", "Edge"), ("QQBrowser", "QQ 浏览器 QQBrowser"), ("360SE", "360 浏览器"), ("UCBrowser", "UC")),
    *(("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl")),
)
_SYSTEMS = (
    *(("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad")),
    *(("Windows", "Windows"), ("Macintosh", "macOS"), ("UOS", "UOS"), ("Kylin", "Kylin"), ("Linux", "Linux")),
)


def summarised(agent: str) -> str:
    """Browser and system in a few words, without the versions that make a browser one of its kind."""

    def named(kinds: Sequence[tuple[str, str]]) -> str:
        return next((name for mark, name in kinds if re.search(rf"\b{mark}", agent, re.IGNORECASE)), "")

    return " · ".join(filter(None, (named(_BROWSERS), named(_SYSTEMS))))[:80]


def token_hash(token: str) -> str:
    """What the row keeps of the token: 256 bits of chance need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
