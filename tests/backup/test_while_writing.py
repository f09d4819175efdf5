"""A backup is one moment, whatever others write meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.artefacts import ArtefactStore
from hub.backup import backup, restore
from hub.backup.progress import Step
from hub.services import Services
from tests.backup.house import SENDER, after_restore, house, rows_of
from tests.fakes import NOW, later, write
from tests.processes.helpers import end, spawn, until
from tests.publishing.helpers import scheduled


@pytest.fixture(params=["sqlite", "postgresql"])
def busy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    """An office with one scheduled text, on either database."""
    url = "" if request.param == "sqlite" else str(request.getfixturevalue("empty_postgresql"))
    services = house(tmp_path / "busy", url)
    schedule_one(services, "第一篇")
    yield services
    services.db.close()


def schedule_one(services: Services, title: str) -> None:
    """What an editor does: a picture, a text, a delivery for tomorrow."""
    services.artefacts.put(title.encode())
    scheduled(services, SENDER, at=later(days=1), revision=write(services, title))


@pytest.mark.usefixtures("socket_enabled")
def test_what_is_written_between_two_tables_is_not_in_it(busy: Services, target: Services, tmp_path: Path) -> None:
    before = rows_of(busy)

    def write_on(step: Step, _done: int, _total: int) -> None:
        if step is Step.READ:
            schedule_one(busy, "备份途中")

    made = backup(busy, tmp_path / "b", now=NOW, progress=write_on)
    restore(target, made.file, now=NOW)
    assert after_restore(rows_of(target)) == after_restore(before)
    assert len(rows_of(busy)["deliveries"]) > 10


@pytest.mark.processes
@pytest.mark.parametrize("busy", ["sqlite"], indirect=True)
def test_another_process_goes_on_writing_and_the_backup_has_each_of_its_texts_whole_or_not_at_all(
    busy: Services, target: Services, tmp_path: Path
) -> None:
    config = busy.config
    editor = spawn("-m", "tests.backup.writing_on", str(config.data), config.database_url)
    try:
        until(lambda: len(rows_of(busy)["deliveries"]) > 3, 60)
        made = backup(busy, tmp_path / "b", now=NOW)
        so_far = len(rows_of(busy)["deliveries"])
        until(lambda: len(rows_of(busy)["deliveries"]) > so_far, 60)
    finally:
        end(editor)
    restore(target, made.file, now=NOW)
    taken, all_of_it = after_restore(rows_of(target)), after_restore(rows_of(busy))
    assert 3 < len(taken["deliveries"]) < len(all_of_it["deliveries"])
    for name in ("interpretations", "revisions", "deliveries", "moves"):
        assert [row[0] for row in taken[name]] == [row[0] for row in all_of_it[name][: len(taken[name])]]
    assert len(taken["moves"]) == len(taken["deliveries"])
    # A text is saved before it is scheduled: between the two it has no delivery yet.
    assert 0 <= len(taken["revisions"]) - len(taken["deliveries"]) <= 1
    _every_picture_came_along(target.artefacts, len(taken["revisions"]))


def _every_picture_came_along(store: ArtefactStore, texts: int) -> None:
    pictures = {path.read_bytes().decode() for path in store.folder.glob("*/*")}
    assert {"第一篇", *(f"第{number}篇" for number in range(texts - 1))} <= pictures
