"""`yigao hold`: stop all sending, give quiet times, see them, lift them."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import func, select

from channels.words import Words
from hub.cli import DONE
from hub.cli.options import DATA, JSON, ZONE, Instant
from hub.cli.output import Output
from hub.config import load
from hub.domain.quiet import Kind
from hub.domain.states import State
from hub.migrations import upgrade
from hub.models import Delivery, Hold
from hub.publishing import holding
from hub.services import Services
from hub.workflow import Actor

OFFICE = click.option("--office", type=int, default=None, help="只限此单位编号 this office only (default: all)")
REASON = click.option("--reason", required=True, help="为什么，人人可见 why, for everybody to read")
RESUMES = click.option("--resume", is_flag=True, help="结束后自动发出 send what it held by itself afterwards")


@click.group("hold")
def command() -> None:
    """暂停发布与静默时段。 Hold all sending, and quiet times."""


@command.command("now")
@OFFICE
@REASON
@DATA
@JSON
def now_(office: int | None, reason: str, data: Path | None, machine: bool) -> int:
    """立即停止发布，直到解除。 Stop all sending at once, until it is lifted."""
    return _order(data, machine, name=reason, office_id=office, kind=Kind.SWITCH)


@command.command("window")
@click.option("--from", "starts", type=Instant(), default=None, help="开始，2026-06-07T08:00 begin (default: now)")
@click.option("--to", "ends", type=Instant(), required=True, help="结束 end")
@OFFICE
@REASON
@RESUMES
@DATA
@JSON
def window(
    starts: datetime | None,
    ends: datetime,
    office: int | None,
    reason: str,
    resume: bool,
    data: Path | None,
    machine: bool,
) -> int:
    """一段时间内不发布。 Nothing goes out between two times."""
    values: dict[str, Any] = {"starts_at": starts, "ends_at": ends, "resumes": resume}
    return _order(data, machine, name=reason, office_id=office, kind=Kind.WINDOW, **values)


@command.command("nightly")
@click.option("--from", "begin", required=True, metavar="HH:MM", help="每天从 every day from")
@click.option("--to", "end", required=True, metavar="HH:MM", help="到（可到次日）to, perhaps of the next day")
@OFFICE
@REASON
@RESUMES
@DATA
@JSON
def nightly(
    begin: str, end: str, office: int | None, reason: str, resume: bool, data: Path | None, machine: bool
) -> int:
    """每天的静默时段，按单位当地时间。 A quiet time every day, in the office's own time."""
    values: dict[str, Any] = {"daily_from": begin, "daily_to": end, "resumes": resume}
    return _order(data, machine, name=reason, office_id=office, kind=Kind.NIGHTLY, **values)


@command.command("list")
@DATA
@JSON
def list_(data: Path | None, machine: bool) -> int:
    """列出没有解除的暂停。 The holds that are not lifted, and how many deliveries each keeps back."""
    services, out = _open(data, machine)
    held = select(Delivery.hold_id, func.count().label("held")).where(Delivery.state == State.HELD)
    with services.db.reading() as session:
        rows = session.scalars(select(Hold).where(Hold.lifted_at.is_(None)).order_by(Hold.id)).all()
        counts = {r.hold_id: r.held for r in session.execute(held.group_by(Delivery.hold_id))}
    for row in rows:
        out.say(_line(row, counts.get(row.id, 0)))
    if not rows:
        out.say(Words("没有暂停，也没有静默时段。", "Nothing is on hold, and there are no quiet times."))
    out.document({"holds": [_plain(row, counts.get(row.id, 0)) for row in rows]})
    return DONE


@command.command("lift")
@click.argument("hold_id", type=int, metavar="ID")
@DATA
@JSON
def lift(hold_id: int, data: Path | None, machine: bool) -> int:
    """解除，暂缓的按原来的顺序发出。 Lift a hold; what it kept back goes out in its old order."""
    services, out = _open(data, machine)
    sent = holding.lift(services, actor=_actor(), hold_id=hold_id, now=_now(services))
    out.say(
        Words(f"✓ 已解除，{sent} 项按原来的顺序发出。", f"✓ Lifted; {sent} go out in their old order."), colour="green"
    )
    out.document({"hold": hold_id, "sent": sent})
    return DONE


def _open(data: Path | None, machine: bool) -> tuple[Services, Output]:
    services = Services(load(data=data))
    services.config.data.mkdir(parents=True, exist_ok=True)
    upgrade(services.db.engine)
    return services, Output(language=services.config.language, machine=machine)


def _actor() -> Actor:
    return Actor(f"cli:{getpass.getuser()}")


def _now(services: Services) -> datetime:
    return services.db.now().astimezone(UTC)


def _order(data: Path | None, machine: bool, **values: Any) -> int:
    services, out = _open(data, machine)
    id_ = holding.hold(services, actor=_actor(), now=_now(services), **values)
    words = Words(f"✓ 已记下，编号 {id_}。", f"✓ Noted as number {id_}.")
    if values["kind"] == Kind.SWITCH:
        words = Words(
            f"✓ 已暂停发布，编号 {id_}。恢复：yigao hold lift {id_}", f"✓ On hold. To lift it: yigao hold lift {id_}"
        )
    out.say(words, colour="green")
    out.document({"hold": id_})
    return DONE


def _line(row: Hold, count: int) -> Words:
    where = (
        Words(f"单位 {row.office_id}", f"office {row.office_id}") if row.office_id else Words("所有单位", "all offices")
    )
    return Words(
        f"{row.id}  {row.name}（{where.zh}，{_when(row, '起')}）暂缓 {count} 项",
        f"{row.id}  {row.name} ({where.en}, {_when(row, ' on')}) holds {count}",
    )


def _when(row: Hold, open_: str) -> str:
    if row.kind == Kind.NIGHTLY:
        return f"{row.daily_from}–{row.daily_to}"
    starts = f"{row.starts_at.astimezone(ZONE):%Y-%m-%d %H:%M}"
    return f"{starts} – {row.ends_at.astimezone(ZONE):%Y-%m-%d %H:%M}" if row.ends_at else f"{starts}{open_}"


def _plain(row: Hold, count: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "office": row.office_id,
        "name": row.name,
        "kind": row.kind,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
        "daily": [row.daily_from, row.daily_to] if row.kind == Kind.NIGHTLY else None,
        "resumes": row.resumes,
        "held": count,
    }
