"""What happens in a run, decided before it begins by its seed alone: the same seed gives the same plan."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

from tests.faults.paces import TICK
from tests.faults.points import IN_CLOCK, IN_HORSE, IN_WEB, Arm
from tests.faults.sink import BEHAVIOURS

# The accounts of every run: id -> (channel, name at the sink, seconds that the channel waits for an answer).
ACCOUNTS: dict[int, tuple[str, str, float]] = {
    1: ("far", "far-1", 0.9),
    2: ("blind", "blind-1", 0.9),
    3: ("placed", "placed-1", 0.0),
    4: ("far", "far-2", 0.9),
    5: ("far", "far-3", 0.0),  # its channel waits for ever: only the worker's own limit ends it
}
SENT_TO = tuple(number for number, (channel, _, _) in ACCOUNTS.items() if channel != "placed")
# For the scenarios: many accounts of one channel, and some of a channel that waits for ever.
CROWD = range(101, 126)
MUTE = range(201, 211)
EVERYBODY = {
    **ACCOUNTS,
    **{number: ("far", f"crowd-{number - 100}", 0.9) for number in CROWD},
    **{number: ("blind", f"mute-{number - 200}", 0.0) for number in MUTE},
}
# A run's work is begun within this many seconds, and its faults too.
WORK_SECONDS = 2.0
_NO_FAULT = ("fine", "refuse")
ZONES = ("UTC", "Asia/Shanghai", "America/St_Johns", "Pacific/Kiritimati")


@dataclass
class Plan:
    """One run. Times are seconds after its beginning."""

    seed: int
    database: str
    workers: int = 2
    more_clocks: int = 1
    more_workers: int = 2
    orders: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    arms: list[Arm] = field(default_factory=list)
    posts: dict[str, list[str]] = field(default_factory=dict)
    blind_looks: dict[str, int] = field(default_factory=dict)
    broken: str = ""
    # The piece with this title holds the interpreter in a call to C, once: {"title", "where": "render" or "send"}.
    stuck: dict[str, str] = field(default_factory=dict)
    # Seconds that replace some of the shortened times: seam -> seconds.
    paces: dict[str, float] = field(default_factory=dict)
    tick: float = TICK
    # Times the usual length of outages, and of what is allowed for recovering.
    slow: float = 1.0

    def as_json(self) -> str:
        """For the run's folder, and for telling two plans apart."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


# Every named point with every process that may die at it: what a series goes through, one a run, besides its dice.
NAMED = tuple(
    Arm(point, where, 1, victim)
    for where, points in (("horse", IN_HORSE), ("clock", IN_CLOCK), ("web", IN_WEB))
    for point in points
    for victim in ("self", "worker", "clock", "web", "supervisor")
    if victim != where and not (where != "horse" and victim == "worker")
)


def make_plan(seed: int, database: str, *, number: int | None = None, slow: bool = False) -> Plan:
    """The plan of the seed. The run with a `number` also has the named fault whose turn it is."""
    dice = Random(f"yigao {seed} {database}")  # noqa: S311 (dice, repeatable on purpose)
    plan = Plan(
        seed, database, more_clocks=dice.choice((0, 1)), more_workers=dice.choice((0, 2)), slow=8.0 if slow else 1.0
    )
    _order(plan, dice)
    if number is not None:
        plan.arms.append(NAMED[number % len(NAMED)])
    for _ in range(dice.choice((0, 1, 1, 2))):
        dice.choices((_arm, _strike, _outage, _set_clock), (6, 3, 3, 1))[0](plan, dice)
    _catch_up(plan)
    _misbehave(plan, dice)
    return plan


