"""`yigao publish`: a text file the same way as the console: saved, scheduled, worked off, reported."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from channels.base import Severity
from channels.registry import CHANNELS
from channels.words import Words
from hub.cli import DONE, FAILED, WAITING
from hub.cli.drafts import answer_mistakes, in_file
from hub.cli.following import Standing, follow, standings
from hub.cli.options import AT, CHANNEL, DATA, FILE, JSON
from hub.cli.output import Output
from hub.cli.reviewing import SIGN_OFF, signed_off
from hub.config import load
from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.editorial.front_matter import Draft, read_draft
from hub.editorial.header import DraftError
from hub.editorial.importing import import_content
from hub.models import Account
from hub.publishing.scheduling import Outcome, schedule
from hub.services import Services
from hub.setup import make_ready
from hub.supervisor import is_running, temporary
from hub.workflow import Actor

# Findings about the chosen time, said once for all channels: it lies in a quiet time.
OF_TIME = frozenset({"PUB-201"})


@click.command("publish")
@FILE
@AT
@CHANNEL
@SIGN_OFF
@click.option("--wait", is_flag=True, help="等到发布结束 wait until it is done")
@DATA
@JSON
def command(
    file: Path,
    at: datetime | None,
    channel: tuple[str, ...],
    sign_off: str | None,
    wait: bool,
    data: Path | None,
    machine: bool,
) -> int:
    """发布稿件 FILE。 Publish FILE to the office's accounts, once it is signed off.

    What is not signed off is submitted for review. Exit codes: 0 done, 1 a channel failed or was blocked, 2 wrong use
    or settings, 3 it waits for a review, or a person must post.
    """
    services = Services(load(data=data))
    out = Output(language=services.config.language, machine=machine)
    now = datetime.now(UTC)
    try:
        draft = read_draft(file)
    except DraftError as error:
        return answer_mistakes(out, error)
    ready = make_ready(services, sample=False, now=now)
    actor = Actor(f"cli:{getpass.getuser()}")
    accounts = _accounts(services, ready.office_id, channel or tuple(CHANNELS))
    saved = import_content(services, actor=actor, office_id=ready.office_id, content=draft.content, now=now)
    meant: dict[str, Any] = {"account_ids": [a.id for a in accounts], "at": at, "now": now}
    if not signed_off(out, services, actor, saved.revision_id, reason=sign_off, **meant):
        out.document({"interpretation": saved.interpretation_id, "deliveries": [], "waiting": "review"})
        return WAITING
    outcomes = schedule(services, actor=actor, revision_id=saved.revision_id, **meant)
    ids = say_outcomes(out, outcomes, draft, str(file))
    states = see_through(out, services, ids, wait=wait)
    out.document({"interpretation": saved.interpretation_id, "deliveries": [s.as_dict() for s in states]})
    stopped = any(blocks_publication(o) for o in outcomes)
    return exit_code([s.state for s in states], stopped=stopped, wait=wait)


def blocks_publication(outcome: Outcome) -> bool:
    """Whether a finding that blocks kept the outcome's account from being scheduled."""
    return any(f.severity is Severity.BLOCK for f in outcome.findings)


def _accounts(services: Services, office_id: int, channels: Sequence[str]) -> Sequence[Account]:
    with services.db.reading() as session:
        accounts = session.scalars(
            select(Account)
            .where(Account.office_id == office_id, Account.active, Account.channel.in_(channels))
            .order_by(Account.id)
        ).all()
    if not accounts:
        raise Refusal(
            "ACC-101",
            Words("本单位在这些渠道上没有账号。", "The office has no account on these channels."),
            Words("请先在控制台添加账号。", "Add an account in the console first."),
        )
    order = list(CHANNELS)
    return sorted(accounts, key=lambda a: (order.index(a.channel), a.id))


def say_outcomes(out: Output, outcomes: Sequence[Outcome], draft: Draft | None = None, where: str = "") -> list[int]:
    """Say what kept an account from a delivery, with findings placed in the `draft`'s file; returns the deliveries."""
    ids = []
    for words in dict.fromkeys(f.sentence for o in outcomes for f in o.findings if f.code in OF_TIME):
        out.say(Words(f"! PUB-201 {words.zh}", f"! PUB-201 {words.en}"), colour="yellow")
    for outcome in outcomes:
        found = [f for f in outcome.findings if f.code not in OF_TIME]
        out.findings(outcome.channel, [in_file(f, draft) for f in found] if draft else found, where)
        if outcome.refusal is not None:
            out.say(
                Words(f"{outcome.account_name}：{outcome.refusal.zh}", f"{outcome.account_name}: {outcome.refusal.en}")
            )
        if outcome.delivery_id is not None:
            ids.append(outcome.delivery_id)
    return ids


NOT_RUNNING = ("没有正在运行的 yigao up，启动后自动发布。", " It goes out as soon as yigao up runs.")


def see_through(out: Output, services: Services, ids: list[int], *, wait: bool) -> list[Standing]:
    """Follow the deliveries to their end when asked to; with no instance running, a temporary one does the work."""
    running = is_running(services.config)
    if wait and ids:
        with ExitStack() as stack:
            if not running:
                out.say(Words("没有正在运行的 yigao up，临时启动。", "No yigao up is running; starting one for this."))
                stack.enter_context(temporary(services.config))
            return follow(out, services, ids)
    if ids:
        count, also = len(ids), ("", "") if running else NOT_RUNNING
        out.say(Words(f"✓ 已排入发布 {count} 项。{also[0]}", f"✓ Scheduled: {count}.{also[1]}"), colour="green")
    return standings(services, ids)


def exit_code(states: Sequence[State], *, stopped: bool, wait: bool) -> int:
    """The command's exit code; `stopped` says that a finding kept an account from being published to."""
    if stopped or State.FAILED in states or (wait and State.CANCELLED in states):
        return FAILED
    if wait and any(state is not State.PUBLISHED for state in states):
        return WAITING
    return DONE
