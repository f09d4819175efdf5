"""Which site a request is for, also while the database is away."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select

from hub.models import Site
from hub.public.sites import FRESH_SECONDS, Sites
from hub.services import Services


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def _away(services: Services) -> None:
    services.db.close()
    database = services.config.data / "yigao.db"
    for path in database.parent.glob("yigao.db*"):
        path.rename(path.with_name(f"away-{path.name}"))
    database.mkdir()


def _main(services: Services) -> Path:
    return services.config.site_folder / "main"


def test_the_last_answer_holds_while_the_database_is_away(services: Services) -> None:
    sites = Sites(services)
    assert sites.root("town.example:443") == services.config.site_folder / "town"
    _away(services)
    sites.read()
    assert sites.root("town.example") == services.config.site_folder / "town"
    assert sites.root("other.example") == _main(services)


def test_a_start_while_the_database_is_away_knows_the_last_answer(services: Services) -> None:
    Sites(services).read()
    _away(services)
    assert Sites(services).root("town.example") == services.config.site_folder / "town"


@pytest.mark.parametrize("note", [None, b"", b"{}", b"[1]", b'[["main"]]'])
def test_without_a_note_there_is_no_site(services: Services, note: bytes | None) -> None:
    if note is not None:
        path = services.config.data / "run" / "sites.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(note)
    _away(services)
    assert Sites(services).root("town.example") is None


def test_a_first_site_is_served_at_once(services: Services) -> None:
    with services.db.writing() as session:
        kept = session.scalars(select(Site.key)).all()
        session.execute(delete(Site).where(Site.key == "town"))
        town = session.scalars(select(Site)).one()
        town.key = "hidden"
    assert kept == ["main", "town"]
    sites = Sites(services)
    assert sites.root("x") == services.config.site_folder / "hidden"


def test_a_changed_domain_is_served_after_a_while_and_no_request_waits_for_it(services: Services) -> None:
    clock = Clock()
    sites = Sites(services, clock)
    assert sites.root("zhen.example") == _main(services)
    with services.db.writing() as session:
        session.scalars(select(Site).where(Site.key == "town")).one().domain = "Zhen.example"
    clock.seconds += FRESH_SECONDS / 2
    assert sites.root("zhen.example") == _main(services)
    clock.seconds += FRESH_SECONDS
    # This one is still answered from memory, and sets the reading going.
    sites.root("zhen.example")
    sites.wait()
    assert sites.root("zhen.example") == services.config.site_folder / "town"
