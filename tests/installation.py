"""A whole running installation for tests: the wheel, unpacked, started as its users start it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def build_wheel(folder: Path) -> Path:
    """Build the wheel and unpack it below `folder`; returns where the packages are."""
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder / "dist"), str(ROOT)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    (wheel,) = (folder / "dist").glob("*.whl")
    installed = folder / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    return installed


@dataclass
class Running:
    """A started installation: its process, what it printed as JSON, and its data folder."""

    process: subprocess.Popen[str]
    said: dict[str, Any]
    data: Path

    def tree(self) -> list[psutil.Process]:
        """Every process of the tree, the supervisor first."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> float:
        """Send the signal; returns the seconds until the last process of the tree was gone."""
        tree = self.tree()
        begun = time.monotonic()
        self.process.send_signal(how)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        psutil.wait_procs(tree, timeout=15)
        left = [p for p in tree if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
        for process in left:
            process.kill()
        if left:
            raise AssertionError(f"left behind after {how.name}: {left}")
        return time.monotonic() - begun


def environment(packages: Path | None = None) -> dict[str, str]:
    """This environment, without settings of its own, running the checkout or the given packages."""
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith("YIGAO_") and k not in ("REDIS_URL", "DATABASE_URL")
    }
    return {**kept, "PYTHONPATH": str(packages or ROOT)}


@contextmanager
def installation(
    data: Path, *, sample: bool = True, packages: Path | None = None, cwd: Path | None = None, **settings: str
) -> Iterator[Running]:
    """Run `yigao up` until the end of the block; yields when it has said its addresses."""
    command = [sys.executable, "-c", "from hub.cli import main; main()", "up", "--json", "--data", str(data)]
    command += ["--port", str(free_port()), *(["--sample"] if sample else [])]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd or data.parent,
        env={**environment(packages), **settings},
    )
    try:
        yield Running(process, _first_document(process), data)
    finally:
        if process.poll() is None:
            tree = psutil.Process(process.pid).children(recursive=True)
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            for child in tree:
                with suppress(psutil.NoSuchProcess):
                    child.kill()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def _first_document(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The JSON document that `up` prints once it serves."""
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line.rstrip() == "}":
            found: dict[str, Any] = json.loads(text)
            return found
    process.wait(5)
    assert process.stderr is not None
    raise AssertionError(f"yigao up ended with {process.returncode}: {text}{process.stderr.read()}")
