"""短地址: what hangs on walls. Its QR code to download, and how many came by it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import segno
from flask import Blueprint, Response, abort, request, send_file
from sqlalchemy.orm import Session

from channels.short_links import Kind, Target, address
from hub.console.here import editor, guarding, now, services
from hub.console.policy_reading import one
from hub.console.review_page import find
from hub.domain.roles import Right
from hub.manuscripts import site_info
from hub.models import Office
from hub.site import site_of
from hub.visits import Visits, visits

screen = Blueprint("short_links", __name__)
screen.before_request(guarding(Right.READ, Right.READ))

# For print: a small code comes out at 800 pixels and more.
PIXELS_A_MODULE = 24
FORMATS = {"png": "image/png", "svg": "image/svg+xml"}


@dataclass(frozen=True)
class ShortLink:
    """What a screen shows of a short address."""

    kind: str
    id: int
    address: str
    visits: Visits


def link_of(session: Session, target: Target, office: Office) -> ShortLink | None:
    """The short address on the office's site; None while there is no site."""
    site = site_of(session, office)
    if site is None:
        return None
    codes = [target.code]
    if target.kind is Kind.PIECE:
        codes.append(Target(Kind.LIVESTREAM, target.id).code)
    found = visits(session, codes, now().astimezone(editor().zone).date())
    return ShortLink(_NAMES[target.kind], target.id, address(site_info(site), target), found)


@screen.get("/interpretations/<int:id_>/code")
def piece(id_: int) -> Response:
    """The QR code of an interpretation's short address."""
    office_id = find(id_).interpretation.office_id
    with services().db.reading() as session:
        return _drawn(link_of(session, Target(Kind.PIECE, id_), session.get_one(Office, office_id)))


@screen.get("/policies/<int:id_>/code")
def policy(id_: int) -> Response:
    """The QR code of a policy's short address."""
    with services().db.reading() as session:
        found = one(session, id_) or abort(404)
        office = session.get_one(Office, editor().office_id)
        return _drawn(link_of(session, Target(Kind.POLICY, found.row.merged_into_id or found.row.id), office))


# As routes and templates call them.
_NAMES = {Kind.PIECE: "piece", Kind.POLICY: "policy"}


def _drawn(link: ShortLink | None) -> Response:
    """The code as a file: PNG, or SVG where `as` asks for it."""
    if link is None:
        abort(404)
    ending = "svg" if request.args.get("as") == "svg" else "png"
    out = io.BytesIO()
    made = segno.make_qr(link.address, error="m")
    more: dict[str, Any] = {} if ending == "png" else {"xmldecl": False}
    made.save(out, kind=ending, scale=PIXELS_A_MODULE, border=4, dark="#000", light="#fff", **more)
    out.seek(0)
    name = f"{link.address.rpartition('/')[2]}.{ending}"
    return send_file(out, mimetype=FORMATS[ending], as_attachment=True, download_name=name)
