"""政策文件: the verbs of the registry. A policy is found by its number; what changes is noted in the trail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from channels.base import Finding
from channels.manuscript import Validity
from channels.text import numbers
from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.models import Policy, revision_policies
from hub.permissions import require
from hub.publishing.refreshing import refresh_policy
from hub.registries.catalogue import catalogue
from hub.registries.forms import WrongFieldsError, mistake, one_line
from hub.services import Services
from hub.trail import note
from hub.workflow import Actor

LENGTHS = {"title": 500, "number": 60, "issuer": 120, "url": 1000}
DAYS = ("signed", "published", "effective")


@dataclass(frozen=True)
class Facts:
    """What is recorded of a policy. `subject` is the key of a field of the disclosure catalogue, or empty."""

    title: str = ""
    number: str = ""
    issuer: str = ""
    signed: date | None = None
    published: date | None = None
    effective: date | None = None
    validity: Validity = Validity.IN_FORCE
    replaced_by_id: int | None = None
    url: str = ""
    subject: str = ""


@dataclass(frozen=True)
class Changed:
    """A policy after a change; `refresh_id` names the renewal of the pages that show it, if any do."""

    policy_id: int
    refresh_id: int | None = None


def facts_of(row: Policy) -> Facts:
    """The facts of a stored policy."""
    values = {name: getattr(row, name) for name in Facts.__dataclass_fields__}
    return Facts(**{**values, "validity": Validity(row.validity)})


def tidy(facts: Facts) -> Facts:
    """The same without what no text may hold. A number that is only written with wrong brackets or spaces stays as it
    was typed: the finding says how it is written.
    """
    texts: dict[str, Any] = {name: one_line(getattr(facts, name)) for name in (*LENGTHS, "subject")}
    # Imports and texts name a field as the rule does.
    keys = {name: key for key, name in catalogue().fields.items()}
    return replace(facts, **{**texts, "subject": keys.get(texts["subject"], texts["subject"])})


def findings(facts: Facts) -> list[Finding]:
    """What is wrong with the facts by themselves; each at its field."""
    return [*_texts(facts), *_number(facts.number), *_days(facts), *_validity(facts)]


def _texts(facts: Facts) -> Iterator[Finding]:
    if not facts.title:
        yield mistake("POL-101", "title", "没有写政策名称。", "The policy has no title.")
    for name, most in LENGTHS.items():
        if len(getattr(facts, name)) > most:
            yield mistake("POL-102", name, f"超过 {most} 字。", f"Longer than {most} characters.")
    parts = urlsplit(facts.url)
    if facts.url and not (parts.scheme in ("http", "https") and parts.hostname):
        advice = Words("请填写以 https:// 开头的完整地址。", "Write the full address that begins with https://.")
        yield mistake("POL-103", "url", f"全文网址不能用：“{facts.url[:60]}”。", "This is no web address.", advice)


def _number(number: str) -> Iterator[Finding]:
    if not number or numbers.is_legal(number):
        return
    wrong = numbers.wrong_numbers(number)
    advice = (
        Words(f"年份用六角括号，号前不空格，建议改为“{wrong[0].right}”。", f"Write “{wrong[0].right}”.")
        if wrong
        else Words("应写作“发文机关代字〔四位年份〕序号号”。", "Write issuer code, 〔four-digit year〕, number, 号.")
    )
    words = (f"发文字号格式有误：“{number}”。", f"The document number “{number}” has a wrong form.")
    yield mistake("DOC-101", "number", *words, advice, numbers.GROUND)


_ORDER = (
    ("signed", "published", "成文日期不能晚于公布日期。", "It can't be signed after it was published."),
    ("published", "effective", "公布日期不能晚于施行日期。", "It can't take effect before it is published."),
    ("signed", "effective", "成文日期不能晚于施行日期。", "It can't take effect before it is signed."),
)


def _days(facts: Facts) -> Iterator[Finding]:
    for first, second, zh, en in _ORDER:
        earlier, later = getattr(facts, first), getattr(facts, second)
        if (
            earlier
            and later
            and earlier > later
            and not (first == "signed" and second == "effective" and facts.published)
        ):
            yield mistake("POL-104", second, f"{zh}现在是 {earlier} 和 {later}。", f"{en} Now: {earlier}, {later}.")


def no_day(field: str, typed: str) -> Finding:
    """That what was typed is no day."""
    return mistake("POL-122", field, f"日期有误：“{typed[:20]}”。", f"Not a date: {typed[:20]!r}.", _WRITE_DAY)


_WRITE_DAY = Words("写法如 2026-11-23。", "Write it like 2026-11-23.")


def _validity(facts: Facts) -> Iterator[Finding]:
    if facts.replaced_by_id is not None and facts.validity in (Validity.IN_FORCE, Validity.NOT_YET):
        yield mistake(
            "POL-105",
            "validity",
            "写了替代它的文件，有效性却是“有效”或“尚未施行”。",
            "Something replaces it, yet it is said to be in force.",
            Words("请选“已修改”“失效”或“废止”。", "Choose amended, expired or repealed."),
        )


def add(services: Services, *, actor: Actor, office_id: int, facts: Facts, now: datetime) -> int:
    """Keep a new policy; returns its id. Raises WrongFieldsError, Refusal (POL-110) when its number, or without one its
    title, is there already.
    """
    facts = tidy(facts)
    with services.db.writing() as session:
        require(session, actor, Right.WRITE, office_id)
        _require_right(session, facts, None)
        row = Policy(office_id=office_id, **_columns(facts))
        session.add(row)
        session.flush()
        note(session, actor=actor, kind="policy.added", subject=row, now=now, after=asdict(facts))
        return row.id


def change(services: Services, *, actor: Actor, policy_id: int, facts: Facts, now: datetime) -> Changed:
    """Change what is recorded. When something changes that published pages show, they are rendered anew, and what a
    program can't replace becomes a person's task. Raises as `add`.
    """
    facts = tidy(facts)
    with services.db.writing() as session:
        row = find(session, policy_id)
        require(session, actor, Right.WRITE, row.office_id)
        _require_right(session, facts, policy_id)
        before = facts_of(row)
        if facts == before:
            return Changed(policy_id)
        for name, value in _columns(facts).items():
            setattr(row, name, value)
        session.flush()
        note(
            session,
            actor=actor,
            kind="policy.changed",
            subject=row,
            now=now,
            before=asdict(before),
            after=asdict(facts),
        )
        return Changed(policy_id, refresh_policy(services, session, row, before.validity, actor=actor, now=now))


def merge(services: Services, *, actor: Actor, policy_id: int, into_id: int, now: datetime) -> Changed:
    """Let the second stand for both: what names the first names the second from now on. The first row stays, for what
    was published with it. Raises Refusal when they are one, or one of them isn't there.
    """
    with services.db.writing() as session:
        row = find(session, policy_id)
        require(session, actor, Right.WRITE, row.office_id)
        into = find(session, into_id)
        require(session, actor, Right.WRITE, into.office_id)
        if row.id == into.id:
            raise Refusal("POL-112", Words("这是同一份文件。", "That is the same document."))
        _repoint(session, row.id, into.id)
        row.merged_into_id = into.id
        session.execute(update(Policy).where(Policy.replaced_by_id == row.id).values(replaced_by_id=into.id))
        after = {"merged_into": into.id}
        note(
            session, actor=actor, kind="policy.merged", subject=row, now=now, before={"merged_into": None}, after=after
        )
        session.flush()
        return Changed(into.id, refresh_policy(services, session, into, None, actor=actor, now=now))


def _repoint(session: Session, old: int, new: int) -> None:
    links = revision_policies.c
    both = select(links.revision_id).where(links.policy_id == new)
    mine = links.policy_id == old
    session.execute(update(revision_policies).where(mine, links.revision_id.not_in(both)).values(policy_id=new))
    session.execute(delete(revision_policies).where(mine))


def find(session: Session, policy_id: int) -> Policy:
    """The policy. Raises Refusal (POL-404) when it isn't there, or another stands for it."""
    row = session.get(Policy, policy_id)
    if row is None or row.merged_into_id is not None:
        raise Refusal("POL-404", Words("没有这份政策文件。", "There is no such policy."))
    return row


