"""Randomised fault runs: `python -m tests.faults --runs 50 --seed 1`. The last line is the sum; see docs/faults.md."""

from __future__ import annotations

import argparse
import collections
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import SystemRandom

from tests.faults.plan import make_plan
from tests.faults.points import POINTS, REACHED, Arm, MissingSeamError
from tests.faults.run import ROOT, Bench, carry_out, forget, sink
from tests.faults.scenarios import SCENARIOS
from tests.postgres import own_server

DATABASES = ("sqlite", "postgresql")
# Every so many runs one has outages of the length that the product promises to survive.
SLOW_EVERY = 50
# In so many runs every named point must have been reached.
ENOUGH = 40


def main() -> int:
    """Run the series; 0 when nothing was lost, doubled or illegal."""
    asked = _asked()
    if asked.lane:
        return _lane(asked)
    if asked.scenario:
        return _scenario(asked)
    folder = Path(asked.folder or tempfile.mkdtemp(prefix="yigao-faults-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"seed={asked.seed} runs={asked.runs} databases={asked.databases} folder={folder}", flush=True)
    began = time.monotonic()
    lanes = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.faults",
                *sys.argv[1:],
                "--seed",
                str(asked.seed),
                "--folder",
                str(folder),
                "--lane",
                str(n + 1),
            ],
            cwd=ROOT,
        )
        for n in range(asked.lanes)
    ]
    codes = [lane.wait() for lane in lanes]
    return _sum(folder, asked.runs, time.monotonic() - began, codes, keep=asked.keep)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--databases", default=",".join(DATABASES), help="sqlite,postgresql")
    parser.add_argument("--first", type=int, default=0, help="the number of the first run")
    parser.add_argument("--slow", action="store_true", help="long outages in every run")
    parser.add_argument("--broken", default="", help="a deliberately broken build, to see the harness fail")
    parser.add_argument("--arm", action="append", default=[], help="POINT,WHERE,NTH,VICTIM,SECONDS in every run too")
    parser.add_argument("--first-find", action="store_true", help="end with the first run in which something is wrong")
    parser.add_argument("--lanes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--folder", default="")
    parser.add_argument("--keep", action="store_true", help="keep every run's folder")
    parser.add_argument("--scenario", default="", choices=["", *SCENARIOS], help="one named fault instead of dice")
    parser.add_argument("--size", type=int, default=100, help="the number of deliveries of a scenario")
    parser.add_argument("--lane", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.seed is None:
        asked.seed = SystemRandom().randrange(1_000_000)
    return asked


def _lane(asked: argparse.Namespace) -> int:
    """One of the processes that share the runs."""
    root = Path(asked.folder)
    folder = root / f"lane{asked.lane}"
    databases = asked.databases.split(",")
    with ExitStack() as stack:
        port = stack.enter_context(sink(folder))
        server = stack.enter_context(own_server()) if "postgresql" in databases else None
        bench = Bench(folder, port, server)
        for number in _numbers(root, asked.first, asked.first + asked.runs):
            database = databases[number % len(databases)]
            slow = asked.slow or (number + 1) % SLOW_EVERY == 0
            plan = make_plan(asked.seed * 100_000 + number, database, number=number // len(databases), slow=slow)
            plan.broken = asked.broken
            plan.arms += [_arm(text) for text in asked.arm]
            began = time.monotonic()
            verdict, kept = carry_out(bench, plan, f"run-{number}")
            line = {
                "run": number,
                "database": database,
                "seconds": round(time.monotonic() - began, 2),
                "lost": len(verdict.lost),
                "doubled": len(verdict.doubled),
                "illegal": len(verdict.illegal),
                "states": verdict.states,
                "reached": _reached(kept),
                "struck": _struck(kept),
                "folder": str(kept),
            }
            with (root / "runs.jsonl").open("a") as out:
                out.write(json.dumps(line) + "\n")
            if not verdict.clean:
                said = "\n".join(f"  {sentence}" for sentence in verdict.sentences())
                print(f"run {number} ({database}) kept in {kept}\n{said}", flush=True)
                if asked.first_find:
                    break
            elif not asked.keep:
                forget(bench, plan, kept)
    return 0


def _scenario(asked: argparse.Namespace) -> int:
    """One named fault on each database; 0 when all is as it should be."""
    folder = Path(asked.folder or tempfile.mkdtemp(prefix="yigao-faults-"))
    wrong = 0
    with ExitStack() as stack:
        port = stack.enter_context(sink(folder))
        server = stack.enter_context(own_server()) if "postgresql" in asked.databases else None
        bench = Bench(folder, port, server)
        for database in asked.databases.split(","):
            story = SCENARIOS[asked.scenario](bench, database, asked.size)
            said = [*story.verdict.sentences(), *story.sentences]
            wrong += len(said)
            print(f"{asked.scenario} ({database}, {asked.size}): {story.figures} {story.verdict.states}")
            print("".join(f"  {sentence}\n" for sentence in said), end="", flush=True)
    if not wrong:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"scenario={asked.scenario} wrong={wrong}", flush=True)
    return 1 if wrong else 0


def _arm(text: str) -> Arm:
    """Raises MissingSeamError for a point that is none."""
    point, where, nth, victim, seconds = text.split(",")
    if point not in POINTS:
        raise MissingSeamError(f"{point} is no point: {', '.join(POINTS)}")
    return Arm(point, where, int(nth), victim, float(seconds))


def _numbers(root: Path, first: int, end: int) -> Iterator[int]:
    """The next run that nobody has taken."""
    while True:
        with (root / "next").open("a+") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            handle.seek(0)
            number = first + len(handle.read())
            handle.write(".")
        if number >= end:
            return
        yield number


def _reached(folder: Path) -> list[str]:
    path = folder / "reached"
    return sorted(set(path.read_text().splitlines())) if path.exists() else []


def _struck(folder: Path) -> list[str]:
    path = folder / "struck"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [f"{arm['point']} of {arm['where']}: {arm['victim']}{' stopped' if arm['seconds'] else ''}" for arm in lines]


def _sum(folder: Path, wanted: int, seconds: float, codes: list[int], *, keep: bool) -> int:
    path = folder / "runs.jsonl"
    runs = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    lost, doubled, illegal = (sum(run[kind] for run in runs) for kind in ("lost", "doubled", "illegal"))
    reached = collections.Counter(point for run in runs for point in run["reached"])
    states = collections.Counter()
    for run in runs:
        states.update(run["states"])
    print("points reached: " + ", ".join(f"{p} {n}" for p, n in sorted(reached.items())))
    print("states at the end: " + ", ".join(f"{s} {n}" for s, n in states.most_common()))
    struck = collections.Counter(fault for run in runs for fault in run["struck"])
    print(f"faults at points: {sum(struck.values())}, of {len(struck)} kinds")
    print(f"{seconds:.0f} s, {sum(r['seconds'] for r in runs) / max(len(runs), 1):.1f} s a run")
    never = [point for point in REACHED if not reached[point]]
    if never and len(runs) >= ENOUGH:
        print(f"never reached, so never broken: {', '.join(never)}")
        codes = [*codes, 1]
    whole = len(runs) == wanted and not any(codes)
    if not whole:
        print(f"{len(runs)} of {wanted} runs were carried out")
    if whole and not (lost or doubled or illegal or keep):
        shutil.rmtree(folder, ignore_errors=True)
    print(f"runs={len(runs)} lost={lost} doubled={doubled} illegal={illegal}", flush=True)
    return 0 if whole and not (lost or doubled or illegal) else 1


if __name__ == "__main__":
    sys.exit(main())
