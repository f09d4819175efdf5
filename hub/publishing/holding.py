"""Quiet times (暂停发布) as verbs: hold, lift, and what the clock does with what they held.

While a hold is in force nothing of its offices is sent. What comes due is `held` and names the hold; looks for the
fate of a send go on, and so do withdrawals: taking something down is never held back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from channels.words import NO_WORDS, Words
from hub.domain import quiet
from hub.domain.quiet import Kind
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import State
from hub.domain.troubles import Press, Trouble, Turn, trouble
from hub.models import Account, Delivery, Hold, Office
from hub.permissions import may
from hub.publishing.access import settle_published_at
from hub.publishing.changing import ANEW
from hub.publishing.quieting import HeldOffices, held_offices, quiet_of
from hub.services import Services
from hub.workflow import Actor, move_all

__all__ = ["HeldOffices", "held_offices", "hold", "hold_back", "lift", "resume", "trouble_of"]

CLOCK = Actor("clock")
# Rows a transaction: SQLite has one writer, and an editor's save should not wait for a city-wide release.
BATCH = 200
LONGEST_NAME = 100


def hold(
    services: Services,
    *,
    actor: Actor,
    name: str,
    now: datetime,
    office_id: int | None = None,
    kind: str = "switch",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    daily_from: str = "",
    daily_to: str = "",
    resumes: bool = False,
) -> int:
    """Nothing of the office (None: of all offices) goes out from `starts_at` (None: now) on; returns the hold's id.

    `name` is the reason, as everybody will read it. From the moment this returns no worker begins another send.
    `resumes`: what a window or night held goes out by itself afterwards; else the editor is asked. A switch always
    sends what it held when it is lifted. Raises Refusal for what can't be, and for another's office.
    """
    row = Hold(
        office_id=office_id,
        name=name.strip(),
        kind=kind,
        starts_at=starts_at or now,
        ends_at=ends_at,
        daily_from=daily_from,
        daily_to=daily_to,
        resumes=resumes or kind == Kind.SWITCH,
        created_at=now,
        created_by=actor.name,
    )
    with services.db.writing() as session:
        _require_right(session, actor, office_id)
        _require_sense(row, now)
        if actor.user_id is not None:
            _require_off(session, row)
        session.add(row)
        session.flush()
    hold_back(services, now)
    return row.id


def lift(services: Services, *, actor: Actor, hold_id: int, now: datetime) -> int:
    """End a hold, also one that has not begun; what it held goes out in the order in which it was due. Returns how
    many go out now: none of those that another hold keeps back. Raises Refusal when it is over already.
    """
    with services.db.writing() as session:
        row = session.get(Hold, hold_id)
        if row is None:
            raise Refusal("HLD-404", Words("没有这次暂停。", "There is no such hold."))
        _require_right(session, actor, row.office_id)
        lifted = session.execute(
            update(Hold)
            .where(Hold.id == hold_id, Hold.lifted_at.is_(None))
            .values(lifted_at=now, lifted_by=actor.name)
            .returning(Hold.id)
            .execution_options(synchronize_session=False)
        ).first()
        if lifted is None:
            raise Refusal("HLD-409", Words("这次暂停已经解除。", "This hold has been lifted already."))
    return resume(services, now, actor=actor, hold_id=hold_id)


def hold_back(services: Services, now: datetime) -> int:
    """Hold every queued delivery of the offices that are quiet now, unless an editor let it through; returns how many.
    Any number of clocks may call it at once. What comes due meanwhile is `release_due`'s.
    """
    held = 0
    while True:
        with services.db.writing() as session:
            now_held = held_offices(session, now)
            if not now_held:
                return held
            queued = Delivery.state == State.QUEUED
            rows = session.execute(_earliest(queued, now_held.stopped)).all()
            held += put_by(session, now_held, [(row.id, row.office_id, row.hold_id) for row in rows], State.QUEUED, now)
        if len(rows) < BATCH:
            return held


def put_by(
    session: Session,
    held: HeldOffices,
    rows: Sequence[tuple[int, int, int | None]],
    source: State,
    now: datetime,
) -> int:
    """Move deliveries (id, office, hold they were let through) from `source` to `held`, each with the hold that stops
    it; returns how many.
    """
    by_hold: dict[int, tuple[Hold, list[int]]] = {}
    for id_, office_id, let_through in rows:
        if found := held.stops(office_id, let_through):
            by_hold.setdefault(found.id, (found, []))[1].append(id_)
    count = 0
    for row, ids in by_hold.values():
        said = trouble_of(row)
        values: dict[str, Any] = {"hold_id": row.id, "trouble": said, "hinted_at": None}
        moved = move_all(session, ids, source, State.HELD, actor=CLOCK, now=now, reason=row.name, said=said, **values)
        count += len(moved)
    return count


def resume(services: Services, now: datetime, *, actor: Actor = CLOCK, hold_id: int | None = None) -> int:
    """Queue what was held by holds that are over and let it go (lifted, or `resumes`), in the order in which it was
    due; returns how many. With `hold_id` only what that one held. Any number of clocks may call it at once.
    """
    sent = 0
    while True:
        with services.db.writing() as session:
            over = _over(session, now) if hold_id is None else [hold_id]
            if not over:
                return sent
            # One at a time: what two resume at once would lose its order.
            session.execute(select(Hold.id).where(Hold.id.in_(over)).order_by(Hold.id).with_for_update())
            now_held = held_offices(session, now)
            _hand_on(session, over, now_held)
            mine = Delivery.hold_id.in_(over), Delivery.state == State.HELD
            rows = session.execute(_earliest(*mine, ~now_held.covers_where(Delivery))).all()
            _send_out(session, [row.id for row in rows], actor, _behind(session, now), now)
        sent += len(rows)
        if len(rows) < BATCH:
            return sent


OVER = trouble(
    "HLD-204",
    Words("暂停或静默时段已结束，按原来的顺序发出。", "The hold is over; it goes out in its old order."),
    Turn.MACHINE,
    Press.WAIT,
)


def trouble_of(row: Hold) -> Trouble:
    """What a delivery shows that the hold keeps back."""
    if row.kind == Kind.SWITCH:
        words = Words(
            f"已暂停发布：{row.name}。解除暂停后按原来的顺序发出。",
            f"Publishing is on hold: {row.name}. It goes out in its old order once the hold is lifted.",
        )
        return trouble("HLD-201", words, Turn.EDITOR, Press.CHOOSE)
    if row.resumes:
        words = Words(
            f"正值静默时段：{row.name}。时段结束后自动发出。",
            f"It is a quiet time: {row.name}. It goes out by itself when that is over.",
        )
        return trouble("HLD-202", words, Turn.MACHINE, Press.WAIT)
    words = Words(
        f"因静默时段没有发布：{row.name}。请选择立即发布、改时间或取消。",
        f"It was kept back by a quiet time: {row.name}. Publish now, reschedule or cancel.",
    )
    return trouble("HLD-203", words, Turn.EDITOR, Press.CHOOSE)


def _earliest(*where: Any) -> Any:
    return (
        select(Delivery.id, Delivery.hold_id, Account.office_id)
        .join(Account, Account.id == Delivery.account_id)
        .where(*where)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=Delivery)
    )


def _over(session: Session, now: datetime) -> list[int]:
    """The holds that still name held deliveries and let them go now."""
    naming = select(Delivery.hold_id).where(Delivery.state == State.HELD, Delivery.hold_id.is_not(None))
    rows = session.scalars(select(Hold).where(Hold.id.in_(naming), Hold.resumes | Hold.lifted_at.is_not(None))).all()
    return [row.id for row in rows if row.lifted_at is not None or not _everywhere(session, row, now)]


def _everywhere(session: Session, row: Hold, now: datetime) -> bool:
    """Whether it is in force for all it concerns; where a night for everybody is over sooner, the next look tells."""
    zones = [row.office.zone] if row.office else session.scalars(select(Office.zone).distinct()).all()
    return all(quiet.in_force(quiet_of(row), now, ZoneInfo(zone)) for zone in zones)


def _hand_on(session: Session, over: Sequence[int], now_held: HeldOffices) -> None:
    """What another hold keeps back from now on names that one, and waits for it."""
    for other, ids in now_held.holds:
        theirs = [] if ids is None else [Account.office_id.in_(ids)]
        accounts = select(Account.id).where(*theirs)
        session.execute(
            update(Delivery)
            .where(Delivery.state == State.HELD, Delivery.hold_id.in_([o for o in over if o != other.id]))
            .where(Delivery.account_id.in_(accounts))
            .values(hold_id=other.id, trouble=trouble_of(other))
            .execution_options(synchronize_session=False)
        )


def _behind(session: Session, now: datetime) -> datetime:
    """The first instant from `now` on that is behind all that was queued before, by whoever's clock."""
    soon = Delivery.due_at.between(now, now + timedelta(minutes=1))
    last = session.scalar(select(func.max(Delivery.due_at)).where(Delivery.state == State.QUEUED, soon))
    return last + timedelta(microseconds=1) if last else now


