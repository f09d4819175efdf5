"""Choosing a policy or an interpreter by typing: a few rows of the registry, found by number, title or name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from channels.manuscript import Validity
from channels.words import Words
from hub.console import fields as form
from hub.console.here import editor, guarding, now, services
from hub.console.reading import interpreters_holding, pickable_interpreters, pickable_policies, policies_holding
from hub.domain.roles import Right
from hub.models import Interpreter, Policy

screen = Blueprint("picking", __name__)
screen.before_request(guarding(Right.READ, Right.READ))

FOUND = 12
VALIDITIES = {v: Words(v.label, v.value.replace("_", " ")) for v in Validity}
# The shape and tone of each validity, beside its word.
SHAPES = {
    Validity.IN_FORCE: ("circle-check", "green"),
    Validity.AMENDED: ("pencil-line", "amber"),
    Validity.EXPIRED: ("circle-slash", "red"),
    Validity.REPEALED: ("ban", "red"),
    Validity.NOT_YET: ("clock", "blue"),
}
LOOKS: dict[str, Any] = {"SHAPES": SHAPES, "VALIDITIES": VALIDITIES}


@dataclass(frozen=True)
class Standing:
    """How a policy of the registry stands: its validity today, its dates, and what replaced it."""

    validity: Validity
    signed: date | None
    effective: date | None
    replaced_by: str


def standing(policy: Policy, today: date) -> Standing:
    """The policy's standing. One in force whose day is still to come is not yet in force."""
    validity = Validity(policy.validity)
    if validity is Validity.IN_FORCE and policy.effective and policy.effective > today:
        validity = Validity.NOT_YET
    other = policy.replaced_by
    return Standing(validity, policy.signed, policy.effective, f"{other.title}（{other.number}）" if other else "")


def standings(session: Session, rows: list[dict[str, str]], today: date) -> list[Standing | None]:
    """Of each policy row of the form, how the registry's record stands; None where it has none."""
    numbers = {row["number"] for row in rows if row["number"]}
    if not numbers:
        return [None] * len(rows)
    found = session.scalars(
        select(Policy).where(Policy.number.in_(numbers)).options(joinedload(Policy.replaced_by)).order_by(Policy.id)
    )
    known: dict[str, Policy] = {}
    for policy in found:
        known.setdefault(policy.number, policy)
    return [standing(known[r["number"]], today) if r["number"] in known else None for r in rows]


@screen.get("/pick/policies")
def policies() -> str:
    """The newest policies whose number or title holds what was typed, as options."""
    today = now().astimezone(editor().zone).date()
    with services().db.reading() as session:
        where = *pickable_policies(session, editor().office_id), *policies_holding(request.args.get("q", ""))
        wanted = select(Policy).where(*where).options(joinedload(Policy.replaced_by)).order_by(Policy.id.desc())
        found = session.scalars(wanted.limit(FOUND)).all()
        options = [(policy, standing(policy, today), record_row("policies", policy)) for policy in found]
    return render_template("console/_pick_policies.html", options=options, **LOOKS)


@screen.get("/pick/interpreters")
def interpreters() -> str:
    """The interpreters of the office whose name, role or office holds what was typed, as options."""
    where = *pickable_interpreters(editor().office_id), *interpreters_holding(request.args.get("q", ""))
    with services().db.reading() as session:
        found = session.scalars(select(Interpreter).where(*where).order_by(Interpreter.name).limit(FOUND)).all()
        options = [(person, record_row("interpreters", person)) for person in found]
    return render_template("console/_pick_interpreters.html", options=options)


@screen.get("/pick/standing")
def of_number() -> str:
    """How the policy with a number stands, as the chip beside it; nothing for one that isn't in the registry."""
    number = request.args.get("number", "").strip()[:60]
    today = now().astimezone(editor().zone).date()
    with services().db.reading() as session:
        (stands,) = standings(session, [{"number": number}], today)
    return render_template("console/_standing.html", stands=stands, **LOOKS)


def record_row(name: str, record: Any) -> dict[str, str]:
    """A policy's or an interpreter's record as a row of the form."""
    renamed = {"office": "office_name"} if name == "interpreters" else {}
    return {part: str(getattr(record, renamed.get(part, part)) or "") for part in form.ROWS[name]}
