"""The processes under test. Each is forked from a process that has imported everything, so that it starts in
milliseconds, and then runs the product's own main function with its settings from the environment, as always.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import hub.clock
import hub.jobs
import hub.supervisor
import hub.web
import worker
from hub import embedded
from hub.config import load
from hub.process import die_with_parent
from tests.faults import breaking, paces, points, shifts
from tests.faults.far import services_of
from tests.faults.points import Arm, Faults
from tests.faults.verbs import with_verbs

MAINS: dict[str, Callable[[], int]] = {"worker": worker.main, "clock": hub.clock.main, "web": hub.web.main}


@dataclass(frozen=True)
class Setting:
    """What every process of a run is told. `broken` names a deliberately broken build, or is empty."""

    folder: Path
    port: int
    arms: tuple[Arm, ...] = ()
    broken: str = ""
    paces: tuple[tuple[str, float], ...] = ()

    @property
    def run(self) -> str:
        """The run's name at the sink."""
        return self.folder.name


class Forked:
    """A forked process with the part of Popen's face that the supervisor and the harness use."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() >= end:
                raise subprocess.TimeoutExpired("a forked process", timeout or 0)
            time.sleep(0.01)
        return code

    def send(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send(signal.SIGTERM)

    def kill(self) -> None:
        self.send(signal.SIGKILL)


def fork(body: Callable[[], int], log: Path, *, prepare: Callable[[], object] = lambda: None) -> Forked:
    """Run `body` in a forked child of a session of its own, its output in `log`; its answer is the exit code."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return Forked(pid)
    code = 70
    try:
        os.setsid()
        prepare()
        _be_alone(log)
        code = body()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:  # noqa: BLE001 (a forked child must never return into its parent's code)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


def _be_alone(log: Path) -> None:
    """Nothing of the parent's: no open file or lock, no handler of a signal."""
    null, output = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, 1024)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    # What the parent has in memory stays as it is: nothing of it is closed in our name.
    gc.freeze()


def become(kind: str, name: str, setting: Setting) -> int:
    """Run the product's process of this kind under its name in the run; the exit code."""
    install(kind, name, setting)
    return MAINS[kind]()


def install(kind: str, name: str, setting: Setting) -> None:
    """Make this process part of the run: its channels, paces, clock, armed points, and what is broken on purpose."""
    folder = setting.folder / "pids"
    folder.mkdir(exist_ok=True)
    part = folder / f".{name}"
    part.write_text(str(os.getpid()))
    part.rename(folder / name)
    paces.quicken({**paces.PACES, **{seam: timedelta(seconds=s) for seam, s in setting.paces}})
    shifts.install(setting.folder)
    # Shared by a worker and its child alone; here all were forked from one process.
    hub.jobs._progress = hub.jobs.Progress()
    for module in (worker, hub.clock, hub.web):
        module.Services = lambda config: services_of(config, setting.port, setting.folder)
    if setting.broken:
        breaking.BUILDS[setting.broken]()
    points.install(Faults(setting.folder, kind, list(setting.arms)))
    hub.web.create_app = with_verbs(hub.web.create_app)


def supervise(setting: Setting, environment: Mapping[str, str]) -> int:
    """The real supervisor over forked processes; the exit code."""
    os.environ.clear()
    os.environ.update(environment)
    (setting.folder / "pids").mkdir(exist_ok=True)
    (setting.folder / "pids" / "supervisor").write_text(str(os.getpid()))
    paces.quicken()
    program = hub.supervisor.Program.__init__
    program.__defaults__ = tuple(
        paces.PACES["hub.supervisor:FIRST_PAUSE"] if d == 0.5 else d for d in program.__defaults__
    )

    def popen(command: Sequence[str], **options: Any) -> Any:
        return _start(command, setting, **options)

    hub.supervisor.subprocess = _Subprocess(popen)
    hub.supervisor.PYTHON = ("entry",)
    hub.supervisor.WORKER = ("entry", "worker")
    return hub.supervisor.run(load(), started=(setting.folder / "started").touch, web=("entry", "hub.web"))


class _Subprocess:
    """The module `subprocess` as the supervisor sees it."""

    def __init__(self, popen: Callable[..., Any]) -> None:
        self.Popen = popen

    def __getattr__(self, name: str) -> Any:
        return getattr(subprocess, name)


def _start(
    command: Sequence[str], setting: Setting, *, env: Mapping[str, str], stdout: Any, preexec_fn: Any, **_: Any
) -> Any:
    if command[0] != "entry":
        # The embedded server is a program of its own.
        started = subprocess.Popen(
            command,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stdout,
            start_new_session=True,
            preexec_fn=preexec_fn,  # noqa: PLW1509 (the supervisor's own; it takes no lock)
        )
        (setting.folder / "pids" / "server").write_text(str(started.pid))
        return started
    name = Path(stdout.name).stem
    kind = command[1].removeprefix("hub.")

    def body() -> int:
        os.environ.clear()
        os.environ.update(env)
        return become(kind, name, setting)

    return fork(body, Path(stdout.name), prepare=preexec_fn)


def outside(kind: str, name: str, setting: Setting, environment: Mapping[str, str]) -> Forked:
    """A clock or a worker beside the tree, as on a second machine; it ends with the harness."""
    parent = os.getpid()

    def body() -> int:
        os.environ.clear()
        os.environ.update(environment)
        return become(kind, name, setting)

    log = setting.folder / "data" / "log" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    return fork(body, log, prepare=lambda: die_with_parent(parent))


def redis_url(data: Path) -> str:
    """The address of the tree's embedded server."""
    return embedded.url(data)


def describe(setting: Setting) -> str:
    """For the run's folder."""
    return json.dumps({"port": setting.port, "broken": setting.broken, "arms": [a.as_dict() for a in setting.arms]})
