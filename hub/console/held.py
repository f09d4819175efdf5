"""暂缓: what was held back, because it was too late or in a quiet time; decided one by one or several at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from channels.words import NO_WORDS, Words
from hub.console.fields import instant_of, local_field
from hub.console.here import actor, editor, guarding, now, release_now, services
from hub.console.links import see
from hub.domain.roles import Right
from hub.domain.states import State
from hub.models import Account, Delivery, Revision
from hub.publishing.deciding import Answer, Choice, Decision, decide

screen = Blueprint("held", __name__)
screen.before_request(guarding(Right.READ, Right.PUBLISH))

PAGE = 50
NOTHING_CHOSEN = Words(
    "DLV-230 请先勾选要处理的发布任务，再按按钮。", "DLV-230 Tick the deliveries that you mean, then press a button."
)
NO_TIME = Words("DLV-212 请选择发布时间。", "DLV-212 Choose the time of publication.")


@dataclass(frozen=True)
class Lost:
    """A decision that was not carried out, with what it was about."""

    delivery: Delivery | None
    answer: Answer


@screen.get("/held")
def listing() -> Response:
    """What waits for a decision, the earliest due first."""
    return _page()


@screen.post("/held")
def decided() -> Response:
    """Carry out what was chosen, and show the sentence of each that was not."""
    wanted = _decisions()
    if not wanted:
        return _page(notice=NOTHING_CHOSEN, status=422)
    if any(d.choice is Choice.AT and d.at is None for d in wanted):
        return _page(notice=NO_TIME, status=422)
    answers = decide(services(), actor=actor(), decisions=wanted, now=now())
    release_now()
    done = sum(answer.version is not None for answer in answers)
    if done:
        flash(_done(wanted[0].choice, done))
    if done == len(answers):
        return see(url_for("held.listing"))
    return _page(lost=_named([a for a in answers if a.version is None]), status=409)


def _decisions() -> list[Decision]:
    """The row whose own button was pressed, or all that are ticked."""
    choice, _colon, one = request.form.get("do", "").partition(":")
    if choice not in set(Choice):
        return []
    time = request.form.get(f"at-{one.partition(':')[0]}" if one else "at", "")
    at = instant_of(time, editor().zone) if choice == Choice.AT else None
    found = []
    for pair in [one] if one else request.form.getlist("pick"):
        id_, _colon, version = pair.partition(":")
        if id_.isdigit() and version.isdigit():
            found.append(Decision(int(id_), int(version), Choice(choice), at))
    return found


def _done(choice: Choice, count: int) -> str:
    if choice is Choice.NOW:
        return str(_("正在发布 %(count)s 项。", count=count))
    if choice is Choice.AT:
        return str(_("已改时间 %(count)s 项。", count=count))
    return str(_("已取消 %(count)s 项。", count=count))


def _named(answers: Sequence[Answer]) -> list[Lost]:
    with services().db.reading() as session:
        rows = session.scalars(
            select(Delivery)
            .join(Account)
            .where(Delivery.id.in_([a.delivery_id for a in answers]), Account.office_id == editor().office_id)
            .options(joinedload(Delivery.account), joinedload(Delivery.interpretation))
        ).all()
    by_id = {row.id: row for row in rows}
    return [Lost(by_id.get(a.delivery_id), a) for a in answers]


def _held(session: Session, office_id: int, page: int) -> tuple[Sequence[Delivery], int]:
    where = Account.office_id == office_id, Delivery.state == State.HELD
    join = select(func.count()).select_from(Delivery).join(Account, Account.id == Delivery.account_id)
    rows = session.scalars(
        select(Delivery)
        .join(Delivery.account)
        .join(Delivery.interpretation)
        .join(Delivery.revision)
        .options(
            contains_eager(Delivery.account),
            contains_eager(Delivery.interpretation),
            contains_eager(Delivery.revision).load_only(Revision.number),
        )
        .where(*where)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    return rows, session.scalar(join.where(*where)) or 0


def _page(
    *, lost: Sequence[Lost] = (), notice: Words | None = None, advice: Words = NO_WORDS, status: int = 200
) -> Response:
    page = max(1, request.args.get("page", 1, type=int))
    with services().db.reading() as session:
        rows, total = _held(session, editor().office_id, page)
    at = now()
    body = render_template(
        "console/held.html",
        rows=rows,
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE)),
        at=at,
        later=local_field(at + timedelta(hours=1), editor().zone),
        ticked=set(request.form.getlist("pick")),
        lost=lost,
        notice=notice,
        advice=advice,
    )
    return make_response(body, status)


@screen.app_template_filter("lateness")
def lateness(due: datetime, at: datetime) -> str:
    """How long ago its time was, in the two largest units."""
    minutes = max(0, int((at - due).total_seconds() // 60))
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return str(_("晚了 %(days)s 天 %(hours)s 小时", days=days, hours=hours))
    if hours:
        return str(_("晚了 %(hours)s 小时 %(minutes)s 分", hours=hours, minutes=minutes % 60))
    return str(_("晚了 %(minutes)s 分钟", minutes=minutes)) if minutes else str(_("刚到时间"))
