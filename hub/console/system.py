"""系统健康: what this installation rests on, as it is now; each answer with what to do about it."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as _

from hub import __version__
from hub.console.here import editor, guarding, services
from hub.domain.roles import Right
from hub.health import READY_AGE, SILENCE, Answer, examiner, judge
from hub.vitals import Vitals

screen = Blueprint("system", __name__)
screen.before_request(guarding(Right.READ, Right.PEOPLE))

# What each check is about; a name that is not here shows as it is.
NAMES = {
    "database": _("数据库"),
    "queue": _("队列"),
    "clock": _("时钟"),
    "worker": _("worker"),
    "probe": _("队列探针"),
    "overdue": _("过时未发"),
    "hints": _("入队"),
    "lists": _("列表和订阅"),
    "allowances": _("平台额度"),
    "disk": _("磁盘"),
}


@dataclass(frozen=True)
class Process:
    """A process's last sign of life. `alive`: it spoke lately."""

    name: str
    at: datetime
    alive: bool


@screen.get("/health")
def health() -> str:
    """Every check, live; with `fragment` the answers alone. What can't be known is not well."""
    vitals = examiner(services()).vitals(age=READY_AGE)
    answers = judge(vitals)
    template = "console/_health.html" if request.args.get("fragment") else "console/health.html"
    return render_template(
        template,
        answers=answers,
        names=NAMES,
        verdict=_verdict(answers),
        processes=_processes(vitals),
        at=vitals.at,
        # What to do about it is for whoever runs the installation.
        advised=editor().may(Right.PEOPLE),
        software=(__version__, platform.python_version(), services().db.engine.dialect.name),
    )


def _verdict(answers: list[Answer]) -> str:
    """`ill` when anything is not well, `watch` when something asks for attention, else `well`."""
    if not all(answer.well for answer in answers):
        return "ill"
    return "watch" if any(answer.warning for answer in answers) else "well"


def _processes(vitals: Vitals) -> list[Process]:
    """Who has spoken within the hour, the living first."""
    if vitals.stock is None:
        return []
    at = vitals.stock.at
    named = {name: when for name, when in vitals.stock.signs.items() if not name.startswith("probe")}
    lately = [Process(n, w, abs(at - w) <= SILENCE) for n, w in named.items() if abs(at - w) <= timedelta(hours=1)]
    return sorted(lately, key=lambda process: (not process.alive, process.name))
