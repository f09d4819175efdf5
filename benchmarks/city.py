"""One draft to a whole city: 3,300 offices of 5 channels each, 24 sites, a real clock and two workers."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import func, insert, select

from benchmarks._empty import BENCH, due_now, opened, process, server, sign_off
from hub.domain.states import SETTLED, State
from hub.editorial.importing import import_content
from hub.manuscripts import manuscript_of
from hub.models import Account, Area, Base, Column, Delivery, Office, Revision, Site
from hub.rendering import render
from hub.services import Services
from hub.setup import sample_contents

OFFICES = 3_300
SITES = 24
CHANNELS = ("website", "wechat", "cards", "livestream", "empty")
PATIENCE_SECONDS = 420
MEGABYTE = 1024 * 1024


def run() -> list[dict[str, Any]]:
    """Seconds to queue and to finish, against what a render for every account would take; peak memory by process."""
    with tempfile.TemporaryDirectory(prefix="yigao-bench-") as folder, ExitStack() as stack:
        services, revision, accounts = _installed(Path(folder))
        alone = _render_seconds(services, revision) * OFFICES
        url = stack.enter_context(server(Path(folder)))
        peaks: dict[str, float] = defaultdict(float)
        tree = {
            f"{kind} {n}": stack.enter_context(
                process(sys.executable, "-m", "benchmarks._empty", kind, folder, REDIS_URL=url)
            ).pid
            for n, kind in enumerate(("worker", "worker", "clock"), start=1)
        }
        begun = time.perf_counter()
        due_now(services, revision, accounts)
        scheduled = time.perf_counter() - begun
        queued, finished = _follow(services, tree, begun, peaks)
        peaks["scheduling"] = psutil.Process().memory_info().rss / MEGABYTE
        renders = _renders(services)
        services.db.close()
    against = f"a render for each of the {len(accounts)}"
    rows = [
        _row("city: to schedule", scheduled, "s", against, scheduled / alone),
        _row("city: to queue", queued, "s", against, queued / alone),
        _row("city: to finish", finished, "s", against, finished / alone),
        _row("city: renders made", renders, "renders", against, renders / len(accounts)),
    ]
    return rows + [_row(f"city: peak of {k}", v, "MB", "the budget of 300 MB", v / 300) for k, v in peaks.items()]


def _row(name: str, value: float, unit: str, against: str, ratio: float) -> dict[str, Any]:
    return {"name": name, "value": round(value, 1), "unit": unit, "against": against, "ratio": round(ratio, 4)}


def _installed(data: Path) -> tuple[Services, int, list[int]]:
    services = opened(data)
    Base.metadata.create_all(services.db.engine)
    with services.db.writing() as session:
        area = Area(name="锦溪市", level="city")
        sites = [_site(n) for n in range(SITES)]
        session.add_all([area, *sites])
        session.flush()
        session.add_all(
            Column(site_id=s.id, name="政策解读", slug="jd", description="d", keywords="k", type="政策解读")
            for s in sites
        )
        offices = [
            {"name": f"单位{n}", "area_id": area.id, "site_id": sites[n % SITES].id, "zone": "Asia/Shanghai"}
            for n in range(OFFICES)
        ]
        session.execute(insert(Office), [{**o, "tolerance_minutes": 30} for o in offices])
        ids = session.scalars(select(Office.id).order_by(Office.id)).all()
        shared = {"area_id": area.id, "settings": {}, "active": True}
        accounts = [{**shared, "office_id": o, "channel": c, "name": f"{c} {o}"} for o in ids for c in CHANNELS]
        session.execute(insert(Account), accounts)
        account_ids = list(session.scalars(select(Account.id).order_by(Account.id)))
    content = next(c for c in sample_contents() if c.livestream is not None)
    saved = import_content(services, actor=BENCH, office_id=ids[0], content=content, now=datetime.now(UTC))
    sign_off(services, saved.revision_id)
    return services, saved.revision_id, account_ids


def _site(number: int) -> Site:
    return Site(
        key=f"site{number}",
        name=f"锦溪{number}",
        domain=f"s{number}.example",
        id_code="0000000000",
        base_url=f"https://s{number}.example/",
        tag_date=date(2026, 1, 1),
    )


def _render_seconds(services: Services, revision_id: int) -> float:
    """What rendering the draft for every channel once takes in one process."""
    with services.db.reading() as session:
        manuscript = manuscript_of(session, session.get_one(Revision, revision_id), services.artefacts)
    manuscript = manuscript.at(datetime.now(UTC))
    for _warm in range(2):
        begun = time.perf_counter()
        for key in CHANNELS:
            render(services.channels[key], manuscript, services.settings(key, {}))
    return time.perf_counter() - begun


def _follow(services: Services, tree: dict[str, int], begun: float, peaks: dict[str, float]) -> tuple[float, float]:
    """Seconds until nothing was scheduled any more, and until everything had settled."""
    queued = 0.0
    while time.perf_counter() - begun < PATIENCE_SECONDS:
        time.sleep(0.25)
        _weigh(tree, peaks)
        with services.db.reading() as session:
            counts = dict(session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all())
        if not queued and not counts.get(State.SCHEDULED):
            queued = time.perf_counter() - begun
        if sum(counts.values()) == sum(n for state, n in counts.items() if state in SETTLED):
            return queued, time.perf_counter() - begun
    raise RuntimeError(f"not settled in {PATIENCE_SECONDS} s: {counts}")


def _weigh(tree: dict[str, int], peaks: dict[str, float]) -> None:
    """Resident memory now, of each process and of the heaviest of its children."""
    for name, pid in tree.items():
        try:
            one = psutil.Process(pid)
            peaks[name] = max(peaks[name], one.memory_info().rss / MEGABYTE)
            for child in one.children():
                peaks[f"{name}'s child"] = max(peaks[f"{name}'s child"], child.memory_info().rss / MEGABYTE)
        except psutil.Error:
            continue


def _renders(services: Services) -> int:
    with services.db.reading() as session:
        return session.scalar(select(func.count()).where(Delivery.render_ms.is_not(None))) or 0
