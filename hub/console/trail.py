"""操作日志: who did what, when and why; filtered, paged, exported, and the chain that proves it whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, stream_with_context
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.audit import Verdict, verify, waiting
from hub.audit.diary import KINDS, Line, Wanted, read
from hub.console.here import actor, editor, guarding, now, services
from hub.domain.roles import Right
from hub.models import Seal, User
from hub.permissions import may, offices

screen = Blueprint("trail", __name__)
screen.before_request(guarding(Right.AUDIT, Right.AUDIT))

PAGE = 50
# A longer trail takes longer than a page may; it is verified from the command line.
MOST_VERIFIED = 50_000
MOST_EXPORTED = 100_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@screen.get("/audit")
def listing() -> Response:
    """The newest lines of what the editor may audit, filtered."""
    return _page()


@screen.post("/audit/verify")
def verified() -> Response:
    """Recompute the chain, unless it is too long for a page."""
    with services().db.reading() as session:
        if _length(session) > MOST_VERIFIED:
            return _page(too_long=True)
    return _page(verdict=verify(services(), now()))


@screen.get("/audit.csv")
def exported() -> Response:
    """The filtered lines as CSV for a spreadsheet, the newest first; at most MOST_EXPORTED."""
    lines = stream_with_context(_csv(_wanted()))
    answer = Response(lines, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="audit-{now():%Y%m%d}.csv"'
    return answer


def _page(verdict: Verdict | None = None, *, too_long: bool = False) -> Response:
    wanted = _wanted()
    with services().db.reading() as session:
        wanted = replace(wanted, installation=may(session, actor(), Right.AUDIT, editor().office_id))
        lines, after = read(session, wanted, PAGE)
        length = _length(session)
        values: dict[str, Any] = {"people": _people(session), "sealed": length, "unsealed": waiting(session)}
    asked = {name: value for name, value in request.args.items() if name != "after" and value}
    page = render_template(
        "console/audit.html",
        lines=lines,
        after=_token(after),
        asked=asked,
        kinds=KINDS,
        verdict=verdict,
        too_long=too_long,
        most=MOST_VERIFIED,
        **values,
    )
    return make_response(page)


def _wanted() -> Wanted:
    """What the address asks for; what can't be read is left out."""
    kind, zone = request.args.get("kind", ""), editor().zone

    def midnight(name: str, days: int = 0) -> datetime | None:
        try:
            day = date.fromisoformat(request.args.get(name, "")) + timedelta(days=days)
            return datetime.combine(day, time(), zone).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    return Wanted(
        offices=offices(editor().id, Right.AUDIT),
        kinds=frozenset({kind} if kind in KINDS else KINDS),
        user_id=request.args.get("who", type=int),
        piece_id=request.args.get("interpretation", type=int),
        since=midnight("since"),
        until=midnight("until", days=1),
        before=_ends(request.args.get("after", "")),
    )


def _token(ends: dict[str, int] | None) -> str:
    """Where the next page goes on, as it stands in its address: `moves-120.events-7`."""
    return ".".join(f"{kind}-{id_}" for kind, id_ in (ends or {}).items())


def _ends(token: str) -> dict[str, int]:
    parts = (part.partition("-") for part in token.split("."))
    return {kind: int(id_) for kind, _dash, id_ in parts if kind in KINDS and id_.isascii() and id_.isdigit()}


def _people(session: Session) -> list[tuple[int, str]]:
    """Whom to filter by: the people of the editor's own office."""
    rows = session.execute(select(User.id, User.name).where(User.office_id == editor().office_id).order_by(User.name))
    return [(row.id, row.name) for row in rows]


def _length(session: Session) -> int:
    return session.scalar(select(func.max(Seal.position))) or 0


def _csv(wanted: Wanted) -> Iterator[str]:
    """The lines, a page's worth at a time, so that neither memory nor a transaction grows with them."""
    zone = editor().zone
    # Excel takes a file for UTF-8 by its mark.
    yield "\ufeff" + _row(["time", "who", "kind", "what", "before", "subject", "id", "title", "reason", "hash"])
    left, ends = MOST_EXPORTED, wanted.before
    while left > 0:
        with services().db.reading() as session:
            lines, after = read(session, replace(wanted, before=ends), min(1000, left))
        for line in lines:
            yield _row(_cells(line, zone))
        left -= len(lines)
        if after is None:
            return
        ends = after


def _cells(line: Line, zone: Any) -> list[str]:
    when = line.at.astimezone(zone).isoformat(timespec="seconds")
    about = [line.subject, str(line.subject_id or ""), line.title, line.reason, line.mark]
    return [when, line.who, line.kind, line.what, line.before, *about]


def _row(cells: list[str]) -> str:
    out = io.StringIO()
    # A cell that begins like a formula would be run by the spreadsheet.
    csv.writer(out).writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return out.getvalue()
