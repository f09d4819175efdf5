"""第二重验证: a code of the telephone at sign-in (TOTP, RFC 6238), and codes on paper for a lost telephone."""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
from datetime import datetime

import pyotp
import segno
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain.refusals import Refusal
from hub.models import Office, RecoveryCode, User
from hub.people.sign_ins import Ended, end_all
from hub.permissions import grants_at
from hub.secretbox import SealError
from hub.services import Services
from hub.trail import note
from hub.workflow import Actor

STEP = 30
# A telephone's clock may be a step before or behind ours.
SLACK = 1
CODES = 10
ISSUER = "一稿 Yigao"
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

WRONG = Refusal(
    "SIG-301",
    Words("验证码不正确。", "The code is not right."),
    Words(
        "请核对手机时间，输入最新的 6 位数字；每个码只能用一次。",
        "Check the telephone's time and type the newest six digits; each works once.",
    ),
)


def fresh() -> str:
    """A new seed, in base 32."""
    return pyotp.random_base32()


def address(seed: str, login: str) -> str:
    """What the QR code says: an `otpauth:` address for any authenticator."""
    return pyotp.TOTP(seed).provisioning_uri(name=login, issuer_name=ISSUER)


def picture(seed: str, login: str) -> bytes:
    """The QR code as SVG."""
    out = io.BytesIO()
    segno.make(address(seed, login), error="m").save(
        out, kind="svg", scale=5, border=4, dark="#1f2328", light="#ffffff"
    )
    return out.getvalue()


def step_of(seed: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, or None."""
    given = "".join(code.split())
    if len(given) != 6 or not given.isdecimal():
        return None
    present = int(now.timestamp()) // STEP
    totp = pyotp.TOTP(seed)
    steps = range(present - SLACK, present + SLACK + 1)
    return next((s for s in steps if hmac.compare_digest(totp.generate_otp(s), given)), None)


def turn_on(services: Services, *, actor: Actor, seed: str, code: str, keep: int | None, now: datetime) -> list[str]:
    """Ask for the code from now on; returns the recovery codes, which are shown this time only.
    Other sign-ins of the person end. Raises Refusal for a wrong code.
    """
    step = step_of(seed, code, now)
    if step is None:
        raise WRONG
    with services.db.writing() as session:
        user = session.get_one(User, actor.user_id)
        user.totp, user.totp_step = services.box.seal(seed, _about(user.id)), step
        codes = _new_codes(session, user.id)
        end_all(session, user.id, Ended.FACTOR, now, keep=keep)
        note(session, actor=actor, kind="user.factor-on", subject=user, now=now)
    return codes


def turn_off(services: Services, *, actor: Actor, code: str, now: datetime) -> None:
    """Ask for no code any more. Raises Refusal for a wrong code, and where the office wants one."""
    with services.db.reading() as session:
        user = session.get_one(User, actor.user_id)
        if is_wanted(session, user):
            raise Refusal(
                "SIG-302",
                Words(
                    "本单位要求您的角色使用第二重验证，不能关闭。", "Your office asks your role for it: it stays on."
                ),
            )
    if not passes(services, user.id, code, now):
        raise WRONG
    with services.db.writing() as session:
        user = session.get_one(User, actor.user_id)
        remove(session, user)
        note(session, actor=actor, kind="user.factor-off", subject=user, now=now)


def remove(session: Session, user: User) -> None:
    """Forget the telephone and the recovery codes. The caller has asked for the right, and notes the event."""
    user.totp = ""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def new_codes(services: Services, *, actor: Actor, code: str, now: datetime) -> list[str]:
    """Other recovery codes; the old ones are worth nothing. Raises Refusal for a wrong code."""
    if actor.user_id is None or not passes(services, actor.user_id, code, now):
        raise WRONG
    with services.db.writing() as session:
        codes = _new_codes(session, actor.user_id)
        note(session, actor=actor, kind="user.codes-renewed", subject=session.get_one(User, actor.user_id), now=now)
    return codes


def passes(services: Services, user_id: int, code: str, now: datetime) -> bool:
    """Whether the code is the telephone's, and was not used before. It is used up by that."""
    with services.db.reading() as session:
        sealed = session.scalars(select(User.totp).where(User.id == user_id)).first()
    if not sealed:
        return False
    try:
        step = step_of(services.box.open(sealed, _about(user_id)), code, now)
    except SealError as error:
        raise Refusal(
            "SIG-303",
            error.words,
            Words("请管理员为您重置第二重验证。", "An administrator can reset your second factor."),
        ) from error
    if step is None:
        return False
    with services.db.writing() as session:
        # Of two who use one code at the same time, one passes.
        used = update(User).where(User.id == user_id, User.totp_step < step).values(totp_step=step)
        return session.scalars(used.returning(User.id)).first() is not None


def recovers(services: Services, user_id: int, code: str, now: datetime) -> bool:
    """Whether it is one of the recovery codes on paper. It is used up by that."""
    with services.db.writing() as session:
        mine = RecoveryCode.user_id == user_id, RecoveryCode.code_hash == _hash(code), RecoveryCode.used_at.is_(None)
        used = update(RecoveryCode).where(*mine).values(used_at=now)
        return session.scalars(used.returning(RecoveryCode.id)).first() is not None


def codes_left(session: Session, user_id: int) -> int:
    """How many recovery codes were not used yet."""
    mine = RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    return len(session.scalars(select(RecoveryCode.id).where(*mine)).all())


def is_wanted(session: Session, user: User) -> bool:
    """Whether the user's office asks one of their roles for a second factor."""
    office = session.get_one(Office, user.office_id)
    roles = set(filter(None, office.second_factor_roles.split(",")))
    return bool(roles) and any(grant.role in roles for grant in grants_at(session, user.id, user.office_id))


def reseal(session: Session, services: Services) -> int:
    """Seal every seed with the newest key; returns how many."""
    count = 0
    for user in session.scalars(select(User).where(User.totp != "")):
        if not services.box.is_current(user.totp):
            user.totp = services.box.seal(services.box.open(user.totp, _about(user.id)), _about(user.id))
            count += 1
    return count


def _about(user_id: int) -> str:
    return f"user:{user_id}:totp"


def _new_codes(session: Session, user_id: int) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = ["-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4)) for _ in range(CODES)]
    session.add_all([RecoveryCode(user_id=user_id, code_hash=_hash(code)) for code in codes])
    return codes


def _hash(code: str) -> str:
    """Eighty bits of chance need no slow hash. Spaces, hyphens and small letters are the typist's."""
    return hashlib.sha256("".join(c for c in code.upper() if c.isalnum()).encode()).hexdigest()
