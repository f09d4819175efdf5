"""The compose page as it is shown: the form, what every channel makes of it, and what is to be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, make_response, render_template, request
from sqlalchemy import select

from channels.base import Channel, Finding
from channels.manuscript import FORM_LABELS, Content, Form
from channels.text import numbers
from channels.words import Words
from hub.console import fields as form
from hub.console.fields import Fields
from hub.console.fixing import button, in_form
from hub.console.here import editor, now, services
from hub.console.keeping import owner_mark
from hub.console.keeping import said as told_apart
from hub.console.picking import LOOKS, record_row, standings
from hub.console.reading import picks
from hub.console.script_words import script_words
from hub.editorial.gathering import gather
from hub.editorial.presence import News
from hub.editorial.previewing import Preview
from hub.editorial.variants import exceeded, own_words
from hub.models import Area
from hub.wordlists import word_findings


@dataclass(frozen=True)
class Panel:
    """One channel in the rack: its own words, and its preview once there is one."""

    channel: Channel
    own: Sequence[Any]
    preview: Preview | None


@dataclass
class Sheet:
    """What a compose page shows. Notices: `notice` with `advice`, `differences` to settle, `import_error`, the
    working copy that waits (`waiting`, its time), and who else is there (`news`).
    """

    fields: Fields
    id_: int | None = None
    version: int | None = None
    previews: Sequence[Preview] = ()
    mistakes: Sequence[Finding] = ()
    notice: Words | None = None
    advice: Words | None = None
    calm: bool = False
    undo: str = ""
    differences: Sequence[Any] = ()
    import_error: Any = None
    waiting: str = ""
    news: News | None = None
    content: Content | None = field(default=None)


def rack(sheet: Sheet) -> dict[str, Any]:
    """What the rack and the list of findings are made from."""
    content = sheet.content or form.to_content(sheet.fields, editor().zone, services().artefacts)[0]
    channels = services().channels
    by_key = {p.channel: p for p in sheet.previews}
    with services().db.reading() as session:
        said = word_findings(session, editor().office_id, content) if sheet.previews else []
    found = gather(sheet.previews, content, [*sheet.mistakes, *said])
    return {
        "panels": [Panel(c, own_words(c, content), by_key.get(c.key)) for c in channels.values()],
        "point_rows": sheet.fields.places("key_points"),
        "previewed": bool(sheet.previews),
        "mistakes": sheet.mistakes,
        "found": in_form(found, sheet.fields),
        "limits": exceeded(channels.values(), content),
        "fix_button": button,
    }


def show(sheet: Sheet, status: int = 200) -> Response:
    """The whole page."""
    sought = {name: request.form.get(f"seek-{name}", "").strip()[:100] for name in ("policies", "interpreters")}
    today = now().astimezone(editor().zone).date()
    with services().db.reading() as session:
        offered = picks(session, editor().office_id, **sought)
        areas = session.scalars(select(Area.name).order_by(Area.id).limit(500)).all()
        stands = standings(session, sheet.fields.rows["policies"], today)
    body = render_template(
        "console/compose.html",
        sheet=sheet,
        fields=sheet.fields,
        picks=offered,
        sought=sought,
        areas=areas,
        standings=stands,
        owner=owner_mark(editor().id),
        said=told_apart(sheet.news) if sheet.news else [],
        record_row=record_row,
        script_words=script_words,
        **_choices(),
        **rack(sheet),
    )
    return make_response(body, status)


def fragment(sheet: Sheet) -> Response:
    """The rack and the findings alone, for the page that puts them in."""
    return make_response(render_template("console/_live.html", **rack(sheet)))


def _choices() -> Mapping[str, Any]:
    return {
        "forms": [(f, Words(FORM_LABELS[f], f.value.replace("_", " "))) for f in Form],
        "validities": list(LOOKS["VALIDITIES"].items()),
        "number_rules": {"legal": [numbers.LEGAL.pattern, numbers.ORDER.pattern], "like": numbers.LIKE.pattern},
        **LOOKS,
    }
