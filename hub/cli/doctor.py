"""`yigao doctor`: is everything this installation rests on there?"""

from __future__ import annotations

from datetime import UTC, datetime

import click

from channels.words import Words
from hub.cli import DONE, FAILED
from hub.cli.options import DATA, JSON
from hub.cli.output import Output
from hub.config import load
from hub.health import examine
from hub.services import Services


@click.command("doctor")
@DATA
@JSON
def command(data: object, machine: bool) -> int:
    """检查运行环境。 Check fonts, folders, database, queue, clock and workers."""
    services = Services(load(data=data))
    out = Output(language=services.config.language, machine=machine)
    answers = examine(services, datetime.now(UTC))
    for answer in answers:
        mark, colour = ("✓", "green") if answer.well else ("✗", "red")
        words = Words(f"  {mark} {answer.words.zh}", f"  {mark} {answer.words.en}")
        out.say(words, colour=colour)
    well = all(answer.well for answer in answers)
    out.document(
        {"well": well, "checks": [{"name": a.name, "well": a.well, "sentence": a.words.as_dict()} for a in answers]}
    )
    return DONE if well else FAILED
