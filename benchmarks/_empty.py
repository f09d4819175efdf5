"""What the delivery benchmarks share: an installation of many accounts of a channel that does nothing, and one process
each that works on it: `python -m benchmarks._empty KIND DATA`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sqlalchemy import func, insert, select

from channels.base import Artefact, File, Finding, Receipt
from channels.manuscript import Content, Manuscript
from channels.registry import CHANNELS
from channels.words import Words
from hub import embedded
from hub.config import Config
from hub.domain.reviews import Kind
from hub.domain.roles import Level
from hub.domain.states import State
from hub.editorial.importing import import_content
from hub.models import Account, Area, Base, Column, Delivery, Office, Review, Revision, Site
from hub.process import die_with_parent
from hub.publishing.scheduling import schedule
from hub.services import Services
from hub.workflow import Actor

BENCH = Actor("cli:bench")
ROOT = Path(__file__).parents[1]


class NoSettings(BaseModel):
    """An account that has nothing to set."""


@dataclass
class Empty:
    """Renders one line and sends it nowhere; whatever was sent is found."""

    key: str = "empty"
    name: Words = Words("空", "empty")  # noqa: RUF009 (frozen)
    Settings: type[BaseModel] = NoSettings
    batch: int = 50

    def check(self, manuscript: Manuscript, settings: Any) -> Sequence[Finding]:  # noqa: ARG002 (the interface)
        """Nothing to say."""
        return ()

    def render(self, manuscript: Manuscript, settings: Any) -> Artefact:  # noqa: ARG002 (the interface)
        """The title."""
        return Artefact(self.key, (File("a.txt", manuscript.content.title.encode(), "text/plain"),), "a.txt")

    def send(self, artefact: Artefact, settings: Any, key: str) -> Receipt:  # noqa: ARG002 (the interface)
        """Done at once."""
        return Receipt(platform_id=key)

    def find(self, key: str, artefact: Artefact, settings: Any) -> Receipt | None:  # noqa: ARG002 (the interface)
        """Always there."""
        return Receipt(platform_id=key)


def opened(data: Path, redis_url: str = "") -> Services:
    """Services of the installation in this folder, with the real channels and the empty one."""
    return Services(Config(data=data, redis_url=redis_url), {**CHANNELS, "empty": Empty()})


def installed(data: Path, accounts: int) -> tuple[Services, int, list[int]]:
    """A fresh installation: services, a revision to publish, and the ids of that many accounts."""
    data.mkdir(parents=True, exist_ok=True)
    services = opened(data)
    Base.metadata.create_all(services.db.engine)
    with services.db.writing() as session:
        area = Area(name="锦溪区", level="district")
        site = Site(
            key="main",
            name="锦溪",
            domain="x.example",
            id_code="0000000000",
            base_url="https://x.example/",
            tag_date=date(2026, 1, 1),
        )
        office = Office(name="办公室", area=area, site=site)
        session.add(office)
        session.flush()
        session.add(Column(site_id=site.id, name="政策解读", slug="jd", description="d", keywords="k", type="政策解读"))
        row = {"office_id": office.id, "area_id": area.id, "channel": "empty", "settings": {}, "active": True}
        session.execute(insert(Account), [{**row, "name": f"账号{n}", "beside": f"第{n}个"} for n in range(accounts)])
        ids = list(session.scalars(select(Account.id)))
    content = Content(title="关于养老助餐的解读", body="正文")
    saved = import_content(services, actor=BENCH, office_id=office.id, content=content, now=datetime.now(UTC))
    sign_off(services, saved.revision_id)
    return services, saved.revision_id, ids


def sign_off(services: Services, revision_id: int) -> None:
    """As if the version had been reviewed: what is measured here comes after that."""
    with services.db.writing() as session:
        row = session.get_one(Revision, revision_id)
        of_it = {"interpretation_id": row.interpretation_id, "revision_id": row.id, "content_hash": row.content_hash}
        done = {**of_it, "round": 1, "at": datetime.now(UTC), "actor": BENCH.name}
        session.add(Review(**done, kind=Kind.SUBMITTED, levels=1))
        session.add(Review(**done, kind=Kind.SIGNED, level=Level.FINAL))


def due_now(services: Services, revision_id: int, account_ids: Sequence[int], at: datetime | None = None) -> None:
    """One delivery to each account."""
    now = datetime.now(UTC)
    schedule(services, actor=BENCH, revision_id=revision_id, account_ids=account_ids, at=at, now=now)


def published(services: Services) -> int:
    """How many deliveries are out."""
    with services.db.reading() as session:
        return session.scalar(select(func.count()).where(Delivery.state == State.PUBLISHED)) or 0


def rate(done: Callable[[], int], total: int, patience: float = 180.0) -> float:
    """How many a second, from the first sign that they are being done to the last. Raises RuntimeError when they are
    not done in time.
    """
    end = time.perf_counter() + patience
    first = before = 0.0
    count = begun = 0
    while count < total:
        if time.perf_counter() > end:
            raise RuntimeError(f"{count} of {total} were done in {patience:g} s")
        time.sleep(0.02)
        count = done()
        before = time.perf_counter()
        if not first and count:
            first, begun = before, count
    return (total - begun) / max(before - first, 1e-6) if total > begun else total / 0.02


@contextmanager
def server(data: Path) -> Iterator[str]:
    """The embedded server; its address."""
    embedded.prepare(data)
    with process(*embedded.command(data)):
        if not embedded.answers(data):
            raise RuntimeError("the server did not start")
        yield embedded.url(data)


@contextmanager
def process(*command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program that ends with the block, and with this process."""
    me = os.getpid()
    started = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(me),  # noqa: PLW1509 (no threads here)
    )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(8)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, 9)
            started.wait()


def main(kind: str, data: Path) -> int:
    """A worker or a clock of ours over the empty channel."""
    import worker
    from hub import clock
    from hub.rendering import rehearse

    services = opened(data, os.environ["REDIS_URL"])
    rehearse(services.channels)
    return {"worker": worker.run, "clock": clock.run}[kind](services)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
