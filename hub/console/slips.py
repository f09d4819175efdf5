"""发布审核单: who signed what and when, on one sheet of paper."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from flask import Blueprint, Response, abort, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from channels.manuscript import Content
from hub.approvals import judgement
from hub.console.here import editor, now, services
from hub.console.review_page import find
from hub.domain.reviews import Kind
from hub.editorial.commenting import threads
from hub.editorial.judging import last_submission
from hub.models import Account, Review

screen = Blueprint("slips", __name__)

# More are counted, not printed: the sheet is one page.
PRINTED = 6


@dataclass(frozen=True)
class Noticed:
    """A finding of a submission, and how it was settled: by a change of the text, or kept as it is."""

    code: str
    sentence: dict[str, str]
    mended: bool


@screen.get("/interpretations/<int:id_>/slip")
def page(id_: int) -> str:
    """The sheet of the newest version, or of the one named."""
    revision = find(id_, request.args.get("version", type=int))
    with services().db.reading() as session:
        rows = session.scalars(
            select(Review)
            .where(Review.interpretation_id == id_, Review.revision_id <= revision.id)
            .options(joinedload(Review.user), joinedload(Review.revision))
            .order_by(Review.id)
        ).all()
        submission = last_submission(session, revision.id)
        if submission is None:
            abort(404)
        plan: dict[str, Any] = submission.plan or {}
        accounts = session.scalars(
            select(Account).where(Account.id.in_(plan.get("accounts", ()))).order_by(Account.channel, Account.id)
        ).all()
        found = judgement(session, revision)
        talk = threads(session, revision)
    of_round = [r for r in rows if r.revision_id == revision.id and r.round == submission.round]
    return render_template(
        "console/slip.html",
        piece=revision.interpretation,
        revision=revision,
        content=Content.model_validate(revision.content),
        found=found,
        submission=submission,
        signatures={r.level: r for r in of_round if r.kind == Kind.SIGNED},
        returns=[r for r in rows if r.kind == Kind.RETURNED],
        accounts=accounts,
        planned=datetime.fromisoformat(plan["at"]) if plan.get("at") else None,
        noticed=noticed(rows, submission),
        comments={"all": len(talk), "open": sum(t.resolved is None for t in talk)},
        printed=now(),
        by=editor().name,
        most=PRINTED,
    )


def noticed(rows: Sequence[Review], submission: Review) -> list[Noticed]:
    """Every finding of the text's submissions so far, each once: those that the last one still has were kept."""
    kept = {_key(f) for f in submission.findings or ()}
    every = {_key(f): f for r in rows if r.kind == Kind.SUBMITTED for f in r.findings or ()}
    return [Noticed(f["code"], f["sentence"], key not in kept) for key, f in every.items()]


def _key(finding: dict[str, Any]) -> tuple[str, str]:
    return finding["code"], finding["sentence"]["zh"]


@screen.get("/interpretations/<int:id_>/slip.svg")
def code(id_: int) -> Response:
    """The address of the review, as a code for a telephone's camera."""
    revision = find(id_, request.args.get("version", type=int))
    address = url_for("reviewing.page", id_=id_, version=revision.number, _external=True)
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=0, xmldecl=False, svgns=True)
    return Response(out.getvalue(), mimetype="image/svg+xml")
