"""No screen asks the database more often because there is more to show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

from hub.domain.states import State
from hub.models import (
    Account,
    Area,
    Column,
    Delivery,
    Hold,
    Interpretation,
    Interpreter,
    Livestream,
    Office,
    Policy,
    User,
)
from hub.services import Services
from tests.console.conftest import Visitor
from tests.fakes import NOW, later
from tests.publishing.helpers import scheduled
from tests.screens import SCREENS, Screen


@contextmanager
def counting(services: Services) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    event.listen(services.db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(services.db.engine, "before_cursor_execute", note)


def more(house: Services, number: int) -> None:
    """One more of everything that a screen lists."""
    scheduled(house, account=number % 3 + 1, now=NOW)
    scheduled(house, account=number % 3 + 1, now=NOW, at=later(days=number + 1))
    with house.db.writing() as session:
        area = Area(name=f"{number}镇", level="town", parent_id=1)
        office = Office(name=f"第{number}办公室", area=area)
        session.add_all([area, office])
        session.flush()
        at, by = {"created_at": NOW}, {"office_id": 1, "created_by": "user:1"}
        delivery = session.scalars(select(Delivery).where(Delivery.state == "scheduled").limit(1)).one()
        failed = session.scalars(select(Delivery).where(Delivery.state == "queued").limit(1)).first() or delivery
        failed.state = (State.FAILED, State.HELD, State.AWAITING_HAND)[number % 3]
        piece = session.scalars(select(Interpretation.id).order_by(Interpretation.id.desc()).limit(1)).one()
        session.add_all(
            [
                User(login=f"u{number}", name=f"编辑{number}", password_hash="x", office_id=1, **at),
                Account(office_id=1, area_id=area.id, channel="sender", name=f"账号{number}", beside="又一个"),
                Policy(office_id=1, title=f"办法{number}", number=f"锦府发〔2026〕{number}号"),
                Interpreter(office_id=1, name=f"解读人{number}"),
                Livestream(interpretation_id=piece, topic=f"直播{number}", starts=later(days=number), guests=[]),
                Column(site_id=1, name=f"栏目{number}", slug=f"c{number}", description="d", keywords="k", type="其他"),
                Hold(name=f"静默{number}", kind="window", starts_at=later(days=1), ends_at=later(days=2), **by, **at),
            ]
        )


@pytest.mark.parametrize("screen", [s for s in SCREENS if not s.open], ids=lambda s: s.name)
def test_the_number_of_queries_does_not_grow_with_the_rows(house: Services, editor: Visitor, screen: Screen) -> None:
    for number in range(3):
        more(house, number)
    with house.db.reading() as session:
        try:
            path = screen.address(house, session)
        except LookupError as missing:
            pytest.skip(f"{missing}: its own tests count")
    editor.get(path)
    with counting(house) as few:
        editor.get(path)
    for number in range(3, 12):
        more(house, number)
    with counting(house) as many:
        editor.get(path)
    assert len(many) <= len(few), "\n".join(sorted(many))
    assert len(few) < 30
