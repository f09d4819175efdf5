"""写稿: one page to write, see every channel and save."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from channels.base import Finding
from channels.manuscript import FORM_LABELS, Content, Form, Validity
from channels.text.cleaning import decode
from channels.words import Words
from hub.console import fields as form
from hub.console import rows
from hub.console.fields import Fields
from hub.console.here import actor, editor, guarding, now, services
from hub.console.language import chosen
from hub.console.links import see
from hub.console.reading import picks
from hub.console.uploading import take_image, unique_name
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.editorial.composing import Saved, StaleEditError, save
from hub.editorial.front_matter import MAX_TEXT_BYTES, parse_draft, write_draft
from hub.editorial.header import DraftError
from hub.editorial.previewing import Preview, preview
from hub.manuscripts import content_of
from hub.models import Area, Interpretation, Revision

screen = Blueprint("composing", __name__)
screen.before_request(guarding(Right.WRITE, Right.WRITE))

EMPTY = Words(
    "EDT-103 请至少写标题，以及正文、要点或问答之一。",
    "EDT-103 Write at least a title, and a body, a key point or a question.",
)


@screen.route("/interpretations/new", methods=["GET", "POST"])
def new() -> Response:
    """A blank sheet, and its saving."""
    return _page(rows.offer(Fields())) if request.method == "GET" else _act(None)


@screen.route("/interpretations/<int:id_>/edit", methods=["GET", "POST"])
def edit(id_: int) -> Response:
    """An interpretation's newest revision, and the saving of the next."""
    if request.method == "POST":
        return _act(id_)
    content, version = newest(id_)
    return _page(rows.offer(form.of_content(content, editor().zone)), id_=id_, version=version)


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


def _act(id_: int | None) -> Response:
    """Do what the pressed button says with what was typed."""
    fields = form.typed(request.form)
    version = request.form.get("version", type=int)
    button = request.form.get("do", "save")
    if rows.act(fields, button, _picked()):
        return _page(fields, id_=id_, version=version)
    taking = {"image": _add_image, "import": _import}.get(button)
    return taking(fields, id_, version) if taking else _write(fields, id_, version, button)


def _write(fields: Fields, id_: int | None, version: int | None, button: str) -> Response:
    content, mistakes = form.to_content(fields, editor().zone, services().artefacts)
    page: dict[str, Any] = {"id_": id_, "version": version, "mistakes": mistakes}
    if button == "preview":
        return _page(rows.offer(fields), previews=_previews(content, id_), **page)
    if mistakes:
        return _page(fields, status=422, **page)
    if not (content.title and (content.body or content.key_points or content.questions)):
        return _page(rows.offer(fields), notice=EMPTY, status=422, **page)
    return _save(fields, content, id_, version, button)


def _save(fields: Fields, content: Content, id_: int | None, version: int | None, button: str) -> Response:
    try:
        saved = save(
            services(),
            actor=actor(),
            office_id=editor().office_id,
            content=content,
            interpretation_id=id_,
            seen_version=version,
            now=now(),
        )
    except StaleEditError as stale:
        return _stale(fields, id_, stale)
    return _saved(saved, button)


def _saved(saved: Saved, button: str) -> Response:
    if button == "publish":
        return see(url_for("publishing.panel", id_=saved.interpretation_id))
    flash(_("已保存为第 %(number)s 版。", number=saved.version))
    return see(url_for("composing.edit", id_=saved.interpretation_id))


def _stale(fields: Fields, id_: int | None, stale: StaleEditError) -> Response:
    """Both texts on one page. The next save is over the version shown here: knowingly, or stale again."""
    assert id_ is not None  # noqa: S101 (only an existing interpretation can be stale)
    content, version = newest(id_)
    words = Words(f"{stale.code} {stale.words.zh}", f"{stale.code} {stale.words.en}")
    theirs = write_draft(content)
    return _page(fields, id_=id_, version=version, notice=words, advice=stale.suggestion, theirs=theirs, status=409)


def _picked() -> dict[str, dict[str, Any]]:
    """The records chosen in the pickers, as rows of the form."""
    chosen: dict[str, dict[str, Any]] = {}
    with services().db.reading() as session:
        offered = picks(session, editor().office_id)
    for name, records in (("policies", offered.policies), ("interpreters", offered.interpreters)):
        wanted = request.form.get(f"pick-{name}", type=int)
        record = next((r for r in records if r.id == wanted), None)
        if record is not None:
            chosen[name] = record_row(name, record)
    return chosen


