"""The command palette (Ctrl+K): where one can go, what one can begin, and interpretations by title or policy number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.console.here import editor, guarding, services
from hub.console.more import GROUPS, RAIL
from hub.domain.roles import Right
from hub.models import Interpretation, Policy, Revision
from hub.models import revision_policies as named

screen = Blueprint("palette", __name__)
screen.before_request(guarding(Right.READ, Right.READ))

MOST = 8
# By blueprint, the second of the two keys that lead to its screen; the first is g.
KEYS = {
    "desk": "d",
    "composing": "c",
    "reviewing": "r",
    "schedule": "s",
    "deliveries": "t",
    "accounts": "a",
    "more": "m",
    "held": "h",
}


@dataclass(frozen=True)
class Found:
    """One line of the palette."""

    address: str
    icon: str
    word: str
    hint: str = ""


@screen.get("/palette")
def found() -> str:
    """The lines for what was typed; for nothing, the places and the interpretations that changed last."""
    typed = request.args.get("q", "").strip()[:100]
    with services().db.reading() as session:
        texts = pieces(session, editor().office_id, typed)
    return render_template("console/_palette.html", places=places(typed), texts=texts, typed=typed)


def places(typed: str) -> list[Found]:
    """The screens whose name contains what was typed, of those the editor may open; the rail's come first."""
    known = {rule.endpoint for rule in current_app.url_map.iter_rules()}
    rail = [(endpoint, icon, word, right) for endpoint, icon, word, right, _more in RAIL]
    registries = [(e.endpoint, e.shape, e.label, e.right) for _title, entries in GROUPS for e in entries]
    return [
        Found(url_for(endpoint), icon, str(word), _key(endpoint))
        for endpoint, icon, word, right in (*rail, *registries)
        if endpoint in known and (right is None or editor().may(right)) and typed.casefold() in str(word).casefold()
    ]


def _key(endpoint: str) -> str:
    key = KEYS.get(endpoint.partition(".")[0])
    return f"g {key}" if key else ""


@screen.app_template_global("shortcuts")
def shortcuts() -> list[tuple[str, str, str]]:
    """The keys that lead somewhere: key, word, address."""
    return [(found.hint[2:], found.word, found.address) for found in places("") if found.hint]


def pieces(session: Session, office_id: int, typed: str) -> list[Found]:
    """The office's interpretations whose title, or whose policy's number, contains what was typed; the one changed
    last first.
    """
    query = select(Interpretation.id, Interpretation.title).where(Interpretation.office_id == office_id)
    newest = Interpretation.updated_at.desc(), Interpretation.id.desc()
    pattern = "%" + typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    if not typed:
        rows = list(session.execute(query.order_by(*newest).limit(MOST)))
        return [_line(row) for row in rows]
    by_number = (
        select(Revision.interpretation_id)
        .join(named, named.c.revision_id == Revision.id)
        .join(Policy, Policy.id == named.c.policy_id)
        .where(Policy.number.ilike(pattern, escape="\\"))
    )
    titled = query.where(Interpretation.title.ilike(pattern, escape="\\")).order_by(*newest).limit(MOST)
    rows = list(session.execute(titled))
    if len(rows) < MOST:
        seen = [row.id for row in rows]
        more = query.where(Interpretation.id.in_(by_number), Interpretation.id.not_in(seen))
        rows += session.execute(more.order_by(*newest).limit(MOST - len(rows)))
    return [_line(row) for row in rows]


def _line(row: Any) -> Found:
    may_write = editor().may(Right.WRITE)
    address = (
        url_for("composing.edit", id_=row.id) if may_write else url_for("deliveries.listing", interpretation=row.id)
    )
    return Found(address, "file-text", row.title)
