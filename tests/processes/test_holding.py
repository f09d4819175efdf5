"""The switch among real processes: what is in hand is finished, nothing else goes out, and then all of it in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from hub.domain.states import State
from hub.models import Account, Delivery
from hub.publishing.holding import hold, lift
from hub.publishing.scheduling import schedule
from hub.services import Services
from tests.fakes import EDITOR, write
from tests.processes.conftest import Start
from tests.processes.fake_worker import arrived
from tests.processes.helpers import until

pytestmark = [pytest.mark.processes]

ACCOUNTS, TEXTS, WORKERS = 5, 10, 2


def _fifty_due(services: Services) -> list[list[str]]:
    """Ten texts to five accounts, due a second apart; the keys of each account in their order."""
    with services.db.writing() as session:
        for number in range(1, ACCOUNTS):
            account = Account(office_id=1, area_id=1, channel="sender", name=f"账号{number}", beside="又一个")
            session.add(account)
        session.flush()
        accounts = list(session.scalars(select(Account.id).order_by(Account.id)))
    first = datetime.now(UTC) - timedelta(seconds=TEXTS)
    for number in range(TEXTS):
        due = first + timedelta(seconds=number)
        schedule(services, actor=EDITOR, revision_id=write(services), account_ids=accounts, at=due, now=due)
    with services.db.reading() as session:
        in_order = select(Delivery.key).order_by(Delivery.due_at, Delivery.id)
        return [list(session.scalars(in_order.where(Delivery.account_id == account))) for account in accounts]


def _counts(services: Services) -> dict[str, int]:
    with services.db.reading() as session:
        rows = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all()
    return {str(state): int(count) for state, count in rows}


def test_the_switch_stops_a_tree_at_work_and_lifting_it_sends_all_once_in_order(
    installation: Services, start: Start
) -> None:
    keys = _fifty_due(installation)
    data = installation.config.data
    (data / "after_send").write_text("0.1")
    for _ in range(WORKERS):
        start("worker")
    start("clock")
    until(lambda: len(arrived(data)) >= 4, seconds=60)

    switch = hold(installation, actor=EDITOR, name="演练", office_id=1, now=datetime.now(UTC))
    sent = len(arrived(data))
    until(lambda: set(_counts(installation)) <= {State.PUBLISHED, State.HELD}, seconds=60)
    # Each worker finished what it was sending, and began nothing else.
    assert len(arrived(data)) <= sent + WORKERS
    assert _counts(installation)[State.PUBLISHED] == len(arrived(data)) < ACCOUNTS * TEXTS

    (data / "after_send").unlink()
    lift(installation, actor=EDITOR, hold_id=switch, now=datetime.now(UTC))
    until(lambda: _counts(installation) == {State.PUBLISHED: ACCOUNTS * TEXTS}, seconds=120)
    came = arrived(data)
    assert len(came) == len(set(came)) == ACCOUNTS * TEXTS
    for mine in keys:
        assert [key for key in came if key in mine] == mine
