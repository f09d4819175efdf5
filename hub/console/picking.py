"""Choosing a policy or an interpreter by typing: a few rows of the registry, found by number, title or name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from channels.manuscript import Validity
from channels.words import Words
from hub.console import fields as form
from hub.console.here import editor, guarding, now, services
from hub.domain.roles import Right
from hub.models import Interpreter, Office, Policy

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


def of_office(session: Session, office_id: int) -> ColumnElement[bool]:
    """The policies that an office may choose: those of the offices on its site."""
    site_id = session.scalar(select(Office.site_id).where(Office.id == office_id))
    if site_id is None:
        return Policy.office_id == office_id
    return Policy.office_id.in_(select(Office.id).where(Office.site_id == site_id))


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


def _like(search: str) -> str:
    return "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


@screen.get("/pick/policies")
def policies() -> str:
    """The newest policies whose number or title holds what was typed, as options."""
    words = request.args.get("q", "").split()[:5]
    today = now().astimezone(editor().zone).date()
    with services().db.reading() as session:
        where = [of_office(session, editor().office_id), Policy.merged_into_id.is_(None)]
        for word in words:
            pattern = _like(word[:60])
            where.append(or_(Policy.number.ilike(pattern, escape="\\"), Policy.title.ilike(pattern, escape="\\")))
        wanted = select(Policy).where(and_(*where)).options(joinedload(Policy.replaced_by)).order_by(Policy.id.desc())
        found = session.scalars(wanted.limit(FOUND)).all()
        options = [(policy, standing(policy, today), record_row("policies", policy)) for policy in found]
    return render_template("console/_pick_policies.html", options=options, **LOOKS)


@screen.get("/pick/interpreters")
def interpreters() -> str:
    """The interpreters of the office whose name, role or office holds what was typed, as options."""
    words = request.args.get("q", "").split()[:5]
    with services().db.reading() as session:
        where = [Interpreter.office_id == editor().office_id, Interpreter.active.is_(True)]
        for word in words:
            pattern = _like(word[:60])
            parts = (Interpreter.name, Interpreter.role, Interpreter.office_name)
            where.append(or_(*(part.ilike(pattern, escape="\\") for part in parts)))
        found = session.scalars(select(Interpreter).where(and_(*where)).order_by(Interpreter.name).limit(FOUND)).all()
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
