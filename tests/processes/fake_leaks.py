"""A real worker, clock or web in which things break with what must never stand in a log: `fake_leaks.py KIND DATA`.

Account 1 breaks while rendering, account 2 while sending; before that each says its piece in every other way.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

import worker
from channels.base import Artefact, Receipt
from channels.manuscript import Manuscript
from hub import clock, create_app, jobs, logs
from hub.services import Services
from hub.site import refreshing
from tests.fakes import Sender, make_services

TITLE, BODY, PHONE, PASSWORD = "关于临时救助的解读", "正文", "13912345678", "kai-men-2026"
LEAK = f"{TITLE} {BODY} {PHONE} {PASSWORD}"


def leak(*_: Any, **__: Any) -> Any:
    """Break, and before that say it in all the ways that a library has."""
    library = logging.getLogger("some.library")
    library.error(f"put together beforehand: {LEAK}")
    library.error("with an argument: %s", LEAK)
    library.error("and wrongly: %d", LEAK)
    warnings.warn(LEAK, stacklevel=1)
    thread = threading.Thread(target=_break)
    thread.start()
    thread.join()
    try:
        _break()
    except RuntimeError as error:
        raise ValueError(LEAK) from error


def _break() -> None:
    raise RuntimeError(LEAK)


@dataclass
class Leaky(Sender):
    """Breaks where it is told to."""

    rendering_breaks: bool = False

    def render(self, manuscript: Manuscript, settings: Any) -> Artefact:
        return leak() if self.rendering_breaks else super().render(manuscript, settings)

    def send(self, artefact: Artefact, settings: Any, key: str) -> Receipt:
        return leak()

    def find(self, key: str, artefact: Artefact, settings: Any) -> Receipt | None:
        return leak()


def services_of(data: Path, *, create: bool, redis_url: str = "") -> Services:
    """Services with the two channels that break."""
    channels = Leaky(key="renders", rendering_breaks=True), Leaky(key="sends")
    return make_services(data, *channels, create=create, redis_url=redis_url, metrics_token=PASSWORD, tick_seconds=0.2)


def breaking_worker(services: Services) -> int:
    """A worker whose first job breaks as a whole."""
    once = services.config.data / "broke"

    def drain(*given: Any, **named: Any) -> bool:
        if not once.exists():
            once.touch()
            leak()
        return real(*given, **named)

    real: Callable[..., bool] = jobs.drain
    jobs.drain = drain
    return worker.run(services)


def breaking_clock(services: Services) -> int:
    """A clock of whose parts one breaks."""
    refreshing.catch_up = leak
    return clock.run(services)


def breaking_web(services: Services) -> int:
    """A web application asked, without a server, for what breaks in it; and then it breaks itself."""
    app: Flask = create_app(services)
    app.add_url_rule("/console/breaks", "public.breaks", leak)
    app.view_functions["public"] = leak
    client = app.test_client()
    assert client.get("/anything").status_code == 500
    client.post("/console/sign-in", data={"login": PHONE, "password": PASSWORD})
    client.get("/metrics", headers={"Authorization": f"Bearer {PASSWORD}"})
    return int(leak())


if __name__ == "__main__":
    logs.to_stderr()
    kinds = {"worker": breaking_worker, "clock": breaking_clock, "web": breaking_web}
    sys.exit(kinds[sys.argv[1]](services_of(Path(sys.argv[2]), create=False, redis_url=os.environ["REDIS_URL"])))
