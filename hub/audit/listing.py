"""The trail for people: who moved which delivery, when, from where to where, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hub.models import Account, Delivery, Move, Office, Seal, User
from hub.services import Services


@dataclass(frozen=True)
class Entry:
    """A move as people read it. `zone` is the office's; `position` and `hash` are None until it is sealed."""

    move_id: int
    delivery_id: int
    account: str
    at: datetime
    zone: str
    source: str | None
    target: str
    version: int
    attempt: int
    actor: str
    user: str | None
    revision_hash: str
    reason: str
    said: dict[str, str] | None
    position: int | None
    hash: str | None

    @property
    def local(self) -> datetime:
        """The instant in the office's zone."""
        return self.at.astimezone(ZoneInfo(self.zone))

    def as_dict(self) -> dict[str, Any]:
        """As plain data for JSON: the instant in UTC and as the office reads it."""
        instants = {"at": self.at.astimezone(UTC).isoformat(), "local": self.local.isoformat()}
        return {**self.__dict__, **instants}


def listing(services: Services, *, delivery_id: int | None = None, last: int | None = None) -> Sequence[Entry]:
    """The moves of one delivery or of all, oldest first; of these the `last` ones when a number is given."""
    query = (
        select(Move, Account.name, Office.zone, User.name, Seal.position, Seal.hash)
        .join(Delivery, Delivery.id == Move.delivery_id)
        .join(Account, Account.id == Delivery.account_id)
        .join(Office, Office.id == Account.office_id)
        .outerjoin(User, User.id == Move.user_id)
        .outerjoin(Seal, Seal.move_id == Move.id)
        .order_by(Move.id.desc())
        .limit(last)
    )
    if delivery_id is not None:
        query = query.where(Move.delivery_id == delivery_id)
    with services.db.reading() as session:
        rows = session.execute(query).all()
    return [_entry(*row) for row in reversed(rows)]


def _entry(move: Move, account: str, zone: str, user: str | None, position: int | None, digest: str | None) -> Entry:
    return Entry(
        move.id,
        move.delivery_id,
        account,
        move.at,
        zone,
        move.source,
        move.target,
        move.version,
        move.attempt,
        move.actor,
        user,
        move.revision_hash,
        move.reason,
        move.said,
        position,
        digest,
    )
