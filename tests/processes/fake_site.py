"""Real processes that build a site: `fake_site.py worker|clock DATA`, or `refresh|rebuild DATA POINT NTH`, which is
killed when it comes to the point for the NTH time. DATA/named has a line for each name that a file was given.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import worker
from hub import clock, logs, rebuilding, site
from hub.outlets.folder import Batch
from hub.services import Services
from tests.fakes import Sited, make_services

# Where a process may die: "module:Class.name" or "module:name".
POINTS = {
    "folding": "hub.site.store:Store.put_fragments",
    "part": "hub.outlets.folder:Batch._parted",
    "naming": "hub.outlets.folder:Batch._put",
    "noting": "hub.site.store:Store.note",
    "recording": "hub.site.refreshing:built",
    "swapping": "hub.rebuilding:_swap",
    "installing": "hub.rebuilding:install",
    "ending": "hub.rebuilding:built",
}


def services_of(data: Path, *, create: bool, **settings: Any) -> Services:
    """Services with a channel on the site: account 1."""
    return make_services(data, Sited(), create=create, tick_seconds=0.2, **settings)


def _wrap(seam: str, around: Callable[..., None]) -> None:
    module, _, path = seam.partition(":")
    *owners, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for part in owners:
        owner = getattr(owner, part)
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        around(*args)
        return original(*args, **kwargs)

    setattr(owner, name, wrapped)


class _Death:
    def __init__(self, nth: int) -> None:
        self.left = nth

    def __call__(self, *_: Any) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _note(data: Path, batch: Batch, change: Any) -> None:
    path = change.target.relative_to(batch._folder.root).as_posix()
    handle = os.open(data / "named", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(handle, f"{path}\n".encode())
    os.close(handle)


def _main(kind: str, data: Path, *fault: str) -> int:
    logs.to_stderr()
    services = services_of(data, create=False, redis_url=os.environ.get("REDIS_URL", ""))
    if fault:
        point, nth = fault
        _wrap(POINTS[point], _Death(int(nth)))
        _run = {"refresh": partial(site.refresh, services, 1), "rebuild": partial(rebuilding.rebuild, services)}
        _run[kind]()
        return 0
    _wrap(POINTS["naming"], partial(_note, data))
    return {"worker": worker.run, "clock": clock.run}[kind](services)


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
