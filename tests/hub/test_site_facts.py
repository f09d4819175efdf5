"""What a site says that comes from no piece changes too: what shows it follows, as in a site made from nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from hub import site
from hub.domain.states import State
from hub.editorial.columns import Facts, change_column, open_column
from hub.matrix.offices import OfficeDescription, add_area, change_office, rename_area
from hub.models import Area, Delivery, Grant, Policy
from hub.models import Site as SiteRow
from hub.outlets import Folder
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.withdrawing import record_withdrawn, withdraw
from hub.rebuilding import rebuild
from hub.registries.catalogue import rename_subjects
from hub.services import Services
from hub.site.catching import Catching
from hub.site.places import shelves_path
from tests.fakes import EDITOR, NOW, Sited, later, make_services, write
from tests.publishing.helpers import scheduled


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """An office in a district of a city, with three pieces on its site."""
    made = make_services(tmp_path / "var", Sited())
    with made.db.writing() as session:
        city = Area(name="锦溪市", level="city")
        session.add(city)
        session.flush()
        session.get_one(Area, 1).parent_id = city.id
        session.add(Grant(user_id=1, role="administrator", area_id=city.id))
        session.add(Policy(office_id=1, title="养老办法", subject="elderly-care"))
    for number in range(3):
        now = later(hours=number)
        scheduled(made, 1, revision=write(made, f"第{number}篇"), now=now)
        release_due(made, now)
        drain(made, worker="w", now=lambda now=now: now)
    _name_policy(made)
    yield made
    made.db.close()


def _name_policy(services: Services) -> None:
    with services.db.writing() as session:
        for delivery in session.scalars(select(Delivery)):
            delivery.item = {**(delivery.item or {}), "policies": [{"title": "养老办法", "id": 1}]}
        site.want(session, 1, [1, 2, 3])
    site.refresh(services, 1)


def _files(root: Path) -> dict[str, bytes]:
    return {path: (root / path).read_bytes() for path in Folder(root).paths()}


def _rename_area(services: Services) -> None:
    rename_area(services, actor=EDITOR, area_id=2, name="新锦溪市", now=NOW)


def _add_area(services: Services) -> None:
    add_area(services, actor=EDITOR, parent_id=1, name="新镇", now=NOW)


def _rename_field(services: Services) -> None:
    rename_subjects(services, actor=EDITOR, office_id=1, names={"elderly-care": "养老"}, now=NOW)


def _open_column(services: Services) -> None:
    facts = Facts("回应关切", "d", "k", "回应关切")
    open_column(services, actor=EDITOR, office_id=1, slug="hygq", facts=facts, now=NOW)


def _change_column(services: Services) -> None:
    facts = Facts("政策解读", "另一种描述", "k", "政策解读")
    change_column(services, actor=EDITOR, office_id=1, column_id=1, facts=facts, now=NOW)


def _change_zone(services: Services) -> None:
    description = OfficeDescription(name="办公室", area_id=1, site_id=1, zone="Asia/Urumqi")
    change_office(services, actor=EDITOR, office_id=1, description=description, now=NOW)


def _change_site(services: Services) -> None:
    with services.db.writing() as session:
        session.get_one(SiteRow, 1).name = "锦溪新网"
        site.want(session, 1)


def _change_policy(services: Services) -> None:
    with services.db.writing() as session:
        session.get_one(Policy, 1).subject, session.get_one(Policy, 1).title = "taxation", "税收办法"
        site.want(session, 1, policy_id=1)


def _lose_the_shelves(services: Services) -> None:
    shelves_path(services, "main").unlink()
    _change_site(services)


def _break_the_shelves(services: Services) -> None:
    shelves_path(services, "main").write_bytes(b"no database " * 1000)
    _change_site(services)


CHANGES = [
    *(_rename_area, _add_area, _rename_field, _open_column, _change_column, _change_zone, _change_site),
    *(_change_policy, _lose_the_shelves, _break_the_shelves),
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_shows_it_follows(services: Services, tmp_path: Path, change: Callable[[Services], None]) -> None:
    live = services.config.site_folder / "main"
    before = _files(live)
    change(services)
    assert site.behind(services) == [1]
    site.catch_up(services)
    rebuild(services, tmp_path / "copy")
    assert _files(live) == _files(tmp_path / "copy" / "main")
    assert (_files(live) == before) is (change is _add_area)


def test_a_withdrawal_that_a_person_recorded_leaves_its_notice_and_nothing_else(services: Services) -> None:
    place = services.config.site_folder / "main" / "i" / "1"
    withdraw(services, actor=EDITOR, interpretation_id=1, reason="待核实", now=later(hours=5))
    with services.db.reading() as session:
        delivery = session.scalars(select(Delivery).where(Delivery.interpretation_id == 1)).one()
    assert delivery.state == State.WITHDRAWING
    record_withdrawn(services, actor=EDITOR, delivery_id=delivery.id, version=delivery.version, now=later(hours=6))
    site.catch_up(services)
    assert "本文已撤回" in (place / "index.html").read_text()
    assert (place / ".gone").exists()


def test_shelves_that_turn_out_to_be_broken_are_made_anew_the_next_time(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def malformed(_: Catching) -> int:
        raise sqlite3.DatabaseError("database disk image is malformed")

    _change_policy(services)
    with monkeypatch.context() as broken:
        broken.setattr(Catching, "run", malformed)
        site.catch_up(services)
    assert not shelves_path(services, "main").exists()
    site.catch_up(services)
    assert site.behind(services) == []


def test_what_is_large_is_left_to_whoever_has_the_time(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.site.refreshing.SMALL", 2)
    _open_column(services)
    site.catch_up(services, large=False)
    assert site.behind(services) == [1]
    shelves_path(services, "main").unlink()
    site.catch_up(services, large=False)
    assert site.behind(services) == [1]
    site.catch_up(services)
    assert site.behind(services) == []
