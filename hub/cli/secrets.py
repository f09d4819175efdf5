"""`yigao secrets rotate`: another key for the secrets in the database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from sqlalchemy.orm import Session

from channels.words import Words
from hub.cli import DONE
from hub.cli.options import DATA, JSON
from hub.cli.output import Output
from hub.config import load
from hub.matrix import sealing
from hub.migrations import upgrade
from hub.people import second_factor
from hub.services import Services

# What seals something: each seals its rows with the newest key and returns how many they were.
RESEAL: tuple[Callable[[Session, Services], int], ...] = (second_factor.reseal, sealing.reseal)


@click.group("secrets")
def command() -> None:
    """数据库中加密的密钥。 The secrets in the database."""


@command.command("rotate")
@DATA
@JSON
def rotate(data: Path | None, machine: bool) -> int:
    """换一把新钥匙，重新加密全部密钥。 Make a new key and seal every secret with it."""
    services, output = Services(load(data=data)), Output.from_environment(machine=machine)
    upgrade(services.db.engine)
    services.box.rotate()
    with services.db.writing() as session:
        count = sum(reseal(session, services) for reseal in RESEAL)
    # Only now: until the transaction is on the disk the old key is still needed.
    services.box.forget()
    output.say(Words(f"已换钥匙，重新加密 {count} 项。", f"A new key; {count} secrets were sealed anew."))
    output.document({"sealed": count})
    return DONE
