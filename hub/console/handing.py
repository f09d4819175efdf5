"""The hand-over page: what a person posts themselves, opened by QR on their phone, and its receipt brought back.

The code holds a signed ticket: for one delivery, in the name of whoever had the page open, for some hours. The phone
needs no password, and can do nothing else with it. A new password of that person ends it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import segno
from flask import Blueprint, Response, abort, current_app, make_response, render_template, request, send_file, url_for
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from channels.packing import zip_of
from channels.words import NO_WORDS, Words
from hub.console.artefacts import ALONE, FRAMED, answer_of, entry_of, manifest_of
from hub.console.errors import page as error_page
from hub.console.here import Editor, editor, guard, load_editor, now, services
from hub.console.links import see
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import State
from hub.models import Account, Delivery, Revision
from hub.permissions import may
from hub.publishing.changing import record_hand
from hub.publishing.screenshots import MAX_BYTES, in_proof
from hub.workflow import Actor, ConflictError

screen = Blueprint("handing", __name__)

# Long enough for a day's work at the platform, short enough for a picture of the screen that got about.
TICKET_SECONDS = 8 * 3600
EXPIRED = Words("SIG-410 这个二维码已经过期或失效。", "SIG-410 This code has expired or is void.")
EXPIRED_HINT = Words(
    "请在电脑上打开这项发布任务，重新扫码。", "Open the delivery on the computer and scan its code again."
)


@dataclass(frozen=True)
class Task:
    """What a ticket opens."""

    delivery: Delivery
    person: Editor
    until: datetime


def tickets(key: bytes | str) -> URLSafeTimedSerializer:
    """Signs and reads tickets: `[delivery, user, trace of the password]`."""
    return URLSafeTimedSerializer(key, salt="hand-over")


def _task(ticket: str) -> Task | None:
    """The task of a ticket that is still good, whose person still is there and may still publish for the account."""
    try:
        payload, signed = tickets(current_app.secret_key or b"").loads(
            ticket, max_age=TICKET_SECONDS, return_timestamp=True
        )
        delivery_id, user_id, trace = payload
    except (BadData, TypeError, ValueError):
        return None
    person = load_editor(user_id)
    if person is None or person.seal != trace:
        return None
    delivery = _find(delivery_id)
    with services().db.reading() as session:
        allowed = delivery and may(session, _actor(person), Right.PUBLISH, delivery.account.office_id)
    return Task(delivery, person, signed + timedelta(seconds=TICKET_SECONDS)) if delivery and allowed else None


def _find(id_: int) -> Delivery | None:
    with services().db.reading() as session:
        return session.scalars(
            select(Delivery)
            .where(Delivery.id == id_)
            .options(
                joinedload(Delivery.account).joinedload(Account.office),
                joinedload(Delivery.interpretation),
                joinedload(Delivery.correction),
                joinedload(Delivery.revision).load_only(Revision.number),
            )
        ).first()


def _actor(person: Editor) -> Actor:
    return Actor(f"user:{person.id}", person.id)


@screen.get("/deliveries/<int:id_>/hand.svg")
def code(id_: int) -> Response:
    """The QR code of the hand-over page, made for whoever looks at it now."""
    found = _find(id_) or abort(404)
    guard(Right.PUBLISH, found.account.office_id)
    ticket = tickets(current_app.secret_key or b"").dumps([id_, editor().id, editor().seal])
    made = segno.make(url_for("handing.task", ticket=ticket, _external=True), error="m", micro=False)
    drawn = io.BytesIO()
    made.save(drawn, kind="svg", scale=4, border=4, xmldecl=False, dark="#000", light="#fff")
    return Response(drawn.getvalue(), mimetype="image/svg+xml")


@screen.app_template_global("phone_reaches_us")
def phone_reaches_us() -> bool:
    """Whether the address in the code can be opened from another device."""
    host = request.host.rsplit(":", 1)[0].strip("[]")
    return not (host in ("localhost", "::1") or host.startswith("127."))


@screen.route("/hand/<ticket>", methods=["GET", "POST"])
def task(ticket: str) -> Response:
    """The page on the phone, and the receipt that comes back from it."""
    found = _task(ticket)
    if found is None:
        return _expired()
    return _page(ticket, found) if request.method == "GET" else _record(ticket, found)


def _record(ticket: str, found: Task) -> Response:
    upload = request.files.get("screenshot")
    picture = upload.stream.read(MAX_BYTES + 1) if upload is not None and upload.filename else None
    try:
        record_hand(
            services(),
            actor=_actor(found.person),
            delivery_id=found.delivery.id,
            version=request.form.get("version", 0, type=int),
            url=request.form.get("url", ""),
            screenshot=picture,
            now=now(),
        )
    except Refusal as refusal:
        return _page(ticket, found, refusal=refusal)
    except ConflictError:
        # Somebody was faster; the page says how it stands now.
        pass
    return see(url_for("handing.task", ticket=ticket))


def _page(ticket: str, found: Task, *, refusal: Refusal | None = None) -> Response:
    delivery = found.delivery
    values: dict[str, Any] = {"notice": None, "advice": NO_WORDS}
    if refusal is not None:
        words = refusal.coded
        values = {"notice": words, "advice": refusal.suggestion}
    body = render_template(
        "console/hand.html",
        ticket=ticket,
        delivery=delivery,
        person=found.person,
        until=found.until,
        at=now(),
        waiting=delivery.state == State.AWAITING_HAND and delivery.withdrawal_id is None,
        manifest=manifest_of(delivery.artefact) if delivery.artefact else None,
        typed=request.form.get("url", ""),
        **values,
    )
    return make_response(body, 422 if refusal else 200)


@screen.get("/hand/<ticket>/files/<path:path>")
def file(ticket: str, path: str) -> Response:
    """One file of the task, to look at or (`?download=1`) to save; with `?open=1` a page whose own button copies: its
    pictures come with the ticket in their address, so it needs none of the console's origin.
    """
    found = _task(ticket)
    if found is None or not found.delivery.artefact:
        abort(404)
    answer = answer_of(entry_of(found.delivery.artefact, path), ALONE if request.args.get("open") else FRAMED)
    if request.args.get("download"):
        answer.headers.set("Content-Disposition", "attachment", filename=path.rsplit("/", 1)[-1])
    return answer


@screen.get("/hand/<ticket>/all.zip")
def archive(ticket: str) -> Response:
    """All files of the task."""
    found = _task(ticket)
    if found is None or not found.delivery.artefact:
        abort(404)
    data = zip_of((f["path"], services().rendered(f["sha256"])) for f in manifest_of(found.delivery.artefact)["files"])
    name = f"{found.delivery.channel}-{found.delivery.id}.zip"
    return send_file(io.BytesIO(data), mimetype="application/zip", as_attachment=True, download_name=name)


@screen.get("/deliveries/<int:id_>/screenshot")
def screenshot(id_: int) -> Response:
    """The picture that a person gave as the receipt."""
    found = _find(id_) or abort(404)
    guard(Right.READ, found.account.office_id)
    sha256 = in_proof(found.proof) or abort(404)
    answer = Response(services().artefacts.get(sha256), mimetype="image/jpeg")
    answer.headers["Content-Security-Policy"] = FRAMED
    return answer


@screen.app_template_test("picture")
def picture(media_type: str) -> bool:
    """Whether files of this media type are looked at as pictures."""
    return media_type.startswith("image/")


@screen.app_template_filter("screenshot_of")
def screenshot_of(proof: str) -> str | None:
    """The hash of the picture in a proof, for templates."""
    return in_proof(proof)


def _expired() -> Response:
    return error_page(410, EXPIRED, EXPIRED_HINT)
