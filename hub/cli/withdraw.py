"""`yigao withdraw`: one interpretation taken back from every channel."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path

import click

from channels.words import Words
from hub.cli import DONE, WAITING
from hub.cli.options import DATA, JSON
from hub.cli.output import Output
from hub.cli.publish import see_through
from hub.config import load
from hub.domain.states import State
from hub.migrations import upgrade
from hub.publishing.withdrawing import Summary, withdraw
from hub.services import Services
from hub.workflow import Actor

GONE = (State.WITHDRAWN, State.CANCELLED)


@click.command("withdraw")
@click.argument("interpretation", type=int)
@click.option("--reason", required=True, help="撤回原因，公众会看到 why; the public reads it")
@click.option("--wait", is_flag=True, help="等到撤回结束 wait until it is done")
@DATA
@JSON
def command(interpretation: int, reason: str, wait: bool, data: Path | None, machine: bool) -> int:
    """从所有渠道撤回第 INTERPRETATION 号稿件。 Withdraw an interpretation from every channel.

    Exit codes: 0 gone everywhere, 1 refused, 2 wrong use or settings, 3 not gone yet, or a person must take it down.
    """
    services = Services(load(data=data))
    out = Output(language=services.config.language, machine=machine)
    services.config.data.mkdir(parents=True, exist_ok=True)
    upgrade(services.db.engine)
    actor = Actor(f"cli:{getpass.getuser()}")
    done = withdraw(services, actor=actor, interpretation_id=interpretation, reason=reason, now=datetime.now(UTC))
    out.say(_words(done))
    states = see_through(out, services, done.delivery_ids, wait=wait)
    out.document({"withdrawal": done.withdrawal_id, "deliveries": [s.as_dict() for s in states]})
    return DONE if all(s.state in GONE for s in states) else WAITING


def _words(done: Summary) -> Words:
    cancelled, going = len(done.cancelled), len(done.withdrawing) + len(done.marked)
    return Words(
        f"撤回：{cancelled} 项未发出的已取消，{going} 项正在撤回。",
        f"Withdrawn: {cancelled} not yet out cancelled, {going} being taken down.",
    )
