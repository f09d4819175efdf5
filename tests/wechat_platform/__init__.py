"""The WeChat platform as far as it concerns us, simulated in a process of its own: strict, with its quotas, its error
codes and its bad days. Its rules, and where each is from, are in `tests/channels/wechat/test_platform.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from hub.process import die_with_parent

ROOT = Path(__file__).parents[2]
APPID, SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Far:
    """A running platform, and what a test does to it."""

    base: str
    http: httpx.Client

    def account(self, appid: str = APPID, secret: str = SECRET, **settings: Any) -> None:
        """Make the account, or change it."""
        self._control("accounts", {"appid": appid, "secret": secret, **settings})

    def faults(self, *faults: dict[str, Any]) -> None:
        """From now on these, each `{"call", "kind"}` with `times` and `skip`; none: all is well again."""
        self._control("faults", list(faults))

    def clock(self, fixed: float | None = None, shift: float = 0.0) -> None:
        """Let the platform's time stand at `fixed`, or go `shift` seconds ahead."""
        self._control("clock", {"fixed": fixed, "shift": shift})

    def remove(self, status: int, appid: str = APPID) -> None:
        """Take down what the account has published: 5 by its user, 6 by the platform."""
        self._control("remove", {"appid": appid, "status": status})

    def state(self, appid: str = APPID) -> dict[str, Any]:
        """All that is in the account."""
        return dict(self.http.get(f"{self.base}/control/state/{appid}").json())

    def log(self) -> list[dict[str, Any]]:
        """The calls so far, each with its outcome."""
        return list(self.http.get(f"{self.base}/control/log").json())

    def calls(self, call: str) -> int:
        """How often this call was made."""
        return sum(entry["call"] == call for entry in self.log())

    def reset(self) -> None:
        """Forget everything, and have one account again."""
        self._control("reset", {})
        self.account()

    def _control(self, name: str, data: Any) -> None:
        self.http.post(f"{self.base}/control/{name}", json=data).raise_for_status()


@contextmanager
def running() -> Iterator[Far]:
    """A platform with one account, for as long as the block lasts."""
    me = os.getpid()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.wechat_platform"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: die_with_parent(me),  # noqa: PLW1509 (the tests use no threads here)
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with httpx.Client(trust_env=False, timeout=10) as http:
            far = Far(f"http://127.0.0.1:{port}", http)
            far.reset()
            yield far
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
