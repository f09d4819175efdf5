"""直播: the events that interpretations announce, each with its text and how long its record is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from hub.console.here import guarding, now, services
from hub.console.scope import visible
from hub.domain.roles import Right
from hub.models import Interpretation, Livestream

screen = Blueprint("livestreams", __name__)
screen.before_request(guarding(Right.READ, Right.WRITE))

PAGE = 50
# 互联网直播服务管理规定（2016）第十六条: the record of a livestream is kept for at least so long.
KEPT = timedelta(days=60)
# An event that names no end counts as over after this.
USUAL = timedelta(hours=2)
WHEN = ("coming", "past")


@dataclass(frozen=True)
class Event:
    """A livestream as the list shows it. `status`: "coming", "live" or "past"; `kept_until` for a past one."""

    row: Livestream
    title: str
    status: str
    kept_until: datetime | None


@screen.get("/livestreams")
def listing() -> str:
    """The events that the editor may look at: those to come, the next first, or the past, the last first."""
    when = request.args.get("when", "coming")
    when = when if when in WHEN else "coming"
    page = max(request.args.get("page", 1, type=int), 1)
    at = now()
    with services().db.reading() as session:
        numbers = {name: session.scalar(_count(session, name, at)) or 0 for name in WHEN}
        events = _events(session, when, at, page)
    pages = max(1, -(-numbers[when] // PAGE))
    return render_template(
        "console/livestreams.html", events=events, when=when, numbers=numbers, page=page, pages=pages, days=KEPT.days
    )


def _count(session: Session, when: str, at: datetime) -> Select[int]:
    return select(func.count()).select_from(_rows(session, when, at).subquery())


def _rows(session: Session, when: str, at: datetime) -> Select[Livestream, str]:
    mine = visible(session, Interpretation.office_id)
    query = select(Livestream, Interpretation.title).join(Interpretation).where(mine)
    endless = Livestream.ends.is_(None)
    if when == "past":
        over = or_(Livestream.ends < at, and_(endless, Livestream.starts < at - USUAL))
        return query.where(over).order_by(Livestream.starts.desc(), Livestream.id)
    coming = or_(Livestream.ends >= at, and_(endless, Livestream.starts >= at - USUAL))
    return query.where(coming).order_by(Livestream.starts, Livestream.id)


def _events(session: Session, when: str, at: datetime, page: int) -> list[Event]:
    found = session.execute(_rows(session, when, at).limit(PAGE).offset((page - 1) * PAGE))
    return [
        Event(row, title, _status(row, when, at), _kept_until(row) if when == "past" else None) for row, title in found
    ]


def _status(row: Livestream, when: str, at: datetime) -> str:
    return when if when == "past" or row.starts > at else "live"


def _kept_until(row: Livestream) -> datetime:
    return (row.ends or row.starts + USUAL) + KEPT