def record_row(name: str, record: Any) -> dict[str, str]:
    """A policy's or an interpreter's record as a row of the form."""
    renamed = {"office": "office_name"} if name == "interpreters" else {}
    return {part: str(getattr(record, renamed.get(part, part)) or "") for part in form.ROWS[name]}


def _add_image(fields: Fields, id_: int | None, version: int | None) -> Response:
    try:
        name, sha256, markdown = _taken(fields)
    except Refusal as refusal:
        return _page(fields, id_=id_, version=version, notice=_coded(refusal), advice=refusal.suggestion, status=422)
    fields.rows["images"].append({"name": name, "sha256": sha256})
    fields.texts["body"] = f"{fields.texts['body'].rstrip()}\n\n{markdown}\n".lstrip("\n")
    return _page(fields, id_=id_, version=version)


def _taken(fields: Fields) -> tuple[str, str, str]:
    alt = " ".join(request.form.get("image-alt", "").split())
    taken = take_image(services().artefacts, request.files.get("image"), alt)
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


def _import(fields: Fields, id_: int | None, version: int | None) -> Response:
    """Fill the form from a text file; nothing is stored until it is saved."""
    upload = request.files.get("draft")
    if upload is None or not upload.filename:
        notice = Words("EDT-104 请先选择文件。", "EDT-104 Choose a file first.")
        return _page(fields, id_=id_, version=version, notice=notice, status=422)
    data = upload.stream.read(MAX_TEXT_BYTES + 1)
    if len(data) > MAX_TEXT_BYTES:
        notice = Words("FMT-101 文件超过 5 MB，不是一篇稿件。", "FMT-101 The file is over 5 MB: no article.")
        return _page(fields, id_=id_, version=version, notice=notice, status=422)
    try:
        draft = parse_draft(decode(data), where=upload.filename)
    except DraftError as error:
        return _page(fields, id_=id_, version=version, import_error=error, status=422)
    filled = rows.offer(form.of_content(draft.content, editor().zone))
    filled.rows["images"] = fields.rows["images"]
    notice = Words("已读入文件，尚未保存。请核对后保存。", "The file is read in, not saved yet. Check it, then save.")
    return _page(filled, id_=id_, version=version, notice=notice, calm=True)


@screen.post("/preview")
def live_preview() -> Response:
    """Every channel's preview of what stands in the form, as the rack alone."""
    id_ = request.form.get("interpretation", type=int)
    content, mistakes = form.to_content(form.typed(request.form), editor().zone, services().artefacts)
    return make_response(
        render_template("console/_rack.html", previews=_previews(content, id_), mistakes=mistakes, empty=False)
    )


def _previews(content: Content, id_: int | None) -> list[Preview]:
    if id_ is not None:
        newest(id_)
    return preview(services(), office_id=editor().office_id, content=content, interpretation_id=id_, published=now())


def _coded(refusal: Refusal) -> Words:
    return Words(f"{refusal.code} {refusal.words.zh}", f"{refusal.code} {refusal.words.en}")


def _page(
    fields: Fields,
    *,
    id_: int | None = None,
    version: int | None = None,
    previews: Sequence[Preview] = (),
    mistakes: Sequence[Finding] = (),
    status: int = 200,
    **more: Any,
) -> Response:
    """The compose page; `more` are notices: notice, advice, theirs, import_error, calm."""
    with services().db.reading() as session:
        offered = picks(session, editor().office_id)
        areas = session.scalars(select(Area.name).order_by(Area.id).limit(500)).all()
    notices = {"notice": None, "advice": None, "theirs": None, "import_error": None, "calm": False, **more}
    body = render_template(
        "console/compose.html",
        fields=fields,
        id=id_,
        version=version,
        previews=previews,
        mistakes=mistakes,
        picks=offered,
        areas=areas,
        channels=services().channels.values(),
        forms=[(f, Words(FORM_LABELS[f], f.value.replace("_", " "))) for f in Form],
        validities=[(v, Words(v.label, v.value.replace("_", " "))) for v in Validity],
        record_row=record_row,
        **notices,
    )
    return make_response(body, status)