def _order(plan: Plan, dice: Random) -> None:
    for piece in range(dice.randint(10, 16)):
        plan.orders.append(
            {
                "verb": "schedule",
                "piece": piece,
                "title": f"解读 {plan.seed}-{piece}",
                "account": dice.choices(tuple(ACCOUNTS), (4, 2, 3, 4, 2))[0],
                "at": round(dice.uniform(0, WORK_SECONDS * 0.6), 3),
                "after": dice.choice((0.0, round(dice.uniform(0, 1.5), 3))),
                "web": dice.random() < 0.3,
            }
        )
    for _ in range(dice.randint(0, 5)):
        verb = dice.choice(("cancel", "cancel", "reschedule", "reschedule", "retry", "withdraw"))
        plan.orders.append(
            {
                "verb": verb,
                "piece": dice.randrange(10),
                "at": round(dice.uniform(0.2, WORK_SECONDS * 1.3), 3),
                "after": round(dice.uniform(0.1, 1.0), 3),
                "web": dice.random() < 0.3,
            }
        )
    if dice.random() < 0.25:
        begin, office = round(dice.uniform(0.3, WORK_SECONDS), 3), dice.random() < 0.5
        end = round(begin + dice.uniform(0.8, 2.0), 3)
        plan.orders.append({"verb": "hold", "at": begin, "office": office, "web": False})
        plan.orders.append({"verb": "lift", "at": end, "web": False})
    plan.orders.sort(key=lambda order: order["at"])


def _arm(plan: Plan, dice: Random) -> None:
    """A fault at a named point."""
    where, points = dice.choices((("horse", IN_HORSE), ("clock", IN_CLOCK), ("web", IN_WEB)), (7, 2, 1))[0]
    victims = {"horse": ("self", "self", "worker", "worker", "clock", "web", "supervisor")}.get(
        where, ("self", "self", "worker", "supervisor")
    )
    seconds = round(dice.uniform(0.3, 6), 2) if dice.random() < 0.3 else 0.0
    plan.arms.append(Arm(dice.choice(points), where, dice.randint(1, 6), dice.choice(victims), seconds))


def _strike(plan: Plan, dice: Random) -> None:
    """A process is killed or stopped at any moment."""
    victim = dice.choice(("worker", "horse", "clock", "web", "supervisor", "server"))
    seconds = round(dice.uniform(0.3, 6), 2) if dice.random() < 0.4 else 0.0
    plan.faults.append(
        {"at": _moment(dice), "fault": "strike", "victim": victim, "seconds": seconds, "which": dice.random()}
    )


def _outage(plan: Plan, dice: Random) -> None:
    """Redis or the database is away, locked or emptied."""
    kinds = ["flush", "flush", "server-stop", "server-kill", "lock"]
    if plan.database == "postgresql":
        kinds += ["database-crash", "database-stop"]
    seconds = round(dice.uniform(0.3, 3) * plan.slow, 2)
    plan.faults.append({"at": _moment(dice), "fault": dice.choice(kinds), "seconds": seconds})


def _set_clock(plan: Plan, dice: Random) -> None:
    """The machine's clock is set once or twice, and its zone changes."""
    moment = _moment(dice)
    for _ in range(dice.choice((1, 2))):
        ahead = dice.choice((300.0, -300.0, 45.0, -45.0, 0.0))
        plan.faults.append({"at": moment, "fault": "clock", "ahead": ahead, "zone": dice.choice(ZONES)})
        moment = round(moment + dice.uniform(0.3, 1.5), 3)


def _catch_up(plan: Plan) -> None:
    """In the end the clock stands as far ahead as it ever did: else the run would wait for its due times as long as it
    was set back, which is right, and tells nothing more.
    """
    clocks = sorted((f for f in plan.faults if f["fault"] == "clock"), key=lambda f: f["at"])
    furthest = max([0.0, *(f["ahead"] for f in clocks)])
    if clocks and clocks[-1]["ahead"] < furthest:
        last = round(clocks[-1]["at"] + 0.7, 3)
        plan.faults.append({"at": last, "fault": "clock", "ahead": furthest, "zone": "UTC"})


def _misbehave(plan: Plan, dice: Random) -> None:
    """The far ends lose answers, are slow, refuse."""
    # Taken, and the answer lost, is what the whole is about: those come more often.
    kinds = [kind for kind, taken in BEHAVIOURS.items() for _ in range(2 if taken else 1) if kind not in _NO_FAULT]
    for number in SENT_TO:
        name = ACCOUNTS[number][1]
        often = dice.choice((0.1, 0.3, 0.6))
        plan.posts[name] = [dice.choice(kinds) if dice.random() < often else "fine" for _ in range(6)]
        plan.blind_looks[name] = dice.choice((0, 0, 0, 1, 2))


def _moment(dice: Random) -> float:
    return round(dice.uniform(0.1, WORK_SECONDS * 1.2), 3)
