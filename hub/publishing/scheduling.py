"""Scheduling a revision to accounts: one delivery each, or the reason why not."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from channels.base import Finding, Replaces, blocks
from channels.keys import make_key
from channels.manuscript import Manuscript
from channels.words import Words
from hub.approvals import require_signed
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import OPEN, State
from hub.manuscripts import manuscript_of
from hub.models import Account, Delivery, Revision
from hub.permissions import require
from hub.publishing.access import hold_piece, require_time, settle_published_at
from hub.publishing.warning import quiet_findings
from hub.rendering import check
from hub.services import Services
from hub.wordlists import stopping_words
from hub.workflow import Actor, start_all

# Two editors at the same moment on PostgreSQL: the loser's transaction is tried anew and then sees the winner's.
TRIES = 3


@dataclass(frozen=True)
class Outcome:
    """What became of one account: a delivery, or the findings or the refusal that kept it from one."""

    account_id: int
    account_name: str
    channel: str
    delivery_id: int | None
    findings: Sequence[Finding]
    refusal: Words | None


@dataclass(frozen=True)
class Checked:
    """An account and what its channel says of the manuscript, or why it can't be asked."""

    account: Account
    findings: Sequence[Finding]
    refusal: Words | None

    @property
    def clean(self) -> bool:
        """Whether the channel would publish it there."""
        return self.refusal is None and not blocks(self.findings)

    def told(self, further: Finding | None) -> Checked:
        """The same with one more finding, if there is one and it would be published there at all."""
        return replace(self, findings=(*self.findings, further)) if further and self.clean else self

    def outcome(self, delivery_id: int | None = None, refusal: Words | None = None) -> Outcome:
        """What became of it."""
        a = self.account
        return Outcome(a.id, a.name, a.channel, delivery_id, self.findings, refusal or self.refusal)


def schedule(
    services: Services,
    *,
    actor: Actor,
    revision_id: int,
    account_ids: Sequence[int],
    at: datetime | None,
    now: datetime,
) -> list[Outcome]:
    """One delivery of the revision per account at `at` (None: now), in the order of `account_ids`.

    An account whose channel has a blocking finding or nothing to say gets none; its findings say why. Neither does an
    account with an open delivery of the same interpretation, or where this revision is out already; its refusal says
    so. That the time lies in a quiet time is a finding too, and stops nothing. Raises Refusal when the revision isn't
    there, belongs to another office, is not signed off, or the time has passed.
    """
    with services.db.reading() as session:
        revision = session.get(Revision, revision_id)
        if revision is None:
            raise Refusal("DLV-405", Words("没有这个版本。", "There is no such revision."))
        require(session, actor, Right.PUBLISH, revision.interpretation.office_id)
        accounts = _accounts(session, actor, account_ids)
        due = require_time(at, now)
        require_signed(session, revision)
        manuscript = manuscript_of(session, revision, services.artefacts, due)
        own = stopping_words(session, revision.interpretation.office_id, manuscript.content)
        quiet = quiet_findings(session, {a.office_id: a.office for a in accounts}.values(), due)
    checked = [c.told(quiet.get(c.account.office_id)) for c in checks(services, manuscript, accounts, own)]
    for _ in range(TRIES - 1):
        with suppress(IntegrityError), services.db.writing() as session:
            return _store(services, session, revision, checked, actor=actor, due=due, now=now)
    with services.db.writing() as session:
        return _store(services, session, revision, checked, actor=actor, due=due, now=now)


_ACCOUNTS = select(Account).options(joinedload(Account.office))


def _accounts(session: Session, actor: Actor, account_ids: Sequence[int]) -> list[Account]:
    wanted = list(dict.fromkeys(account_ids))
    rows = {a.id: a for a in session.scalars(_ACCOUNTS.where(Account.id.in_(wanted)))}
    if missing := [i for i in wanted if i not in rows]:
        raise Refusal("DLV-406", Words(f"没有这个账号：{missing[0]}。", f"There is no account {missing[0]}."))
    require(session, actor, Right.PUBLISH, *(a.office_id for a in rows.values()))
    return [rows[i] for i in wanted]


def checks(
    services: Services, manuscript: Manuscript, accounts: Iterable[Account], own: Sequence[Finding] = ()
) -> Iterable[Checked]:
    """Check once per channel and settings: a release to thousands of accounts asks each channel a few times. `own` is
    what the writing office's words say of the text, whatever the channel.
    """
    seen: dict[str, Sequence[Finding]] = {}
    for account in accounts:
        if account.channel not in services.channels or not account.active:
            yield Checked(account, (), _NOT_IN_USE)
            continue
        alike = f"{account.channel} {sorted(account.settings.items())!r}"
        try:
            if alike not in seen:
                channel = services.channels[account.channel]
                seen[alike] = check(channel, manuscript, services.settings(account.channel, account.settings))
        except ValueError as error:  # pydantic's ValidationError: settings that no longer fit the channel
            yield Checked(account, (), _wrong_settings(error))
            continue
        yield Checked(account, (*own, *seen[alike]), None)


