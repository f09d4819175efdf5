"""写稿: one page to write, see every channel and save."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, make_response, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from channels.base import Fix
from channels.manuscript import Content
from channels.text.cleaning import decode
from channels.words import Words
from hub.console import fields as form
from hub.console import fixing, rows
from hub.console.fields import Fields
from hub.console.here import actor, editor, guard, now, services
from hub.console.language import chosen
from hub.console.links import see
from hub.console.picking import record_row
from hub.console.reading import pickable_interpreters, pickable_policies
from hub.console.settling import differences, take
from hub.console.sheet import Sheet, fragment, show
from hub.console.templates import beginning
from hub.console.uploading import take_image, unique_name
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.editorial import presence
from hub.editorial.composing import Saved, StaleEditError, save
from hub.editorial.copies import copy_of, forget, sheet_of
from hub.editorial.front_matter import MAX_TEXT_BYTES, parse_draft
from hub.editorial.header import DraftError
from hub.editorial.previewing import Preview, preview
from hub.manuscripts import content_of
from hub.models import Interpretation, Interpreter, Policy, Revision

screen = Blueprint("composing", __name__)


@screen.before_request
def _guarded() -> None:
    """Who only reads has the page of the review; what a text looks like they may ask."""
    guard(Right.READ if request.endpoint == "composing.live_preview" else Right.WRITE)


EMPTY = Words(
    "EDT-103 请至少写标题，以及正文、要点或问答之一。",
    "EDT-103 Write at least a title, and a body, a key point or a question.",
)

READ_IN = Words("已读入文件，尚未保存。请核对后保存。", "The file is read in, not saved yet. Check it, then save.")


@screen.route("/interpretations/new", methods=["GET", "POST"])
def new() -> Response:
    """A blank sheet, or what a template holds, and its saving."""
    if request.method == "POST":
        return _act(None)
    begun = beginning(request.args.get("template", type=int))
    return _opened(Sheet(form.of_content(begun, editor().zone) if begun else Fields()))


@screen.route("/interpretations/<int:id_>/edit", methods=["GET", "POST"])
def edit(id_: int) -> Response:
    """An interpretation's newest revision, and the saving of the next."""
    if request.method == "POST":
        return _act(id_)
    content, version = newest(id_)
    return _opened(Sheet(form.of_content(content, editor().zone), id_=id_, version=version))


def _opened(sheet: Sheet) -> Response:
    """The page as it is opened: with the working copy when that is asked for, else with word that there is one."""
    if sheet.id_ is not None:
        at = now()
        presence.beat(services(), interpretation_id=sheet.id_, user_id=editor().id, now=at)
        sheet.news = presence.news(services(), interpretation_id=sheet.id_, user_id=editor().id, now=at)
    kept = copy_of(services(), editor().id, sheet_of(sheet.id_))
    if kept is not None:
        fields = form.of_plain(kept.fields)
        time = kept.saved_at.astimezone(editor().zone).strftime("%H:%M")
        if request.args.get("copy") == "use":
            sheet = replace(
                sheet, fields=fields, version=kept.version or sheet.version, calm=True, notice=_resumed(time)
            )
        elif form.said(fields) != form.said(sheet.fields):
            sheet.waiting = time
    rows.offer(sheet.fields)
    return show(sheet)


def _resumed(time: str) -> Words:
    return Words(f"这是您 {time} 未保存的改动。", f"These are your unsaved changes of {time}.")


def newest(id_: int) -> tuple[Content, int]:
    """The content and the number of the newest revision; 404 for what the editor's office doesn't have."""
    with services().db.reading() as session:
        revision = session.scalars(
            select(Revision)
            .join(Interpretation)
            .where(Interpretation.id == id_, Interpretation.office_id == editor().office_id)
            .order_by(Revision.number.desc())
            .limit(1)
        ).first()
        if revision is None:
            abort(404)
        return content_of(revision, services().artefacts), revision.number


def _require_ours(id_: int) -> None:
    """404 for what the editor's office doesn't have, before anything that was typed is looked at."""
    ours = (Interpretation.id == id_, Interpretation.office_id == editor().office_id)
    with services().db.reading() as session:
        if session.scalar(select(Interpretation.id).where(*ours)) is None:
            abort(404)


def _act(id_: int | None) -> Response:
    """Do what the pressed button says with what was typed."""
    if id_ is not None:
        _require_ours(id_)
    sheet = Sheet(form.typed(request.form), id_=id_, version=request.form.get("version", type=int))
    button = request.form.get("do", "save")
    if id_ is not None:
        take(sheet.fields, request.form, lambda: form.of_content(newest(id_)[0], editor().zone))
    if rows.act(sheet.fields, button, _picked()):
        return show(sheet)
    if (fix := fixing.pressed(button)) is not None:
        return _fixed(sheet, fix)
    taking = {"image": _add_image, "import": _import}.get(button)
    return taking(sheet) if taking else _write(sheet, button)


def _fixed(sheet: Sheet, fix: Fix) -> Response:
    made = fixing.apply(sheet.fields, fix)
    sheet.notice = (
        Words(f"“{fix.old}”已改为“{fix.new}”。", f"“{fix.old}” is now “{fix.new}”.")
        if made
        else Words("EDT-105 这处文字已变，没有改动。", "EDT-105 The text has changed there; nothing was corrected.")
    )
    sheet.calm, sheet.undo = made, fixing.button(fixing.inverse(fix)) if made else ""
    return _previewed(sheet)


