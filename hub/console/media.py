"""素材库: the office's pictures; found, described, used again, and where each is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from channels.text.reading import images_in
from hub.console.here import actor, editor, guarding, now, services
from hub.console.links import see
from hub.console.uploading import take_image
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import State
from hub.editorial.library import LIMITS, add_picture, describe_picture, remove_picture
from hub.models import Delivery, Interpretation, Media, Revision, User, revision_images

screen = Blueprint("media", __name__)
screen.before_request(guarding(Right.READ, Right.WRITE))

PAGE = 40
PICKED = 24
USES = 50


@dataclass(frozen=True)
class Use:
    """A text that shows the picture: its newest version that does, and whether that one is out."""

    piece_id: int
    title: str
    number: int
    newest: bool
    published: bool
    alt: str


@screen.get("/media")
def listing() -> Response:
    """The pictures, the newest first; by name, text, tag or credit."""
    return _listing()


@screen.post("/media")
def add() -> Response:
    """Take a picture in."""
    facts = _facts()
    try:
        image = take_image(services().artefacts, request.files.get("picture"), facts["alt"].strip())
        id_ = add_picture(services(), actor=actor(), office_id=editor().office_id, image=image, facts=facts, now=now())
    except Refusal as refusal:
        return _listing(refusal, facts)
    flash(_("已收入素材库。"))
    return see(url_for("media.one", id_=id_))


@screen.get("/media/pick")
def pick() -> Response:
    """The pictures that fit, for a page that inserts one by script."""
    with services().db.reading() as session:
        rows = session.scalars(_rows(request.args.get("q", "")).limit(PICKED)).all()
    found = [
        {"name": r.name, "sha256": r.sha256, "alt": r.alt, "image": url_for("media.picture", id_=r.id)} for r in rows
    ]
    return jsonify(pictures=found)


@screen.get("/media/<int:id_>")
def one(id_: int) -> Response:
    """A picture, what is said of it, and where it is used."""
    return _one(id_)


@screen.post("/media/<int:id_>")
def describe(id_: int) -> Response:
    """Say something else of it."""
    facts = _facts()
    try:
        describe_picture(services(), actor=actor(), picture_id=_own(id_).id, facts=facts, now=now())
    except Refusal as refusal:
        return _one(id_, refusal, facts)
    flash(_("已保存。"))
    return see(url_for("media.one", id_=id_))


@screen.post("/media/<int:id_>/remove")
def remove(id_: int) -> Response:
    """Put it away when nothing uses it."""
    try:
        remove_picture(services(), actor=actor(), picture_id=_own(id_).id, now=now())
    except Refusal as refusal:
        return _one(id_, refusal)
    flash(_("已移出素材库。"))
    return see(url_for("media.listing"))


@screen.get("/media/<int:id_>/picture")
def picture(id_: int) -> Response:
    """The picture itself; its address changes with its bytes never, so a browser may keep it."""
    row = _own(id_)
    answer = make_response(services().artefacts.get(row.sha256))
    answer.mimetype = row.media_type
    answer.headers["Cache-Control"] = "private, max-age=86400"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _facts() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in LIMITS}


def _rows(search: str) -> Select[Media]:
    query = select(Media).where(Media.office_id == editor().office_id)
    for word in search.split()[:5]:
        like = f"%{word.replace('%', '').replace('_', '')}%"
        columns = (Media.alt, Media.name, Media.tags, Media.credit)
        query = query.where(or_(*(column.like(like) for column in columns)))
    return query.order_by(Media.id.desc())


def _listing(refusal: Refusal | None = None, facts: dict[str, str] | None = None) -> Response:
    search, page = request.args.get("q", "").strip(), max(request.args.get("page", 1, type=int), 1)
    with services().db.reading() as session:
        query = _rows(search)
        total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
        pictures = session.scalars(query.limit(PAGE).offset((page - 1) * PAGE)).all()
    body = render_template(
        "console/media.html",
        pictures=pictures,
        search=search,
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE)),
        refusal=refusal,
        facts=facts or dict.fromkeys(LIMITS, ""),
        limits=LIMITS,
    )
    return make_response(body, 422 if refusal else 200)


def _one(id_: int, refusal: Refusal | None = None, facts: dict[str, str] | None = None) -> Response:
    row = _own(id_)
    with services().db.reading() as session:
        uses = _uses(session, row)
        who = session.scalar(select(User.name).where(User.id == row.user_id)) if row.user_id else None
    body = render_template(
        "console/picture.html",
        picture=row,
        who=who,
        uses=uses,
        refusal=refusal,
        facts=facts or {name: getattr(row, name) for name in LIMITS},
        limits=LIMITS,
    )
    return make_response(body, 422 if refusal else 200)


def _own(id_: int) -> Media:
    with services().db.reading() as session:
        row = session.get(Media, id_)
    if row is None or row.office_id != editor().office_id:
        abort(404)
    return row


def _uses(session: Session, picture: Media) -> list[Use]:
    """By text, the newest version that shows it."""
    out = (
        select(Delivery.id)
        .where(Delivery.revision_id == Revision.id, Delivery.state == State.PUBLISHED)
        .correlate(Revision)
        .exists()
    )
    rows: Any = session.execute(
        select(Interpretation, Revision.number, Revision.content, out)
        .join(Revision, Revision.interpretation_id == Interpretation.id)
        .join(revision_images, revision_images.c.revision_id == Revision.id)
        .where(revision_images.c.sha256 == picture.sha256, Interpretation.office_id == picture.office_id)
        .order_by(Interpretation.id.desc(), Revision.number.desc())
        .limit(USES)
    )
    found: dict[int, Use] = {}
    for piece, number, content, published in rows:
        if piece.id not in found:
            alt = _alt_in(content, picture.sha256)
            found[piece.id] = Use(piece.id, piece.title, number, number == piece.version, published, alt)
    return list(found.values())


def _alt_in(content: dict[str, Any], sha256: str) -> str:
    """What the version says of the picture to who doesn't see it."""
    names = {image["name"] for image in content.get("images", ()) if image["sha256"] == sha256}
    return next((" ".join(alt.split()) for name, alt, _line in images_in(content.get("body", "")) if name in names), "")
