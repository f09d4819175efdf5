"""Testing an account (测试连接): is what its settings name really there? Nothing is posted and nothing changed."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import update
from sqlalchemy.orm import Session, joinedload

from channels.base import Finding, Probes, Sends, Severity, Sited
from channels.words import NO_WORDS, Words
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.matrix.mistakes import mistakes_of
from hub.models import Account, Office
from hub.permissions import require
from hub.services import Services
from hub.site import site_of
from hub.workflow import Actor

log = logging.getLogger("yigao.matrix")

# Seconds that a test may take, whatever the channel does.
LIMIT = 10.0
# Tests that hang keep a thread each until their own wait ends; more than these are refused meanwhile.
AT_ONCE = threading.BoundedSemaphore(4)


def probe_account(
    services: Services, *, actor: Actor, account_id: int, now: datetime, limit: float = LIMIT
) -> Sequence[Finding]:
    """Test the account and record when, and what was found. No transaction is open meanwhile; after `limit` seconds it
    is given up. Raises Refusal when there is none such, for whoever may not manage it, and while too many hang.
    """
    with services.db.reading() as session:
        account = session.get(Account, account_id, options=[joinedload(Account.office)])
        if account is None:
            raise Refusal("ACC-404", Words("没有这个账号。", "There is no such account."))
        require(session, actor, Right.MANAGE, account.office_id)
        folder = _site_folder(services, session, account.office)
    findings = _within(limit, lambda: _probe(services, account, folder))
    _record(services, account, findings, now)
    return findings


def _site_folder(services: Services, session: Session, office: Office) -> Path | None:
    site = site_of(session, office)
    return services.config.site_folder / site.key if site else None


def _record(services: Services, account: Account, findings: Sequence[Finding], now: datetime) -> None:
    sound = not any(finding.severity is Severity.BLOCK for finding in findings)
    with services.db.writing() as session:
        session.execute(
            update(Account)
            # Of other settings, saved meanwhile, it says nothing.
            .where(Account.id == account.id, Account.version == account.version)
            .values(tested_at=now, tested=[f.as_dict() for f in findings], sound=sound)
        )


def _probe(services: Services, account: Account, folder: Path | None) -> Sequence[Finding]:
    channel = services.channels.get(account.channel)
    if channel is None:
        return [_block("ACC-301", "", Words("这个渠道已不在系统中。", "This channel is no longer part of the system."))]
    try:
        settings = services.settings(account.channel, account.settings)
    except ValidationError as error:
        return [_block("ACC-302", name, words) for name, words in mistakes_of(error).items()]
    findings = list(_of_site(folder)) if isinstance(channel, Sited) else []
    if isinstance(channel, Probes):
        return [*findings, *channel.probe(settings)]
    if not isinstance(channel, Sends | Sited):
        by_hand = Words(
            "此账号由人工发布，没有要连接的。", "A person posts to this account: there is nothing to reach."
        )
        return [Finding("ACC-303", Severity.NOTE, "", by_hand)]
    return findings


def _of_site(folder: Path | None) -> Sequence[Finding]:
    if folder is None:
        said = Words("本单位还没有所属的网站。", "The office has no site yet.")
        return [_block("ACC-304", "", said, Words("请在单位设置中选择网站。", "Choose one in the office's settings."))]
    there = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=".probe-", dir=there):
            pass
    except OSError as error:
        why = error.strerror or ""
        return [_block("ACC-305", "", Words(f"网站目录不可写：{why}。", f"The site's folder can't be written: {why}."))]
    return []


def _block(code: str, place: str, sentence: Words, hint: Words = NO_WORDS) -> Finding:
    return Finding(code, Severity.BLOCK, place, sentence, hint)


def _within(seconds: float, probe: Callable[[], Sequence[Finding]]) -> Sequence[Finding]:
    """What the probe says, unless it takes longer: then a finding that says so. Its thread ends with its own wait."""
    if not AT_ONCE.acquire(blocking=False):
        raise Refusal(
            "ACC-306",
            Words("已有几个测试没有回应，请稍后再试。", "Several tests are still without an answer; try again later."),
        )
    answers: list[Sequence[Finding]] = []

    def work() -> None:
        try:
            answers.append(probe())
        except Exception:  # whatever a channel does, the page has an answer
            log.exception("probe broke")
        finally:
            AT_ONCE.release()

    thread = threading.Thread(target=work, daemon=True, name="probe")
    thread.start()
    thread.join(seconds)
    if answers:
        return answers[0]
    if thread.is_alive():
        slow = Words(f"{seconds:g} 秒内没有回应。", f"No answer within {seconds:g} seconds.")
        return [
            _block("ACC-307", "", slow, Words("请检查网络和对方系统后再试。", "Look at the network, then try again."))
        ]
    return [_block("ACC-308", "", Words("测试没有完成，原因在日志中。", "The test broke; the log says why."))]