def _previewed(sheet: Sheet) -> Response:
    content, sheet.mistakes = form.to_content(sheet.fields, editor().zone, services().artefacts)
    sheet.content, sheet.previews = content, _previews(content, sheet.id_)
    rows.offer(sheet.fields)
    return show(sheet)


def _write(sheet: Sheet, button: str) -> Response:
    if button not in ("save", "publish"):
        return _previewed(sheet)
    content, sheet.mistakes = form.to_content(sheet.fields, editor().zone, services().artefacts)
    if sheet.mistakes:
        return show(sheet, 422)
    if not (content.title and (content.body or content.key_points or content.questions)):
        rows.offer(sheet.fields)
        sheet.notice = EMPTY
        return show(sheet, 422)
    return _save(sheet, content, button)


def _save(sheet: Sheet, content: Content, button: str) -> Response:
    try:
        saved = save(
            services(),
            actor=actor(),
            office_id=editor().office_id,
            content=content,
            interpretation_id=sheet.id_,
            seen_version=sheet.version,
            now=now(),
        )
    except StaleEditError as stale:
        return _stale(sheet, stale)
    forget(services(), editor().id, sheet_of(sheet.id_))
    return _saved(saved, button)


def _saved(saved: Saved, button: str) -> Response:
    if button == "publish":
        return see(url_for("publishing.panel", id_=saved.interpretation_id))
    flash(_("已保存为第 %(number)s 版。", number=saved.version))
    return see(url_for("composing.edit", id_=saved.interpretation_id))


def _stale(sheet: Sheet, stale: StaleEditError) -> Response:
    """Both texts on one page. The next save is over the version shown here: knowingly, or stale again."""
    assert sheet.id_ is not None  # noqa: S101 (only an existing interpretation can be stale)
    content, sheet.version = newest(sheet.id_)
    sheet.notice, sheet.advice = stale.coded, stale.suggestion
    sheet.differences = differences(form.of_content(content, editor().zone), sheet.fields)
    return show(sheet, 409)


def _picked() -> dict[str, dict[str, Any]]:
    """The records chosen in the pickers, as rows of the form."""
    office_id, chosen = editor().office_id, {}
    with services().db.reading() as session:
        offered: tuple[tuple[str, Any, list[Any]], ...] = (
            ("policies", Policy, pickable_policies(session, office_id)),
            ("interpreters", Interpreter, pickable_interpreters(office_id)),
        )
        for name, model, where in offered:
            wanted = request.form.get(f"pick-{name}", type=int)
            if wanted and (record := session.scalar(select(model).where(model.id == wanted, *where))):
                chosen[name] = record_row(name, record)
    return chosen


def _add_image(sheet: Sheet) -> Response:
    fields = sheet.fields
    try:
        name, sha256, markdown = _taken(fields)
    except Refusal as refusal:
        sheet.notice, sheet.advice = refusal.coded, refusal.suggestion
        return show(sheet, 422)
    fields.rows["images"].append({"name": name, "sha256": sha256})
    fields.texts["body"] = f"{fields.texts['body'].rstrip()}\n\n{markdown}\n".lstrip("\n")
    return show(sheet)


def _taken(fields: Fields) -> tuple[str, str, str]:
    alt = " ".join(request.form.get("image-alt", "").split())
    taken = take_image(services().artefacts, request.files.get("image"), alt or request.form.get("image-later", ""))
    name = unique_name(taken.name, taken.sha256, fields.rows["images"])
    return name, taken.sha256, f"![{alt}]({name})"


@screen.post("/images")
def image() -> Response:
    """Take in a picture for a page that inserts it by script."""
    try:
        name, sha256, markdown = _taken(form.typed(request.form))
    except Refusal as refusal:
        said = refusal.words.in_(chosen())
        return make_response(jsonify(message=f"{refusal.code} {said}"), 422)
    return jsonify(name=name, sha256=sha256, markdown=markdown)


def _import(sheet: Sheet) -> Response:
    """Fill the form from a text file; nothing is stored until it is saved."""
    upload = request.files.get("draft")
    if upload is None or not upload.filename:
        sheet.notice = Words("EDT-104 请先选择文件。", "EDT-104 Choose a file first.")
        return show(sheet, 422)
    data = upload.stream.read(MAX_TEXT_BYTES + 1)
    if len(data) > MAX_TEXT_BYTES:
        sheet.notice = Words("FMT-101 文件超过 5 MB，不是一篇稿件。", "FMT-101 The file is over 5 MB: no article.")
        return show(sheet, 422)
    try:
        draft = parse_draft(decode(data), where=upload.filename)
    except DraftError as error:
        sheet.import_error = error
        return show(sheet, 422)
    images = sheet.fields.rows["images"]
    sheet.fields = rows.offer(form.of_content(draft.content, editor().zone))
    sheet.fields.rows["images"] = images
    sheet.notice = READ_IN
    sheet.calm = True
    return show(sheet)


@screen.post("/preview")
def live_preview() -> Response:
    """Every channel's preview of what stands in the form, and what is to be done."""
    id_ = request.form.get("interpretation", type=int)
    fields = form.typed(request.form)
    content, mistakes = form.to_content(fields, editor().zone, services().artefacts)
    return fragment(Sheet(fields, previews=_previews(content, id_), mistakes=mistakes, content=content))


def _previews(content: Content, id_: int | None) -> list[Preview]:
    if id_ is not None:
        newest(id_)
    return preview(services(), office_id=editor().office_id, content=content, interpretation_id=id_, published=now())
