"""`yigao doctor`: is everything this installation rests on there, and does a job come through the queue?"""

from __future__ import annotations

import sys

import click

from channels.words import Words
from hub.checkup import examine, probe
from hub.cli import DONE, FAILED
from hub.cli.options import DATA, JSON
from hub.cli.output import Output
from hub.config import load
from hub.health import UNKNOWABLE, Answer
from hub.services import Services


@click.command("doctor")
@DATA
@JSON
def command(data: object, machine: bool) -> int:
    """检查运行环境，并让一个探针走一遍队列。 Check everything, and send a probe through the queue.

    Exit code 0 when all is well, 1 when something is red; each red line says what to do.
    """
    services = Services(load(data=data))
    out = Output(language=services.config.language, machine=machine)
    answers = examine(services)
    for answer in answers:
        if answer.words != UNKNOWABLE:
            _say(out, answer)
    if hidden := ", ".join(answer.name for answer in answers if answer.words == UNKNOWABLE):
        out.say(Words(*(f"  ✗ {sentence} ({hidden})" for sentence in UNKNOWABLE)), colour="red")
    # Without queue and database no probe can come back; that has been said already.
    if all(answer.well for answer in answers if answer.name in ("queue", "database", "writing")):
        answers.append(probe(services, waiting=_progress(out)))
        _say(out, answers[-1])
    well = all(answer.well for answer in answers)
    out.document({"well": well, "checks": [_as_data(answer) for answer in answers]})
    return DONE if well else FAILED


def _say(out: Output, answer: Answer) -> None:
    mark, colour = ("✗", "red") if not answer.well else ("!", "yellow") if answer.warning else ("✓", "green")
    detail = f" [{answer.detail}]" if answer.detail else ""
    out.say(Words(*(f"  {mark} {sentence}{detail}" for sentence in answer.words)), colour=colour)
    if answer.remedy.zh and (not answer.well or answer.warning):
        out.say(Words(*(f"      {sentence}" for sentence in answer.remedy)))


def _progress(out: Output) -> Progress:
    return Progress(shown=sys.stdout.isatty() and not out.machine, language=out.language)


class Progress:
    """A line on a terminal that counts the seconds, and goes when the answer comes."""

    def __init__(self, *, shown: bool, language: str) -> None:
        self.shown, self.language = shown, language
        self.second = -1

    def __call__(self, passed: float) -> None:
        """`passed` seconds have gone by."""
        if self.shown and int(passed) > self.second:
            self.second = int(passed)
            words = Words(f"    等待探针 {self.second} 秒", f"    waiting for the probe, {self.second} s")
            click.echo(f"\r{words.in_(self.language)}\r", nl=False)


def _as_data(answer: Answer) -> dict[str, object]:
    return {
        "name": answer.name,
        "well": answer.well,
        "warning": answer.warning,
        "sentence": answer.words.as_dict(),
        "remedy": answer.remedy.as_dict(),
        "detail": answer.detail,
    }
