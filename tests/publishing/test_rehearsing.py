"""A worker's rehearsal: every statement once, and nothing of it left."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from hub.domain.states import State
from hub.models import Move
from hub.publishing.rehearsing import rehearse
from hub.publishing.releasing import release_due
from hub.services import Services
from tests.fakes import NOW, Sender, make_services
from tests.publishing.helpers import row, scheduled


def test_a_rehearsal_changes_nothing(fakes: Services) -> None:
    delivery = scheduled(fakes)
    release_due(fakes, NOW)
    before = row(fakes, delivery)
    rehearse(fakes)
    after = row(fakes, delivery)
    assert (after.state, after.version, after.attempt, after.token) == (State.QUEUED, before.version, 0, None)
    with fakes.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Move)) == before.version


def test_a_worker_starts_without_its_database(tmp_path: Path) -> None:
    services = make_services(tmp_path / "nowhere" / "var", Sender(), create=False)
    rehearse(services)
