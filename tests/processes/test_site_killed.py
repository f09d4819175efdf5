"""A site's builders killed at any moment, and many at once: what stands is whole, and ends in the same bytes."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub import site
from hub.domain.states import State
from hub.models import Account, Delivery
from hub.outlets import Folder
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.rebuilding import rebuild
from hub.services import Services
from tests.fakes import EDITOR, later, write
from tests.processes.fake_site import services_of
from tests.processes.helpers import end, redis_server, spawn, until
from tests.publishing.helpers import scheduled

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a site of some pieces, one of which its lists do not show yet."""
    data = tmp_path_factory.mktemp("behind") / "var"
    services = services_of(data, create=True)
    with pytest.MonkeyPatch.context() as patch:
        for number in range(1, 6):
            if number == 5:
                patch.setattr("hub.publishing.draining.site.catch_up", lambda *_, **__: None)
            now = later(hours=number)
            scheduled(services, 1, revision=write(services, f"第{number}篇"), now=now)
            release_due(services, now)
            drain(services, worker="w", now=lambda now=now: now)
    assert site.behind(services) == [1]
    services.db.close()
    return data


@pytest.fixture
def services(behind: Path, tmp_path: Path) -> Iterator[Services]:
    """A copy of it."""
    shutil.copytree(behind, tmp_path / "var")
    made = services_of(tmp_path / "var", create=False)
    yield made
    made.db.close()


def _files(root: Path) -> dict[str, bytes]:
    """What is served; twins are compared with the files themselves."""
    folder = Folder(root)
    return {path: (root / path).read_bytes() for path in folder.paths() if not path.startswith(".part-")}


def _killed(services: Services, kind: str, point: str, nth: int) -> bool:
    """Whether the process died there."""
    process = spawn("-m", "tests.processes.fake_site", kind, str(services.config.data), point, str(nth))
    return process.wait(60) < 0


REFRESHES = [("folding", 1), ("part", 1), ("part", 40), ("naming", 1), ("naming", 9), ("noting", 1), ("recording", 1)]
REBUILDS = [("folding", 3), ("part", 60), ("naming", 20), ("swapping", 1), ("installing", 1), ("ending", 1)]


@pytest.mark.parametrize(("point", "nth"), REFRESHES)
def test_a_refresh_killed_anywhere_leaves_whole_files_and_the_next_one_finishes(
    services: Services, tmp_path: Path, point: str, nth: int
) -> None:
    live = services.config.site_folder / "main"
    before = _files(live)
    assert _killed(services, "refresh", point, nth)
    left = _files(live)
    site.refresh(services, 1)
    rebuild(services, tmp_path / "copy")
    after = _files(live)
    assert after == _files(tmp_path / "copy" / "main")
    assert {path for path in left if left[path] not in (before.get(path), after.get(path))} == set()
    if point in ("folding", "part"):
        assert left == before


@pytest.mark.parametrize(("point", "nth"), REBUILDS)
def test_a_rebuild_killed_anywhere_leaves_a_whole_site_and_the_next_one_finishes(
    services: Services, tmp_path: Path, point: str, nth: int
) -> None:
    live = services.config.site_folder / "main"
    before = _files(live)
    assert _killed(services, "rebuild", point, nth)
    left = _files(live)
    site.refresh(services, 1)
    rebuild(services, tmp_path / "copy")
    assert _files(live) == _files(tmp_path / "copy" / "main")
    assert left == before if point not in ("installing", "ending") else left == _files(live)


def _accounts(services: Services, count: int) -> list[int]:
    """So many accounts of the channel: one is worked on by one worker at a time."""
    with services.db.writing() as session:
        first = session.get_one(Account, 1)
        facts = {"office_id": first.office_id, "area_id": first.area_id, "channel": first.channel, "settings": {}}
        more = [Account(**facts, name=f"号{n}", beside=f"第{n}个") for n in range(count - 1)]
        session.add_all(more)
        session.flush()
        return [1, *(account.id for account in more)]


def _all_out(services: Services, count: int) -> bool:
    with services.db.reading() as session:
        out = session.query(Delivery).filter(Delivery.state == State.PUBLISHED).count()
    return out == count and site.behind(services) == []


def test_a_hundred_deliveries_at_once_by_two_workers_write_each_feed_a_few_times(
    tmp_path: Path, socket_enabled: None, record_property: pytest.RecordProperty
) -> None:
    data, started = tmp_path / "var", list[subprocess.Popen[bytes]]()
    data.mkdir()
    with redis_server(data) as url:
        services = services_of(data, create=True, redis_url=url)
        now = datetime.now(UTC)
        for number, account in enumerate(_accounts(services, 10) * 10):
            revision = write(services, f"第{number}篇")
            schedule(services, actor=EDITOR, revision_id=revision, account_ids=[account], at=None, now=now)
        try:
            for kind in ("worker", "worker", "clock"):
                started.append(spawn("-m", "tests.processes.fake_site", kind, str(data), REDIS_URL=url))
            until(lambda: _all_out(services, 100), 120)
        finally:
            for process in started:
                end(process)
        written = Counter((data / "named").read_text().split())
        rebuild(services, tmp_path / "copy")
        assert _files(services.config.site_folder / "main") == _files(tmp_path / "copy" / "main")
        services.db.close()
    record_property("feed.xml", written["feed.xml"])
    assert 1 <= written["feed.xml"] <= 20
    assert written["c/jd/feed.xml"] <= 20
