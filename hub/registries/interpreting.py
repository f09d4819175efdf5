"""解读人: the verbs of the register. Changing a phone is a verb of its own: it is printed wherever they are named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import Finding
from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.models import FormerPhone, Interpreter
from hub.permissions import require
from hub.publishing.refreshing import Place, places_of_interpreter, refresh_phone
from hub.registries.forms import WrongFieldsError, mistake, one_line
from hub.services import Services
from hub.trail import note
from hub.workflow import Actor

KINDS = {
    "responsible": Words("解读人", "responsible"),
    "supplementary": Words("补充解读人", "supplementary"),
    "online": Words("线上解读人", "online"),
}
LENGTHS = {"name": 60, "role": 100, "office_name": 120, "phone": 40}
# Digits, and what people write between them: area code, extension, several numbers.
PHONE = re.compile(r"[+（(\d][\d\s（）()\-—转、,，/]*\d")


@dataclass(frozen=True)
class Person:
    """What is recorded of an interpreter; `phone` is an office number and public."""

    name: str = ""
    role: str = ""
    office_name: str = ""
    phone: str = ""
    kind: str = "responsible"
    trained: date | None = None
    active: bool = True


def person_of(row: Interpreter) -> Person:
    """The record of a stored interpreter."""
    return Person(**{name: getattr(row, name) for name in Person.__dataclass_fields__})


def tidy(person: Person) -> Person:
    """The same without what no text may hold."""
    texts: dict[str, Any] = {name: one_line(getattr(person, name)) for name in LENGTHS}
    return replace(person, **texts)


def findings(person: Person) -> list[Finding]:
    """What is wrong with the record by itself; each at its field."""
    return list(_findings(person))


def _findings(person: Person) -> Iterator[Finding]:
    if not person.name and not person.office_name:
        yield mistake("ITP-101", "name", "请写姓名，或写解读机构。", "Give a name, or the office that explains.")
    for name, most in LENGTHS.items():
        if len(getattr(person, name)) > most:
            yield mistake("ITP-102", name, f"超过 {most} 字。", f"Longer than {most} characters.")
    yield from _phone(person.phone)
    if person.kind not in KINDS:
        yield mistake("ITP-104", "kind", "没有这一类解读人。", "There is no such kind of interpreter.")
    if person.kind == "supplementary" and person.trained is None:
        advice = Words(
            "补充解读人（社区工作者、体验官等）培训后上岗。", "Supplementary interpreters are trained first."
        )
        yield mistake("ITP-105", "trained", "请填培训日期。", "Give the day of their training.", advice)


def _phone(phone: str) -> Iterator[Finding]:
    digits = sum(c.isdigit() for c in phone)
    if phone and (not PHONE.fullmatch(phone) or digits < 5):
        advice = Words("写法如 028-12345678、12345。", "Write it like 028-12345678 or 12345.")
        yield mistake("ITP-103", "phone", f"电话有误：“{phone[:40]}”。", "This is no telephone number.", advice)


def add(services: Services, *, actor: Actor, office_id: int, person: Person, now: datetime) -> int:
    """Keep a new interpreter; returns their id. Raises WrongFieldsError, also for one who is there (ITP-110)."""
    person = tidy(person)
    with services.db.writing() as session:
        require(session, actor, Right.WRITE, office_id)
        _require_right(session, person, None)
        row = Interpreter(office_id=office_id, **asdict(person))
        session.add(row)
        session.flush()
        note(session, actor=actor, kind="interpreter.added", subject=row, now=now, after=asdict(person))
        return row.id


def change(services: Services, *, actor: Actor, interpreter_id: int, person: Person, now: datetime) -> None:
    """Change what is recorded, but for the phone, which stays as it is. Raises as `add`."""
    with services.db.writing() as session:
        row = find(session, interpreter_id)
        require(session, actor, Right.WRITE, row.office_id)
        person = replace(tidy(person), phone=row.phone)
        _require_right(session, person, row.id)
        before = person_of(row)
        for name, value in asdict(person).items():
            setattr(row, name, value)
        if before != person:
            was, is_ = asdict(before), asdict(person)
            note(session, actor=actor, kind="interpreter.changed", subject=row, now=now, before=was, after=is_)


def places(services: Services, *, interpreter_id: int) -> list[Place]:
    """Where the present number stands published, and what would become of each place if it changed."""
    with services.db.reading() as session:
        row = find(session, interpreter_id)
        return places_of_interpreter(services, session, row, row.phone)


def change_phone(services: Services, *, actor: Actor, interpreter_id: int, phone: str, now: datetime) -> int | None:
    """Give the interpreter another number, everywhere: what a program can replace is rendered anew, silently; what it
    can't is a person's task. Returns the refresh's id, or None when the number is published nowhere. Raises
    WrongFieldsError for what is no number, Refusal (ITP-111) when it is the present one.
    """
    phone = one_line(phone)
    with services.db.writing() as session:
        row = find(session, interpreter_id)
        require(session, actor, Right.WRITE, row.office_id)
        if wrong := list(_phone(phone)):
            raise WrongFieldsError(wrong)
        before = row.phone
        if phone == before:
            raise Refusal("ITP-111", Words("就是现在的号码，没有改动。", "That is the present number."))
        session.add(FormerPhone(interpreter_id=row.id, phone=before, until=now))
        row.phone = phone
        session.flush()
        was, is_ = {"phone": before}, {"phone": phone}
        note(session, actor=actor, kind="interpreter.phone", subject=row, now=now, before=was, after=is_)
        return refresh_phone(services, session, row, before, actor=actor, now=now)


def find(session: Session, interpreter_id: int) -> Interpreter:
    """The interpreter. Raises Refusal (ITP-404)."""
    row = session.get(Interpreter, interpreter_id)
    if row is None:
        raise Refusal("ITP-404", Words("没有这位解读人。", "There is no such interpreter."))
    return row


def _require_right(session: Session, person: Person, but: int | None) -> None:
    found = findings(person)
    same = (Interpreter.name == person.name, Interpreter.office_name == person.office_name)
    ids = session.scalars(select(Interpreter.id).where(*same).limit(2)).all()
    if any(id_ != but for id_ in ids):
        words = ("这位解读人已经登记。", "This interpreter is registered already.")
        found.append(
            mistake("ITP-110", "name", *words, Words("同名不同单位的，请写明机构。", "Tell them apart by office."))
        )
    if found:
        raise WrongFieldsError(found)
