"""Real processes, and waiting for what they do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from hub import embedded
from hub.process import die_with_parent

ROOT = Path(__file__).parents[2]


def until(true: Callable[[], object], seconds: float = 20) -> None:
    """Wait until it is so; fails when it isn't in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


def spawn(*command: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start a program of the project that ends with the test's process."""
    me = os.getpid()
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        preexec_fn=lambda: die_with_parent(me),  # noqa: PLW1509 (the tests use no threads here)
        start_new_session=True,
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill this process, which we started."""
    if process.poll() is None:
        process.kill()
    process.wait()


@contextmanager
def redis_server(data: Path) -> Iterator[str]:
    """The wheel's server on a private socket; yields its address."""
    embedded.prepare(data)
    me = os.getpid()
    process = subprocess.Popen(
        embedded.command(data),
        preexec_fn=lambda: die_with_parent(me),  # noqa: PLW1509 (the tests use no threads here)
        stdout=subprocess.DEVNULL,
    )
    try:
        assert embedded.answers(data)
        yield embedded.url(data)
    finally:
        end(process)


def descendants(pid: int) -> list[psutil.Process]:
    """All processes below `pid`."""
    return psutil.Process(pid).children(recursive=True)


def gone(processes: list[psutil.Process]) -> bool:
    """Whether none of them runs any more (a zombie waits for its reaper and runs nothing)."""
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)
