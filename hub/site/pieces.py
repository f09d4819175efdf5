"""What has a place on a site, read from the deliveries that stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from channels.items import Item
from channels.manuscript import Withdrawal
from hub.domain.states import State
from hub.models import Account, Delivery, Interpretation, Office, Site
from hub.models import Withdrawal as WithdrawalRow
from hub.services import Services
from hub.site.places import first_site
from hub.site.press import told

# A piece being withdrawn stands until its notice does.
PLACED = {State.WITHDRAWN: 0, State.WITHDRAWING: 1, State.PUBLISHED: 2}
# Interpretations read at a time.
PORTION = 300


@dataclass(frozen=True)
class Placed:
    """One piece that has a place on the site: what lists show of it, its files' artefact (a withdrawn one has its
    notice instead), and the area of the account that it stands on.
    """

    item: Item
    artefact: str
    interpretation_id: int
    area_id: int


def placed(session: Session, site: Site, interpretations: Collection[int] | None = None) -> list[Placed]:
    """What has a place on the site, by name: of each piece the delivery that stands, published last. Where none does,
    the last one withdrawn, and its item says so. Of these interpretations, or of all.
    """
    rule = None if interpretations is None else Delivery.interpretation_id.in_(sorted(interpretations))
    return _placed(session, site, rule)


def portions(services: Services, site: Site) -> Iterator[list[Placed]]:
    """All of them, some at a time, each in a transaction of its own: a large site is never in memory as a whole."""
    with services.db.reading() as session:
        last = session.scalar(select(func.max(Delivery.interpretation_id))) or 0
    for first in range(1, last + 1, PORTION):
        with services.db.reading() as session:
            found = _placed(session, site, Delivery.interpretation_id.between(first, first + PORTION - 1))
        if found:
            yield found


def _placed(session: Session, site: Site, rule: ColumnElement[bool] | None) -> list[Placed]:
    first = first_site(session)
    here = Office.site_id == site.id
    if first is not None and first.id == site.id:
        here = or_(here, Office.site_id.is_(None))
    columns = (Delivery.item, Delivery.artefact, Delivery.state, Delivery.withdrawal_id, Delivery.interpretation_id)
    query = (
        select(*columns, Account.area_id)
        .join(Account, Account.id == Delivery.account_id)
        .join(Office, Office.id == Account.office_id)
        .where(and_(here, Delivery.state.in_(PLACED), Delivery.item.is_not(None)))
        # The last one of a piece counts: a withdrawal that ends late is none of what was published again meanwhile.
        .order_by(case(PLACED, value=Delivery.state), Delivery.finished_at, Delivery.id)
    )
    rows = session.execute(query if rule is None else query.where(rule))
    latest = {row.item["identity"]: row for row in rows}
    gone = _withdrawals(session, {r.withdrawal_id for r in latest.values() if r.state == State.WITHDRAWN})
    found = []
    for name in sorted(latest):
        row = latest[name]
        by = gone[row.withdrawal_id] if row.state == State.WITHDRAWN else None
        item = Item.model_validate({**row.item, "withdrawn": by})
        found.append(Placed(item, row.artefact, row.interpretation_id, row.area_id))
    return found


def _withdrawals(session: Session, ids: Collection[int]) -> dict[int, Withdrawal]:
    if not ids:
        return {}
    rows = session.execute(
        select(WithdrawalRow, Office)
        .join(Interpretation, Interpretation.id == WithdrawalRow.interpretation_id)
        .join(Office, Office.id == Interpretation.office_id)
        .where(WithdrawalRow.id.in_(ids))
    )
    return {row.id: told(row, office) for row, office in rows}
