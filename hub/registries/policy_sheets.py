"""Policies from a table: every row looked at before anything is stored, then all that are right in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import Finding
from channels.manuscript import VALIDITY_LABELS, Validity
from channels.text import numbers
from hub.domain.roles import Right
from hub.models import Policy
from hub.permissions import require, require_before
from hub.registries.catalogue import subjects
from hub.registries.forms import mistake
from hub.registries.policies import DAYS, LENGTHS, Facts, findings, tidy
from hub.registries.sheets import read_sheet
from hub.services import Services
from hub.trail import event_of, note_all
from hub.workflow import Actor

HEADINGS = {
    "title": "政策名称",
    "number": "发文字号",
    "issuer": "发文机关",
    "signed": "成文日期",
    "published": "公布日期",
    "effective": "施行日期",
    "validity": "有效性",
    "url": "全文网址",
    "subject": "主题",
}
VALIDITIES = {label: value for value, label in VALIDITY_LABELS.items()} | {v.value: v for v in Validity}


@dataclass(frozen=True)
class Line:
    """One row of the table: its number as a spreadsheet counts, its facts, and "new", "known" or "wrong"."""

    number: int
    facts: Facts
    state: str
    findings: Sequence[Finding] = ()


def look(services: Services, *, actor: Actor, office_id: int, data: bytes) -> list[Line]:
    """What an import of the table would do, row by row. Raises Refusal for what is no table."""
    require_before(services.db, actor, Right.WRITE, office_id)
    rows = read_sheet(data, HEADINGS)
    with services.db.reading() as session:
        return _look(session, office_id, rows)


def take(services: Services, *, actor: Actor, office_id: int, data: bytes, now: datetime) -> int:
    """Store the rows that are new and right; returns how many. What is there already is left as it is."""
    require_before(services.db, actor, Right.WRITE, office_id)
    rows = read_sheet(data, HEADINGS)
    with services.db.writing() as session:
        require(session, actor, Right.WRITE, office_id)
        fresh = [line.facts for line in _look(session, office_id, rows) if line.state == "new"]
        made = [Policy(office_id=office_id, **_columns(facts)) for facts in fresh]
        session.add_all(made)
        session.flush()
        note_all(
            session,
            [event_of(actor, "policy.imported", p, now, after={"title": p.title, "number": p.number}) for p in made],
        )
        return len(made)


def _look(session: Session, office_id: int, rows: Sequence[Mapping[str, str]]) -> list[Line]:
    known = set(session.execute(select(Policy.number, Policy.title).where(Policy.merged_into_id.is_(None))).all())
    by_number = {number for number, _ in known if number}
    by_title = {title for number, title in known if not number}
    keys = {name: key for key, name in subjects(session, office_id).items()}
    lines = []
    for n, row in enumerate(rows, start=2):
        facts, wrong = _read(row, keys)
        there = facts.number in by_number if facts.number else facts.title in by_title
        wrong = [*wrong, *findings(facts)]
        lines.append(Line(n, facts, "wrong" if wrong else "known" if there else "new", wrong))
        if not wrong:
            (by_number if facts.number else by_title).add(facts.number or facts.title)
    return lines


def _read(row: Mapping[str, str], keys: Mapping[str, str]) -> tuple[Facts, list[Finding]]:
    wrong: list[Finding] = []
    given: dict[str, Any] = {name: row.get(name, "") for name in LENGTHS}
    for name in DAYS:
        given[name] = _day(name, row.get(name, ""), wrong)
    stated = row.get("validity", "")
    if stated and stated not in VALIDITIES:
        listed = "、".join(VALIDITY_LABELS.values())
        wrong.append(mistake("POL-121", "validity", f"有效性应是其中之一：{listed}。", "This is no known validity."))
    given["validity"] = VALIDITIES.get(stated, Validity.IN_FORCE)
    subject = row.get("subject", "")
    given["subject"] = keys.get(subject, subject if subject in keys.values() else "")
    facts = tidy(Facts(**given))
    # In a table the number is put right where that is sure; by hand it is asked.
    right = numbers.wrong_numbers(facts.number)
    if len(right) == 1 and right[0].found == facts.number:
        facts = replace(facts, number=right[0].right)
    return facts, wrong


def _day(name: str, text: str, wrong: list[Finding]) -> date | None:
    plain = text.replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").replace(".", "-").strip()
    if not plain:
        return None
    try:
        return date(*(int(part) for part in plain.split("-")))
    except (ValueError, TypeError):
        wrong.append(mistake("POL-122", name, f"日期有误：“{text}”，写法如 2026-11-23。", f"Not a date: {text!r}."))
        return None


def _columns(facts: Facts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in Facts.__dataclass_fields__} | {"validity": facts.validity.value}
