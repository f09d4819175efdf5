"""Short addresses: from `/s/<code>` to where the piece, policy or livestream stands now.

The way is found from the code and the site's own files, so it is there while the database is away. Who comes by is
counted by code, channel and day; nothing is asked or kept of them.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask, Request, Response, abort, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from channels.short_links import FOLDER, Kind, Target, read
from hub.models import Policy
from hub.public.files import Found, find, missing
from hub.public.headers import SAFETY
from hub.public.sites import Known, Sites
from hub.services import Services
from hub.visits import Tally

NOT_FOUND = (f"{FOLDER}404.html", "404.html")
# Every visit comes by: it is counted, and the place may be another tomorrow. What is behind it has a name for good.
HEADERS = {**SAFETY, "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
# Search engines, previews of links in messages, monitors, scripts. A browser names none of these.
PROGRAMS = re.compile(
    r"bot[/;)_-]|\bbot\b|spider|crawl|slurp|preview|externalhit|monitor|scan|headless|http-?client|python|curl|wget|werkzeug|java/|okhttp|^go-",
    re.IGNORECASE,
)
# A livestream is a piece with a page more: who has only one of the two is sent there.
_SAME = {Kind.PIECE: Kind.LIVESTREAM, Kind.LIVESTREAM: Kind.PIECE}


def register(app: Flask, services: Services, sites: Sites) -> None:
    """Answer below `/s/`. What follows the code says through which channel it was found."""

    tally = app.extensions["yigao-visits"] = Tally(services)

    @app.get(f"/{FOLDER}<code>", strict_slashes=False)
    @app.get(f"/{FOLDER}<code>/<channel>", strict_slashes=False)
    def short(code: str, channel: str = "") -> Response:
        target = read(code)
        around = sites.around(request.host)
        location = _location(services, sites, around, target) if target else None
        if target is None or location is None:
            return _unknown(sites, around)
        if is_person(request):
            tally.note(target.code, channel if channel in services.channels else "", _today(around[0].zone))
        return Response(status=302, headers={**HEADERS, "Location": location})


def is_person(request: Request) -> bool:
    """Whether somebody opened the address, as far as a request tells: no program, no look ahead."""
    ahead = request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    agent = request.headers.get("User-Agent", "")
    return request.method == "GET" and "prefetch" not in ahead and bool(agent) and not PROGRAMS.search(agent)


def _today(zone: str) -> date:
    try:
        return datetime.now(ZoneInfo(zone)).date()
    except (ZoneInfoNotFoundError, ValueError):
        return datetime.now(UTC).date()


def _location(services: Services, sites: Sites, around: list[Known], target: Target) -> str | None:
    """Where the target stands: relative on the site that was asked, so that it holds behind a prefix; on another site
    with its host; None where it has no page.
    """
    for choice in _choices(target):
        if location := _place(sites, around, choice):
            return location
    into = _merged_into(services, target.id) if target.kind is Kind.POLICY else None
    return _place(sites, around, Target(Kind.POLICY, into)) if into else None


def _choices(target: Target) -> list[Target]:
    other = _SAME.get(target.kind)
    return [target, Target(other, target.id)] if other else [target]


def _place(sites: Sites, around: list[Known], target: Target) -> str | None:
    for site in around:
        if isinstance(find(sites.folder(site), target.place), Found):
            up = "../" * (request.path.count("/") - 1)
            return up + target.place if site is around[0] else site.base + target.place
    return None


def _merged_into(services: Services, policy_id: int) -> int | None:
    """A policy that was entered twice has one page."""
    try:
        with services.db.reading() as session:
            return session.scalar(select(Policy.merged_into_id).where(Policy.id == policy_id))
    except SQLAlchemyError:
        return None


def _unknown(sites: Sites, around: list[Known]) -> Response:
    """The site's own words for it, else ours."""
    for page in NOT_FOUND if around else ():
        answer = missing(sites.folder(around[0]), page, 404, request)
        if answer is not None:
            return answer
    return abort(404)