def _store(
    services: Services,
    session: Session,
    revision: Revision,
    checked: Sequence[Checked],
    *,
    actor: Actor,
    due: datetime,
    now: datetime,
) -> list[Outcome]:
    hold_piece(session, revision.interpretation_id)
    refusals = _refusals(session, revision, [c.account.id for c in checked])
    there = _replaceable(services, session, revision.interpretation_id)
    rows = {
        c.account.id: new_delivery(revision, c.account, due, now, replaces_id=there.get(c.account.id))
        for c in checked
        if c.clean
    }
    outcomes = start_clean(session, checked, refusals, rows, actor=actor, now=now)
    settle_published_at(session, revision.interpretation_id)
    return outcomes


def _replaceable(services: Services, session: Session, interpretation_id: int) -> dict[int, int]:
    """By account, the delivery that stands there and whose post the channel can replace: a newer text is no second post
    beside it.
    """
    channels = [key for key, channel in services.channels.items() if isinstance(channel, Replaces)]
    rows = session.execute(
        select(Delivery.account_id, Delivery.id)
        .where(
            Delivery.interpretation_id == interpretation_id,
            Delivery.state == State.PUBLISHED,
            Delivery.channel.in_(channels),
        )
        .order_by(Delivery.finished_at, Delivery.id)
    )
    return {row.account_id: row.id for row in rows}


def start_clean(
    session: Session,
    checked: Sequence[Checked],
    refusals: Mapping[int, Words],
    rows: Mapping[int, dict[str, Any]],
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> list[Outcome]:
    """Store the row of every account that nothing speaks against, and what became of each. `refusals` and `rows` are by
    account.
    """
    going = [c.account.id for c in checked if c.clean and c.account.id not in refusals]
    ids = start_all(session, [rows[account] for account in going], actor=actor, now=now, reason=reason)
    made = dict(zip(going, ids, strict=True))
    return [c.outcome(made.get(c.account.id), refusals.get(c.account.id)) for c in checked]


def new_delivery(
    revision: Revision, account: Account, due: datetime, now: datetime, **further: int | None
) -> dict[str, Any]:
    """The columns of a delivery of the revision to the account; `further` are more of them."""
    return {
        "interpretation_id": revision.interpretation_id,
        "revision_id": revision.id,
        "account_id": account.id,
        "channel": account.channel,
        "due_at": due,
        "tolerance_minutes": account.office.tolerance_minutes,
        "key": new_key(revision),
        "created_at": now,
        **further,
    }


def new_key(revision: Revision) -> str:
    """An idempotency key for one delivery of this revision."""
    # Legible in a folder's name; the random part keeps installations and restored backups apart.
    return make_key(revision.interpretation_id, revision.number, secrets.token_hex(5))


def _refusals(session: Session, revision: Revision, account_ids: list[int]) -> dict[int, Words]:
    """By account, why it gets no delivery."""
    rows = session.execute(
        select(Delivery.account_id, Delivery.state, Delivery.revision_id).where(
            Delivery.interpretation_id == revision.interpretation_id, Delivery.account_id.in_(account_ids)
        )
    ).all()
    refusals: dict[int, Words] = {}
    for account_id, state, revision_id in rows:
        if state in OPEN:
            refusals[account_id] = OPEN_ALREADY
        elif state == State.WITHDRAWING:
            refusals.setdefault(account_id, _GOING)
        elif state == State.PUBLISHED and revision_id == revision.id:
            refusals.setdefault(account_id, _OUT_ALREADY)
    return refusals


_NOT_IN_USE = Words(
    "DLV-203 此账号已停用，或其渠道未安装。", "DLV-203 This account is not in use, or its channel is not here."
)
OPEN_ALREADY = Words(
    "DLV-204 这篇稿件在此账号已有未完成的发布任务。请先取消它，或等它完成。",
    "DLV-204 This text already has an unfinished delivery to this account. Cancel it first, or let it finish.",
)
_GOING = Words(
    "DLV-214 这篇稿件正从此账号撤回。请等撤回完成再发布。",
    "DLV-214 This text is being withdrawn from this account. Let that finish first.",
)
_OUT_ALREADY = Words("DLV-205 这一版已在此账号发布。", "DLV-205 This revision is already published there.")


def _wrong_settings(error: Any) -> Words:
    first = error.errors()[0] if hasattr(error, "errors") else {"loc": (), "msg": str(error)}
    name = ".".join(str(part) for part in first["loc"])
    return Words(
        f"DLV-206 账号设置“{name}”不能用：{first['msg']}。",
        f"DLV-206 The account's setting {name!r} can't be used: {first['msg']}.",
    )
