"""What a restore must not let happen: that something goes out which went out since the backup was made.

Nobody can tell from the backup. So whatever may have gone out by now waits for an editor, one by one; what is due later
waits behind a hold over everything, until a person has looked and lifted it. Whatever had begun to be sent is looked up
by the ordinary sweep: its lease ends here. Keys stay what they were, for the channels that know them again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, true, update
from sqlalchemy.orm import Session

from channels.words import Words
from hub.domain.states import OPEN, State
from hub.domain.troubles import Press, Turn, trouble
from hub.models import Delivery, Hold
from hub.publishing.holding import hold
from hub.services import Services
from hub.workflow import Actor, move_all

ACTOR = Actor("cli:restore")
REASON = "restored"
PERHAPS_OUT = trouble(
    "BAK-201",
    Words(
        "数据由备份恢复，这一项在备份之后可能已经发出。请先到平台核对：已发出就取消，没有发出再立即发布。",
        "The data come from a backup, and this may have gone out since. Look first: cancel it if it is out, publish it "
        "if it is not.",
    ),
    Turn.EDITOR,
    Press.CHOOSE,
)
# Ids a statement: SQLite takes 32,766 values.
BATCH = 5000


def hold_name(made_at: datetime) -> str:
    """How the hold over everything is called; it names the backup."""
    return f"恢复备份 {made_at:%Y-%m-%d %H:%M:%S} UTC"


def ask_first(services: Services, *, made_at: datetime, now: datetime) -> int:
    """Put everything on hold, have each delivery that may be out since asked about, and end all claims. Returns how
    many are asked about.
    """
    # Nothing had left the house when the backup was made: no intent. It may have, a moment later.
    _move(services, State.WORKING, State.QUEUED, Delivery.intent_at.is_(None), now)
    asked = _move(services, State.QUEUED, State.HELD, true(), now)
    asked += _move(services, State.SCHEDULED, State.HELD, Delivery.due_at <= now, now)
    with services.db.writing() as session:
        asked += _ask_about_held(session)
        session.execute(update(Delivery).where(Delivery.token.is_not(None)).values(lease_until=now))
    hold(services, actor=ACTOR, name=hold_name(made_at), now=now)
    return asked


def hold_of(session: Session, made_at: datetime) -> int | None:
    """The hold over everything, when this very backup was restored here and nobody has lifted it: nothing has gone out
    since.
    """
    mine = and_(Hold.name == hold_name(made_at), Hold.created_by == ACTOR.name, Hold.lifted_at.is_(None))
    return session.scalars(select(Hold.id).where(mine).limit(1)).first()


def open_deliveries(session: Session) -> int:
    """How many deliveries are still on their way."""
    return session.scalars(select(func.count()).select_from(Delivery).where(Delivery.state.in_(OPEN))).one()


def _move(services: Services, source: State, target: State, where: ColumnElement[bool], now: datetime) -> int:
    count = 0
    said = PERHAPS_OUT if target is State.HELD else None
    while True:
        with services.db.writing() as session:
            ids = session.scalars(select(Delivery.id).where(Delivery.state == source, where).limit(BATCH)).all()
            if not ids:
                return count
            values: dict[str, Any] = {"trouble": said, "hold_id": None, "hinted_at": None, "ready_at": None}
            count += len(move_all(session, ids, source, target, actor=ACTOR, now=now, reason=REASON, **values))


def _ask_about_held(session: Session) -> int:
    """What a hold kept back may have gone out when it was over: it no longer goes by itself."""
    changed = session.scalars(
        update(Delivery)
        .where(Delivery.state == State.HELD, Delivery.hold_id.is_not(None))
        .values(hold_id=None, trouble=PERHAPS_OUT)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(changed.all())
