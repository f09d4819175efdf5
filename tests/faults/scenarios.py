"""Named faults, apart from the dice: each is one run with a plan of its own, and a question beyond the checker's.

python -m tests.faults --scenario emptied --size 1000 --databases postgresql
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import checker, paces
from tests.faults.checker import History, Verdict
from tests.faults.plan import CROWD, MUTE, Plan
from tests.faults.run import Bench, carry_out

# What a channel that hangs may cost the others: a minute at a lease of sixty seconds.
SHARE = paces.LEASE / 60
HANG_COST = 60 * SHARE
# The product's lanes in minutes, here by the same measure as the lease: in the dice's runs they are shorter.
LANES = {"FIRST_SLOW": 2, "LONGEST_SLOW": 30, "PATIENCE": 2}
# Everything that is due while Redis is emptied, stopped and started again is out so long after its time at the latest,
# and what it takes to send so many on a machine that is busy with other things.
EMPTIED_COST = 30.0
EACH_COST = 0.05
# As many times as long as in the dice's runs: ten beats a second of two clocks over a thousand rows is work of its own.
TICK = 0.5


@dataclass
class Story:
    """What came of a scenario: the checker's verdict, sentences of its own, figures for the reader."""

    verdict: Verdict
    folder: Path
    sentences: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)


def emptied(bench: Bench, database: str, size: int) -> Story:
    """Publications scheduled ahead, and Redis emptied, killed, started without data and stopped while they come due:
    all go out, none twice, with nobody's help.
    """
    seconds = max(2.0, size / 100)
    plan = Plan(1, database, more_clocks=1, more_workers=2, orders=_many(size, seconds), slow=4.0, tick=TICK)
    began = 1.0 + size / 500
    for share, fault in enumerate(("flush", "server-kill", "flush", "server-stop", "server-kill", "flush")):
        plan.faults.append({"at": began + seconds * share / 6, "fault": fault, "seconds": 1.0})
    story = _tell(bench, plan, "emptied")
    history = checker.read(story.folder, _kept(story.folder))
    lags = sorted(_lags(history, "far"))
    story.figures = _spread(lags)
    published = sum(1 for d in history.deliveries.values() if d["state"] == "published")
    if published != size:
        story.sentences.append(f"{published} of {size} are published")
    if lags and lags[-1] > EMPTIED_COST + size * EACH_COST:
        story.sentences.append(f"the last went out {lags[-1]:.1f} s after its time")
    return story


def hanging(bench: Bench, database: str, size: int) -> Story:
    """A channel that never answers, beside others: theirs go out as if it were not there."""
    alone = _tell(bench, Plan(2, database, more_workers=2, orders=_many(size, 0.0), slow=4.0, tick=TICK), "alone")
    without = _spread(sorted(_lags(checker.read(alone.folder, _kept(alone.folder)), "far")))
    mute = {
        "verb": "schedule-many",
        "piece": 900,
        "title": "解读 无声",
        "accounts": list(MUTE),
        "at": 0.0,
        "after": 1.0,
    }
    plan = Plan(3, database, more_workers=2, orders=[mute, *_many(size, 0.0)], slow=4.0, tick=TICK)
    plan.paces = {f"hub.publishing.lanes:{name}": minutes * 60 * SHARE for name, minutes in LANES.items()}
    plan.posts = {f"mute-{number - MUTE[0] + 1}": ["stall"] * 20 for number in MUTE}
    story = _tell(bench, plan, "hanging")
    beside = _spread(sorted(_lags(checker.read(story.folder, _kept(story.folder)), "far")))
    story.figures = {"p95 alone": without["p95"], "p95 beside": beside["p95"]}
    if beside["p95"] > without["p95"] + HANG_COST:
        story.sentences.append(
            f"beside a channel that hangs p95 is {beside['p95']:.1f} s, alone {without['p95']:.1f} s"
        )
    return story


def stuck(bench: Bench, database: str, size: int, where: str = "render") -> Story:
    """A delivery that holds the interpreter in a call to C is killed alone: its worker lives, its neighbours go on, and
    it goes out all the same, once.
    """
    plan = Plan(4, database, more_clocks=0, more_workers=0, workers=1, orders=_many(size, 0.0), slow=4.0)
    plan.stuck = {"title": plan.orders[0]["title"], "where": where}
    story = _tell(bench, plan, f"stuck-{where}")
    said = (story.folder / "data" / "log" / "worker-1.log").read_text()
    if "a delivery hangs; its process is killed" not in said:
        story.sentences.append("no process was killed for hanging")
    if "worker-1" in (story.folder / "tree.log").read_text():
        story.sentences.append("the worker itself died")
    return story


SCENARIOS: dict[str, Callable[[Bench, str, int], Story]] = {
    "emptied": emptied,
    "hanging": hanging,
    "stuck-render": stuck,
    "stuck-send": lambda bench, database, size: stuck(bench, database, size, "send"),
}


def _many(size: int, seconds: float) -> list[dict[str, object]]:
    """Orders for `size` deliveries whose times are spread over so many seconds."""
    orders = []
    for number, first in enumerate(range(0, size, len(CROWD))):
        accounts = list(CROWD)[: size - first]
        after = 1.0 + size / 500 + seconds * first / size
        order = {"verb": "schedule-many", "piece": number, "title": f"解读 {number}", "accounts": accounts}
        orders.append({**order, "at": 0.0, "after": round(after, 3)})
    return orders


def _tell(bench: Bench, plan: Plan, name: str) -> Story:
    verdict, folder = carry_out(bench, plan, f"{name}-{plan.database}")
    return Story(verdict, folder)


def _kept(folder: Path) -> str:
    return str(json.loads((folder / "plan.json").read_text())["kept"])


def _lags(history: History, channel: str) -> Iterator[float]:
    for delivery in history.deliveries.values():
        if delivery["channel"] == channel:
            due = checker.instant(delivery["due_at"]).timestamp()
            yield from (arrival["began"] - due for arrival in history.arrivals[delivery["key"]])


def _spread(lags: list[float]) -> dict[str, float]:
    if not lags:
        return {"p50": 0.0, "p95": 0.0, "p99": 0.0}
    return {f"p{share}": round(lags[min(len(lags) - 1, len(lags) * share // 100)], 2) for share in (50, 95, 99)}