def _send_out(session: Session, ids: Sequence[int], actor: Actor, due: datetime, now: datetime) -> None:
    if not ids:
        return
    # Its time is when it really went out; a microsecond apart, so that every claim keeps the order.
    dues = [{"id": id_, "due_at": due + timedelta(microseconds=i)} for i, id_ in enumerate(ids)]
    values = {**ANEW, "hold_id": None}
    moved = set(
        move_all(session, ids, State.HELD, State.QUEUED, actor=actor, now=now, reason="HLD-204", said=OVER, **values)
    )
    session.execute(update(Delivery), [d for d in dues if d["id"] in moved])
    pieces = select(Delivery.interpretation_id).where(Delivery.id.in_(moved)).distinct()
    for piece in session.scalars(pieces).all():
        settle_published_at(session, piece)


def _require_right(session: Session, actor: Actor, office_id: int | None) -> None:
    """A publisher holds and lifts for their offices; for all offices, only whoever runs the machine."""
    if actor.user_id is None:
        if office_id is None or session.get(Office, office_id) is not None:
            return
        raise Refusal("HLD-405", Words(f"没有单位 {office_id}。", f"There is no office {office_id}."))
    if office_id is not None and may(session, actor, Right.PUBLISH, office_id):
        return
    raise Refusal(
        "HLD-403",
        Words("您只能暂停或恢复本单位的发布。", "You may hold and lift for your own office only."),
        Words("所有单位的暂停请联系系统管理员。", "A hold for all offices is its administrator's.")
        if office_id is None
        else NO_WORDS,
    )


