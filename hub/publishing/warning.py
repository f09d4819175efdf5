"""What an editor is told when the time they choose lies in a quiet time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import Finding, Severity
from channels.words import Words
from hub.domain import quiet
from hub.domain.quiet import Kind
from hub.models import Hold, Office
from hub.publishing.quieting import may_apply, quiet_of


def quiet_findings(session: Session, offices: Iterable[Office], at: datetime) -> dict[int, Finding]:
    """PUB-201 for each of the offices of which `at` lies in a quiet time, as it stands now: its name, and when it would
    go out. One query, however many offices.
    """
    holds = session.scalars(select(Hold).where(may_apply(at)).order_by(Hold.id)).all()
    if not holds:
        return {}
    found = {}
    for office in offices:
        mine = [hold for hold in holds if hold.office_id in (None, office.id)]
        zone = ZoneInfo(office.zone)
        inside = [hold for hold in mine if quiet.in_force(quiet_of(hold), at, zone)]
        if inside:
            opens = quiet.opens([quiet_of(hold) for hold in mine], at, zone)
            found[office.id] = Finding("PUB-201", Severity.WARN, "at", _sentence(inside, opens, zone), ADVICE)
    return found


ADVICE = Words("请改选静默时段以外的时间，或保持不变。", "Choose a time outside the quiet time, or leave it as it is.")


def _sentence(inside: list[Hold], opens: datetime | None, zone: ZoneInfo) -> Words:
    name = inside[0].name
    if opens is None or any(hold.kind == Kind.SWITCH for hold in inside):
        return Words(
            f"已暂停发布：{name}。解除暂停后才会发出。",
            f"Publishing is on hold: {name}. It goes out once the hold is lifted.",
        )
    when = f"{opens.astimezone(zone):%Y-%m-%d %H:%M}"
    if all(hold.resumes for hold in inside):
        return Words(
            f"这个时间在静默时段内：{name}。将推迟到 {when} 自动发出。",
            f"This time lies in a quiet time: {name}. It goes out by itself at {when}.",
        )
    return Words(
        f"这个时间在静默时段内：{name}。届时不会发出，{when} 以后由您选择立即发布、改时间或取消。",
        f"This time lies in a quiet time: {name}. It is kept back; after {when} you choose what becomes of it.",
    )
