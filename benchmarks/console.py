"""Every screen of the console over a city's rows: p95 of the server's time, as a ratio to the sign-in page.

The sign-in page asks the database nothing: the ratio says what a screen costs above a page at all, on any machine.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event

from benchmarks._city import fill
from hub import create_app
from hub.config import Config
from hub.services import Services
from hub.web import settle
from tests.browser.house import house, settled_and_unsettled
from tests.screens import SCREENS, addresses

WARM, ROUNDS = 3, 20
BUDGET_MS = 100


def run() -> list[dict[str, Any]]:
    """One figure a screen. What is over the budget is told with its queries."""
    with tempfile.TemporaryDirectory(prefix="yigao-bench-") as folder:
        with house(Path(folder)) as made:
            settled_and_unsettled(made)
        services = Services(Config(data=Path(folder)))
        begun = time.perf_counter()
        fill(services, made.office_id)
        print(f"… a city's rows in {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
        rows = _looked_at(services, made.login, made.password)
        services.db.close()
    return rows


def _looked_at(services: Services, login: str, password: str) -> list[dict[str, Any]]:
    app = create_app(services)
    # As the process of the web does when its port is open.
    settle(services.channels)
    stranger, client = app.test_client(), app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/console/sign-in").text)
    client.post(
        "/console/sign-in", data={"login": login, "password": password, "csrf_token": token[1] if token else ""}
    )
    paths = addresses(services)
    alone = _p95(stranger, "sign-in")
    rows = []
    for screen in SCREENS:
        taken = _p95(stranger if screen.open else client, paths[screen.name])
        if taken > BUDGET_MS:
            _tell(services, client, screen.name, paths[screen.name], taken)
        rows.append(
            {
                "name": f"console: {screen.name}",
                "value": round(taken, 1),
                "unit": "ms p95",
                "against": "the sign-in page",
                "ratio": round(taken / alone, 2),
            }
        )
    return rows


def _p95(client: FlaskClient, path: str) -> float:
    """Milliseconds of the server, warm, that 95 of 100 answers take at most."""
    taken = []
    for number in range(WARM + ROUNDS):
        begun = time.perf_counter()
        answer = client.get(f"/console/{path}")
        if answer.status_code not in (200, 404, 410):
            raise RuntimeError(f"{path}: {answer.status_code}")
        if number >= WARM:
            taken.append((time.perf_counter() - begun) * 1000)
    return sorted(taken)[int(0.95 * ROUNDS) - 1]


@contextmanager
def _watching(services: Services) -> Iterator[list[tuple[float, str]]]:
    """Each statement with its milliseconds."""
    seen: list[tuple[float, str]] = []
    begun: list[float] = []
    event.listen(services.db.engine, "before_cursor_execute", before := lambda *_: begun.append(time.perf_counter()))

    def after(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(((time.perf_counter() - begun.pop()) * 1000, " ".join(statement.split())))

    event.listen(services.db.engine, "after_cursor_execute", after)
    yield seen
    event.remove(services.db.engine, "before_cursor_execute", before)
    event.remove(services.db.engine, "after_cursor_execute", after)


def _tell(services: Services, client: FlaskClient, name: str, path: str, taken: float) -> None:
    with _watching(services) as seen:
        client.get(f"/console/{path}")
    said = f"! {name}: {taken:.0f} ms, {len(seen)} queries, {sum(ms for ms, _ in seen):.0f} ms of them in the database"
    slowest = [f"    {ms:.0f} ms  {statement[:400]}" for ms, statement in sorted(seen, reverse=True)[:3]]
    print("\n".join([said, *slowest]), file=sys.stderr, flush=True)