def _require_off(session: Session, row: Hold) -> None:
    """One switch is enough: a second press would have to be lifted too. The machine's own operator may order another,
    as a restored backup does, whatever was on when it was made.
    """
    on = select(Hold.name).where(Hold.kind == Kind.SWITCH, Hold.lifted_at.is_(None))
    same = Hold.office_id.is_(None) if row.office_id is None else Hold.office_id == row.office_id
    name = session.scalar(on.where(same).limit(1)) if row.kind == Kind.SWITCH else None
    if name is not None:
        raise Refusal("HLD-408", Words(f"已经暂停发布：{name}。", f"Publishing is on hold already: {name}."))


def _require_sense(row: Hold, now: datetime) -> None:
    if not row.name or len(row.name) > LONGEST_NAME:
        raise Refusal(
            "HLD-101",
            Words("请写明为什么暂停，不超过 100 字。", "Say why, in at most 100 characters."),
            Words("例如“高考期间”“全国哀悼日”。", "For example “exam days”."),
        )
    if row.kind not in set(Kind):
        raise Refusal("HLD-102", Words(f"没有这种暂停：{row.kind}。", f"There is no such kind of hold: {row.kind}."))
    if row.kind == Kind.WINDOW and row.ends_at is None:
        raise Refusal("HLD-103", Words("请写明时段何时结束。", "Say when it ends."))
    if row.kind == Kind.SWITCH and row.ends_at is not None:
        raise Refusal("HLD-104", Words("总开关要人解除，没有结束时间。", "The switch ends when somebody lifts it."))
    if row.ends_at is not None and (row.ends_at <= row.starts_at or row.ends_at <= now):
        raise Refusal("HLD-105", Words("结束时间要晚于开始和现在。", "It must end after it begins, and after now."))
    times = [quiet.local_time(row.daily_from), quiet.local_time(row.daily_to)]
    if row.kind == Kind.NIGHTLY and (None in times or times[0] == times[1]):
        raise Refusal(
            "HLD-106",
            Words("请写明每天从几点到几点，两者不同。", "Say from when to when every day; the two must differ."),
            Words("例如 22:00 到次日 07:00。", "For example 22:00 to 07:00."),
        )
