"""What has a place on a site, read from the deliveries that stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import Session

from channels.items import Item
from channels.manuscript import PolicyRef, Validity, Withdrawal
from hub.domain.states import State
from hub.models import Account, Delivery, Interpretation, Office, Policy, Site
from hub.models import Withdrawal as WithdrawalRow
from hub.site.places import first_site
from hub.site.press import told

# A piece being withdrawn stands until its notice does.
PLACED = {State.WITHDRAWN: 0, State.WITHDRAWING: 1, State.PUBLISHED: 2}


@dataclass(frozen=True)
class Published:
    """One piece that has a place on the site: what lists show of it, and its files' artefact (a withdrawn one has its
    notice instead).
    """

    item: Item
    artefact: str


def published(session: Session, site: Site) -> list[Published]:
    """What has a place on the site, newest first: of each piece the delivery that stands, published last. Where none
    does, the last one withdrawn, and its item says so.
    """
    first = first_site(session)
    here = Office.site_id == site.id
    if first is not None and first.id == site.id:
        here = or_(here, Office.site_id.is_(None))
    rows = session.execute(
        select(Delivery.item, Delivery.artefact, Delivery.state, Delivery.withdrawal_id)
        .join(Account, Account.id == Delivery.account_id)
        .join(Office, Office.id == Account.office_id)
        .where(and_(here, Delivery.state.in_(PLACED), Delivery.item.is_not(None)))
        # The last one of a piece counts: a withdrawal that ends late is none of what was published again meanwhile.
        .order_by(case(PLACED, value=Delivery.state), Delivery.finished_at, Delivery.id)
    )
    latest = {row.item["identity"]: row for row in rows}
    withdrawals = _withdrawals(session) if any(r.state == State.WITHDRAWN for r in latest.values()) else {}
    pieces = []
    for row in latest.values():
        gone = withdrawals[row.withdrawal_id] if row.state == State.WITHDRAWN else None
        pieces.append(Published(Item.model_validate({**row.item, "withdrawn": gone}), row.artefact))
    return sorted(pieces, key=lambda p: (p.item.published, p.item.identity), reverse=True)


def _withdrawals(session: Session) -> dict[int, Withdrawal]:
    """All of them by id, in one query: few pieces are withdrawn, but a site may hold a hundred thousand."""
    rows = session.execute(
        select(WithdrawalRow, Office)
        .join(Interpretation, Interpretation.id == WithdrawalRow.interpretation_id)
        .join(Office, Office.id == Interpretation.office_id)
    )
    return {row.id: told(row, office) for row, office in rows}


def policies_of(session: Session, items: Sequence[Item]) -> list[PolicyRef]:
    """The policies that pieces on the site name, as recorded now: a policy repealed since reads so everywhere, and one
    that was entered twice reads as the one that stays.
    """
    ids = {p.id for item in items for p in item.policies if p.id is not None}
    rows = {row.id: row for row in session.scalars(select(Policy).order_by(Policy.id))}
    return [_policy(id_, rows.get(row.merged_into_id or 0, row)) for id_, row in rows.items() if id_ in ids]


def _policy(id_: int, row: Policy) -> PolicyRef:
    return PolicyRef(
        title=row.title,
        number=row.number,
        issuer=row.issuer,
        signed=row.signed,
        published=row.published,
        effective=row.effective,
        validity=Validity(row.validity),
        url=row.url,
        id=id_,
    )
