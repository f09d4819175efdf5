"""The named fault points of a delivery, as data, and what happens in a process that reaches an armed one.

The product has no fault code in it: the processes under test wrap the seams named here when they start. A seam that is
no longer there stops the harness with a sentence, rather than letting a fault silently never happen.
"""

from __future__ import annotations

import fcntl
import importlib
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import wraps
from pathlib import Path
from typing import Any

# What is wrapped: the name of the point, and the function ("module:name" or "module:Class.name").
SEAMS = {
    "release": "hub.publishing.releasing:release_due",
    "enqueue": "hub.queue:Queue.hint",
    "claim": "hub.publishing.claiming:claim",
    "claim-aside": "hub.publishing.claiming:claim_aside",
    "place": "hub.site:place",
    "sweep": "hub.publishing.sweeping:sweep",
    "hold-back": "hub.publishing.holding:hold_back",
}
# Reached by the channels under test themselves: the request is under way between "sent.before" and "send.after".
CHANNEL_POINTS = (
    *("send.before", "sent.before", "send.after"),
    *("look.before", "look.after", "retract.before", "retract.after"),
)
# Reached by the commit of a transaction that wrote a delivery: any, one with an intent in it, one with a receipt in it.
COMMITS = ("commit", "intent", "receipt")

POINTS = (
    *(f"{seam}.{when}" for seam in (*SEAMS, *COMMITS) for when in ("before", "after")),
    *CHANNEL_POINTS,
)
_OF_THE_CLOCK = ("release", "sweep", "enqueue", "hold-back")
# Points that a worker's child reaches, and those of the other processes.
IN_HORSE = tuple(p for p in POINTS if p.split(".")[0] not in _OF_THE_CLOCK)
IN_CLOCK = tuple(p for p in POINTS if p.split(".")[0] in (*_OF_THE_CLOCK, "commit"))
IN_WEB = ("commit.before", "commit.after", "enqueue.before", "enqueue.after")

# Every point with the kind of process that must come to it; a long series in which one never does is a failure.
REACHED = tuple(
    f"{where} {point}"
    for where, points in (("horse", IN_HORSE), ("clock", IN_CLOCK), ("web", IN_WEB))
    for point in points
)

RECEIPTS = {"published", "confirming", "awaiting_hand"}


@dataclass(frozen=True)
class Arm:
    """One fault: when a process of the kind `where` reaches `point` for the `nth` time in all, `victim` ("self",
    "horse", "worker", "clock", "web", "supervisor") is killed, or stopped for `seconds` when that is not 0.
    """

    point: str
    where: str
    nth: int = 1
    victim: str = "self"
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class MissingSeamError(Exception):
    """The product no longer has what a fault point wraps: adapt points.py."""


class Faults:
    """The armed points of this process. `folder` is the run's; `kind` what this process is."""

    def __init__(self, folder: Path, kind: str, arms: list[Arm]) -> None:
        self.folder, self.kind, self.arms = folder, kind, arms
        self.me = os.getpid()
        # By who it was: a worker's child inherits what the worker has noted.
        self.seen: set[tuple[str, str]] = set()

    def where(self) -> str:
        """A worker's child is the horse."""
        return "horse" if self.kind == "worker" and os.getpid() != self.me else self.kind

    def reach(self, point: str) -> None:
        """Note it, and do what is armed for it."""
        where = self.where()
        if (where, point) not in self.seen:
            self.seen.add((where, point))
            append(self.folder / "reached", f"{where} {point}\n")
        for number, arm in enumerate(self.arms):
            if arm.point == point and arm.where == where and self._turn(number) == arm.nth:
                self._strike(arm)

    def _turn(self, number: int) -> int:
        """How often this arm's point has been reached, in all processes of the run."""
        with (self.folder / f"arm{number}").open("a+") as count:
            fcntl.flock(count, fcntl.LOCK_EX)
            count.write(".")
            count.flush()
            return count.tell()

    def _strike(self, arm: Arm) -> None:
        append(self.folder / "struck", json.dumps({**arm.as_dict(), "pid": os.getpid(), "at": time.time()}) + "\n")
        for pid in self._victims(arm.victim):
            if arm.seconds:
                append(self.folder / "stopped", f"{pid} {time.time() + arm.seconds}\n")
                os.kill(pid, signal.SIGSTOP)
            else:
                os.kill(pid, signal.SIGKILL)
        if arm.victim != "self" and not arm.seconds and self.where() == "horse":
            # The kernel takes a moment to bring the death of a parent to us.
            time.sleep(0.05)

    def _victims(self, victim: str) -> list[int]:
        if victim == "self" or victim == self.where():
            return [os.getpid()]
        if victim == "worker" and self.where() == "horse":
            return [os.getppid()]
        return [pid for name, pid in pids(self.folder).items() if name.split("-")[0] == victim]