def double_of(session: Session, facts: Facts, but: int | None = None) -> Policy | None:
    """The policy that has the same number, or, for one without a number, the same title and none either."""
    same = (Policy.number == facts.number) if facts.number else (Policy.number == "") & (Policy.title == facts.title)
    query = select(Policy).where(same, Policy.merged_into_id.is_(None)).order_by(Policy.id).limit(2)
    return next((row for row in session.scalars(query) if row.id != but), None)


def _require_right(session: Session, facts: Facts, policy_id: int | None) -> None:
    found = findings(facts)
    if (double := double_of(session, facts, policy_id)) is not None:
        words = (f"已有这份文件：《{double.title}》。", f"This document is there already: {double.title}.")
        advice = Words(
            "请打开已有的那一份修改；重复的可以合并。", "Change the one that is there; doubles can be merged."
        )
        found.append(mistake("POL-110", "number" if facts.number else "title", *words, advice))
    if facts.replaced_by_id is not None:
        other = session.get(Policy, facts.replaced_by_id)
        if other is None or other.id == policy_id:
            found.append(mistake("POL-106", "replaced_by", "没有这份替代文件。", "There is no such replacement."))
    if found:
        raise WrongFieldsError(found)


def _columns(facts: Facts) -> Mapping[str, Any]:
    return {**asdict(facts), "validity": facts.validity.value}
