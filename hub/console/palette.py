"""The command palette (Ctrl+K): where one can go, what one can begin, and interpretations by title or policy number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.console.here import editor, services
from hub.domain.roles import Right
from hub.models import Interpretation, Policy, Revision
from hub.models import revision_policies as named

screen = Blueprint("palette", __name__)

MOST = 8
# Endpoint, icon, word, the right it needs, and the two keys that lead there.
PLACES: tuple[tuple[str, str, Any, Right, str], ...] = (
    ("desk.home", "inbox", _("工作台"), Right.READ, "d"),
    ("composing.new", "pencil-line", _("写一篇解读"), Right.WRITE, "c"),
    ("reviewing.listing", "stamp", _("审核"), Right.READ, "r"),
    ("schedule.page", "calendar-clock", _("排期"), Right.READ, "s"),
    ("deliveries.listing", "send", _("发布任务"), Right.READ, "t"),
    ("held.listing", "circle-pause", _("暂缓"), Right.READ, "h"),
    ("accounts.listing", "network", _("账号"), Right.READ, "a"),
    ("holding.listing", "octagon-pause", _("暂停发布"), Right.PUBLISH, ""),
    ("more.page", "library", _("更多"), Right.READ, "m"),
)


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
    """The screens whose name contains what was typed, of those the editor may open."""
    known = {rule.endpoint for rule in current_app.url_map.iter_rules()}
    return [
        Found(url_for(endpoint), icon, str(word), f"g {key}" if key else "")
        for endpoint, icon, word, right, key in PLACES
        if endpoint in known and editor().may(right) and typed.casefold() in str(word).casefold()
    ]


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