_faults: Faults | None = None


def reach(point: str) -> None:
    """The process is at `point`; called from the channels under test and from the wrapped seams."""
    if _faults is not None:
        _faults.reach(point)


def install(faults: Faults) -> None:
    """Wrap every seam in this process. Raises MissingSeamError."""
    global _faults  # noqa: PLW0603 (one process, one set of faults)
    _faults = faults
    for point, seam in SEAMS.items():
        replace(seam, lambda original, point=point: _around(point, original))
    _watch_commits()


def append(path: Path, line: str) -> None:
    """Append a line in one write."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def pids(folder: Path) -> dict[str, int]:
    """The processes of a run by name, as they last said themselves."""
    found = {}
    for path in (folder / "pids").glob("*"):
        try:
            found[path.name] = int(path.read_text())
        except ValueError:
            continue  # being written
    return found


def resolve(seam: str) -> tuple[Any, str, Any]:
    """The owner, the name and the function of "module:name" or "module:Class.name". Raises MissingSeamError."""
    module, _, path = seam.partition(":")
    *owners, name = path.split(".")
    try:
        owner = importlib.import_module(module)
        for part in owners:
            owner = getattr(owner, part)
        return owner, name, getattr(owner, name)
    except (ImportError, AttributeError) as error:
        raise MissingSeamError(f"{seam} is not there any more: adapt tests/faults to the product") from error


def replace(seam: str, make: Callable[[Any], Any]) -> None:
    """Replace a thing of the product in every loaded module that has it under any name. Raises MissingSeamError."""
    owner, name, original = resolve(seam)
    new = make(original)
    setattr(owner, name, new)
    for module in [m for n, m in list(sys.modules.items()) if n == "worker" or n.split(".")[0] in ("hub", "tests")]:
        for alias, value in list(vars(module).items()):
            if value is original:
                setattr(module, alias, new)


def _around(point: str, original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        reach(f"{point}.before")
        done = original(*args, **kwargs)
        reach(f"{point}.after")
        return done

    return wrapped


_writes = threading.local()


def _watch_commits() -> None:
    """Tell by their statements what a transaction holds, and reach its points around the driver's commit."""
    from sqlalchemy import Engine, event
    from sqlalchemy.engine.default import DefaultDialect

    event.listen(Engine, "before_cursor_execute", _note_statement)
    event.listen(Engine, "rollback", lambda _connection: _tags().clear())
    commit = DefaultDialect.do_commit

    def do_commit(self: Any, connection: Any) -> None:
        with _at(sorted(_tags())):
            commit(self, connection)

    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def _tags() -> set[str]:
    if not hasattr(_writes, "tags"):
        _writes.tags = set()
    tags: set[str] = _writes.tags
    return tags


@contextmanager
def _at(tags: list[str]) -> Iterator[None]:
    _tags().clear()
    for tag in tags:
        reach(f"{tag}.before")
    yield
    for tag in tags:
        reach(f"{tag}.after")


def _note_statement(_c: Any, _cursor: Any, statement: str, _p: Any, context: Any, _many: bool) -> None:
    if not statement.lstrip().upper().startswith(("UPDATE DELIVERIES", "INSERT INTO DELIVERIES")):
        return
    _tags().add("commit")
    if any(value is not None for value in _given(statement, context, "intent_at")):
        _tags().add("intent")
    if any(str(value) in RECEIPTS for value in _given(statement, context, "state")):
        _tags().add("receipt")


def _given(statement: str, context: Any, column: str) -> list[Any]:
    """The values that the statement gives the column, whatever its parameters are called."""
    found = re.search(rf"\b{column}=(\?|%\((\w+)\)s)", statement.partition(" WHERE ")[0])
    if found is None or context.compiled is None:
        return []
    name = found[2] or context.compiled.positiontup[statement[: found.start()].count("?")]
    return [values.get(name) for values in context.compiled_parameters]
