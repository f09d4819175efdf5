"""The verbs over accounts: add, describe, set, switch off and on again. Each is one transaction with its event.

An account is never deleted: what it published names it. A unit has one account on a platform; one more needs a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.words import Words
from hub.account_settings import is_sealed, seal, secret_names, traced
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import CANCELLABLE, OPEN, State
from hub.matrix.access import MistakesError, find_account, one_line, require_reason
from hub.matrix.mistakes import mistakes_of
from hub.models import Account, Area, Delivery, Office, User
from hub.permissions import require
from hub.publishing.access import settle_published_at
from hub.services import Services
from hub.trail import note
from hub.workflow import Actor, move_all

LONGEST: dict[str, int] = {"name": 100, "beside": 200, "filing": 60, "owner_name": 60, "owner_phone": 40}
NAMED: dict[str, Words] = {
    "name": Words("名称", "name"),
    "beside": Words("理由", "reason"),
    "filing": Words("备案号", "filing number"),
    "owner_name": Words("姓名", "name"),
    "owner_phone": Words("电话", "telephone"),
}


@dataclass(frozen=True)
class Description:
    """What an account is and who answers for it: all but its settings."""

    name: str
    area_id: int
    filing: str = ""
    owner_id: int | None = None
    owner_name: str = ""
    owner_phone: str = ""
    opened: date | None = None
    beside: str = ""


def add(
    services: Services, *, actor: Actor, office_id: int, channel: str, description: Description, now: datetime
) -> int:
    """A new account of the office, with the channel's default settings; returns its id. Raises MistakesError, and
    Refusal when the office has one of this channel already and no reason is given for one more.
    """
    with services.db.writing() as session:
        office = session.get(Office, office_id)
        if office is None:
            raise Refusal("ACC-405", Words("没有这个单位。", "There is no such office."))
        require(session, actor, Right.MANAGE, office_id)
        if channel not in services.channels:
            raise MistakesError({"channel": Words("请选择渠道。", "Choose a channel.")})
        values = _checked(session, office, channel, description)
        account = Account(office_id=office_id, channel=channel, settings={}, active=True, **values)
        session.add(account)
        session.flush()
        after = {"channel": channel, **values}
        note(session, actor=actor, kind="account.added", subject=account, after=after, now=now)
        return account.id


def describe(
    services: Services, *, actor: Actor, account_id: int, version: int, description: Description, now: datetime
) -> None:
    """Change what the account is called, where it belongs, and who answers for it. Raises MistakesError or Refusal."""
    with services.db.writing() as session:
        account = find_account(session, actor, account_id, version)
        before = _described(account)
        values = _checked(session, account.office, account.channel, description, account)
        for name, value in values.items():
            setattr(account, name, value)
        _changed(session, actor, account, "account.described", before, _described(account), now)


def change_settings(
    services: Services,
    *,
    actor: Actor,
    account_id: int,
    version: int,
    values: Mapping[str, Any],
    secrets: Mapping[str, str | None],
    now: datetime,
) -> None:
    """Give the account other settings, validated by its channel. Of a secret: a text replaces it, None clears it, and
    one that isn't named stays. Raises MistakesError with a sentence by field.
    """
    with services.db.writing() as session:
        account = find_account(session, actor, account_id, version)
        if account.channel not in services.channels:
            raise Refusal("ACC-203", Words("这个渠道已不在系统中。", "This channel is no longer part of the system."))
        stored = settled(services, account, values, secrets, now)
        before = account.settings
        account.settings = stored
        if stored != before:
            # The last test was of other settings.
            account.tested_at = account.tested = account.sound = None
        _changed(session, actor, account, "account.settings", traced(before), traced(stored), now)


def settled(
    services: Services,
    account: Account,
    values: Mapping[str, Any],
    secrets: Mapping[str, str | None],
    now: datetime,
) -> dict[str, Any]:
    """The settings as they would be stored: what differs from the defaults, secrets sealed. Raises MistakesError."""
    channel = account.channel
    model = services.channels[channel].Settings
    names = secret_names(model)
    kept = {n: v for n, v in account.settings.items() if n in names and is_sealed(v) and n not in secrets}
    fresh = {n: text for n, text in secrets.items() if n in names and text}
    try:
        valid = services.settings(channel, {**{n: v for n, v in values.items() if n not in names}, **kept, **fresh})
    except ValidationError as error:
        raise MistakesError(mistakes_of(error)) from error
    stored: dict[str, Any] = valid.model_dump(mode="json", exclude=set(names), exclude_defaults=True)
    return stored | kept | {n: seal(services.box, channel, n, text, now) for n, text in fresh.items()}


def close(
    services: Services,
    *,
    actor: Actor,
    account_id: int,
    version: int,
    reason: str,
    on: date,
    rest: str,
    now: datetime,
) -> int:
    """Switch the account off for good or for a while. `rest` decides over deliveries that are still open: "cancel"
    those that nobody works on yet, or "" when there are none; returns how many were cancelled. Raises Refusal while
    one is being sent.
    """
    with services.db.writing() as session:
        account = find_account(session, actor, account_id, version)
        why = require_reason(reason, "ACC-210", "请写明停用的原因。", "Give the reason for switching it off.")
        if not account.active:
            raise Refusal("ACC-211", Words("这个账号已经停用。", "This account is switched off already."))
        cancelled = _end_open(session, actor, account, rest, why, now)
        account.active, account.closed, account.closed_reason = False, on, why
        after = {"active": False, "closed": on, "cancelled": cancelled}
        _changed(session, actor, account, "account.closed", {"active": True}, after, now, why)
        return cancelled


def reopen(services: Services, *, actor: Actor, account_id: int, version: int, now: datetime) -> None:
    """Switch it on again. Raises Refusal when the office has another of this channel by now and no reason was given."""
    with services.db.writing() as session:
        account = find_account(session, actor, account_id, version)
        if account.active:
            raise Refusal("ACC-212", Words("这个账号在用。", "This account is in use."))
        if not account.beside:
            require_only_one(session, account.office_id, account.channel, account.id)
        before = {"active": False, "closed": account.closed, "closed_reason": account.closed_reason}
        account.active, account.closed, account.closed_reason = True, None, ""
        _changed(session, actor, account, "account.reopened", before, {"active": True}, now)


def open_deliveries(session: Session, account_id: int) -> dict[State, int]:
    """How many deliveries of the account are not done, by state."""
    rows = session.execute(
        select(Delivery.state, func.count())
        .where(Delivery.account_id == account_id, Delivery.state.in_(list(OPEN)))
        .group_by(Delivery.state)
    )
    return {State(state): count for state, count in rows}


def require_only_one(session: Session, office_id: int, channel: str, but: int | None = None) -> None:
    """Raise MistakesError when the office has an account of the channel in use without a reason, other than `but`."""
    other = session.scalars(
        select(Account.name).where(
            Account.office_id == office_id,
            Account.channel == channel,
            Account.active,
            Account.beside == "",
            Account.id != (but or 0),
        )
    ).first()
    if other is not None:
        raise MistakesError(
            {
                "beside": Words(
                    f"本单位在这个平台已有账号“{other}”。一个平台一个单位一个账号；确需再开的，请写明理由。",
                    f"The office has {other!r} on this platform: one account per platform and unit. "
                    "Give a reason for one more.",
                )
            },
            "ACC-202",
        )


def _end_open(session: Session, actor: Actor, account: Account, rest: str, why: str, now: datetime) -> int:
    waiting = open_deliveries(session, account.id)
    busy = {state: count for state, count in waiting.items() if state not in CANCELLABLE}
    if busy:
        raise Refusal(
            "ACC-213",
            Words(
                f"还有 {sum(busy.values())} 项正在发送或核对结果，账号不能停用。",
                f"{sum(busy.values())} deliveries are being sent or looked up.",
            ),
            Words("请等它们有结果后再停用。", "Wait for their outcome, then switch it off."),
        )
    if not waiting:
        return 0
    if rest != "cancel":
        raise MistakesError(
            {
                "rest": Words(
                    f"还有 {sum(waiting.values())} 项没有发出：请先改到别的账号，或选择一并取消。",
                    f"{sum(waiting.values())} deliveries are not out yet: move them, or cancel them with it.",
                )
            },
            "ACC-214",
        )
    pieces: set[int] = set()
    count = 0
    for state in waiting:
        mine = select(Delivery.id).where(Delivery.account_id == account.id, Delivery.state == state)
        values: dict[str, Any] = {"finished_at": now, "hand_by": None}
        ids = move_all(session, mine, state, State.CANCELLED, actor=actor, now=now, reason=why, **values)
        count += len(ids)
        pieces |= set(session.scalars(select(Delivery.interpretation_id).where(Delivery.id.in_(ids))))
    for piece in sorted(pieces):
        settle_published_at(session, piece)
    return count


def _changed(
    session: Session,
    actor: Actor,
    account: Account,
    kind: str,
    before: dict[str, Any],
    after: dict[str, Any],
    now: datetime,
    reason: str = "",
) -> None:
    if before == after:
        return
    account.version += 1
    session.flush()
    note(session, actor=actor, kind=kind, subject=account, before=before, after=after, reason=reason, now=now)


def _described(account: Account) -> dict[str, Any]:
    return {field.name: getattr(account, field.name) for field in fields(Description)}


def _checked(
    session: Session, office: Office, channel: str, description: Description, account: Account | None = None
) -> dict[str, Any]:
    """The description as columns. Raises MistakesError."""
    values = {field.name: getattr(description, field.name) for field in fields(Description)}
    wrong: dict[str, Words] = {}
    for name, most in LONGEST.items():
        values[name] = one_line(values[name])
        if len(values[name]) > most:
            wrong[name] = Words(f"{NAMED[name].zh}超过{most}字。", f"The {NAMED[name].en} is over {most} characters.")
    if not values["name"]:
        wrong["name"] = Words("请填写账号名称。", "Give the account a name.")
    elif _taken(session, office.id, channel, values["name"], account):
        wrong["name"] = Words("本单位在这个渠道已有同名账号。", "The office has an account of this name already.")
    if session.get(Area, values["area_id"]) is None:
        wrong["area_id"] = Words("请选择区域。", "Choose an area.")
    owner = session.get(User, values["owner_id"]) if values["owner_id"] else None
    if values["owner_id"] and (owner is None or not owner.active or owner.office_id != office.id):
        wrong["owner_id"] = Words("请选择本单位在职的用户。", "Choose an active user of this office.")
    if wrong:
        raise MistakesError(wrong)
    if (account is None or account.active) and not values["beside"]:
        require_only_one(session, office.id, channel, account.id if account else None)
    return values


def _taken(session: Session, office_id: int, channel: str, name: str, account: Account | None) -> bool:
    found = session.scalar(
        select(Account.id).where(Account.office_id == office_id, Account.channel == channel, Account.name == name)
    )
    return found is not None and (account is None or found != account.id)
