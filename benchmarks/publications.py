"""End to end: publications a minute through the real tree (server, clock, two workers), against the bare renders."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks._empty import sign_off
from channels.manuscript import Content
from hub.config import Config
from hub.domain.states import SETTLED, State
from hub.editorial.importing import import_content
from hub.manuscripts import manuscript_of
from hub.models import Account, Delivery, Heartbeat, Revision
from hub.publishing.scheduling import schedule
from hub.rendering import render
from hub.services import Services
from hub.setup import make_ready, sample_contents
from hub.supervisor import temporary
from hub.workflow import Actor

PIECES = 8
PATIENCE_SECONDS = 120
BENCH = Actor("cli:bench")


def run() -> list[dict[str, Any]]:
    """One figure: deliveries a minute from "publish" to the last one settled, and its share of the bare renders'."""
    with tempfile.TemporaryDirectory(prefix="yigao-bench-") as folder:
        services = Services(Config(data=Path(folder), port=8999))
        ready = make_ready(services, sample=True, now=datetime.now(UTC))
        revisions = _import(services, ready.office_id)
        bare = _bare(services, ready.office_id, revisions)
        with temporary(services.config):
            _wait_for_workers(services)
            ours = _published(services, ready.office_id, revisions)
        services.db.close()
    return [
        {
            "name": "publications",
            "value": round(ours * 60, 1),
            "unit": "deliveries/min",
            "against": "bare renders, one process",
            "ratio": round(ours / bare, 3),
        }
    ]


def _contents() -> list[Content]:
    first = sample_contents()[0]
    return [first.model_copy(update={"title": f"{first.title}（{n}）"}) for n in range(PIECES)]


def _import(services: Services, office_id: int) -> list[int]:
    now = datetime.now(UTC)
    ids = [
        import_content(services, actor=BENCH, office_id=office_id, content=c, now=now).revision_id for c in _contents()
    ]
    for revision_id in ids:
        sign_off(services, revision_id)
    return ids


def _accounts(services: Services, office_id: int) -> list[Account]:
    with services.db.reading() as session:
        return list(session.scalars(select(Account).where(Account.office_id == office_id)))


def _bare(services: Services, office_id: int, revisions: list[int]) -> float:
    """Renders a second in this process, the first one (fonts, templates) not counted."""
    accounts = _accounts(services, office_id)
    with services.db.reading() as session:
        manuscripts = [manuscript_of(session, session.get_one(Revision, r), services.artefacts) for r in revisions]
    warm, *rest = manuscripts
    settings = {a.id: services.settings(a.channel, a.settings) for a in accounts}
    for account in accounts:
        render(services.channels[account.channel], warm, settings[account.id])
    begun = time.perf_counter()
    for manuscript in rest:
        for account in accounts:
            render(services.channels[account.channel], manuscript, settings[account.id])
    return len(rest) * len(accounts) / (time.perf_counter() - begun)


def _wait_for_workers(services: Services) -> None:
    """Until every worker has said that it lives: starting them is not what is measured."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE_SECONDS:
        with services.db.reading() as session:
            alive = session.scalars(select(Heartbeat.name).where(Heartbeat.name.startswith("worker:"))).all()
        if len(alive) >= services.config.workers:
            return
        time.sleep(0.05)
    raise RuntimeError("the workers did not start")


def _published(services: Services, office_id: int, revisions: list[int]) -> float:
    """Deliveries a second until all have settled. Raises RuntimeError when one is not published in time."""
    account_ids = [a.id for a in _accounts(services, office_id)]
    begun = time.perf_counter()
    for revision_id in revisions:
        schedule(
            services, actor=BENCH, revision_id=revision_id, account_ids=account_ids, at=None, now=datetime.now(UTC)
        )
    while time.perf_counter() - begun < PATIENCE_SECONDS:
        with services.db.reading() as session:
            count = select(func.count()).select_from(Delivery)
            total = session.scalar(count) or 0
            settled = session.scalar(count.where(Delivery.state.in_(SETTLED))) or 0
            published = session.scalar(count.where(Delivery.state == State.PUBLISHED)) or 0
        if settled == total:
            break
        time.sleep(0.2)
    if published != total:
        raise RuntimeError(f"{published} of {total} deliveries were published")
    return total / (time.perf_counter() - begun)
