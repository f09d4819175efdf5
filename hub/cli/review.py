"""`yigao review`: where a text stands in the three reviews, and what an office asks for."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from channels.words import Words
from hub.approvals import LEVEL_WORDS, STANDING_WORDS, Rule, judgement, rule_of
from hub.cli import DONE, FAILED
from hub.cli.options import DATA, JSON
from hub.cli.output import Output
from hub.config import load
from hub.domain.reviews import Kind
from hub.domain.roles import Level
from hub.editorial.ruling import set_rule
from hub.models import Interpretation, Office, Review, Revision
from hub.services import Services
from hub.setup import make_ready
from hub.workflow import Actor

KIND_WORDS = {
    Kind.SUBMITTED: Words("送审", "submitted"),
    Kind.WITHDRAWN: Words("撤回送审", "taken back"),
    Kind.SIGNED: Words("签署", "signed"),
    Kind.RETURNED: Words("退回", "returned"),
}

ONE = Words("可由一人签发", "one person may sign them all")
SEVERAL = Words("每级由不同的人签署", "each by another person")


@click.group("review")
def command() -> None:
    """审核：稿件走到哪一级，单位的审核规则。 Reviews: where a text stands, and an office's rule."""


@command.command("rule")
@click.option("--office", type=click.IntRange(min=1), default=None, help="单位编号 office (default: the first)")
@click.option("--levels", type=click.IntRange(1, 3), default=None, help="审核级数 how many reviews")
@click.option("--one-person/--several-people", default=None, help="是否允许一人签发 whether one person may sign it all")
@click.option("--reason", default="", help="原因，会留痕 why; it is kept")
@DATA
@JSON
def rule_command(
    office: int | None, levels: int | None, one_person: bool | None, reason: str, data: Path | None, machine: bool
) -> int:
    """查看或改变单位的审核规则。 Show or change an office's rule."""
    services = Services(load(data=data))
    out = Output(language=services.config.language, machine=machine)
    now = datetime.now(UTC)
    office_id = office or make_ready(services, sample=False, now=now).office_id
    with services.db.reading() as session:
        if session.get(Office, office_id) is None:
            out.error(Words(f"没有单位 {office_id}。", f"There is no office {office_id}."))
            return FAILED
        rule = rule_of(session, office_id)
    if levels is not None or one_person is not None:
        rule = Rule(levels or rule.levels, rule.one_person if one_person is None else one_person)
        actor = Actor(f"cli:{getpass.getuser()}")
        set_rule(services, actor=actor, office_id=office_id, rule=rule, reason=reason, now=now)
    people = (
        ("可由一人签发", "one person may sign it all") if rule.one_person else ("每级由不同的人签署", "a person each")
    )
    out.say(Words(f"审核 {rule.levels} 级，{people[0]}。", f"Reviews: {rule.levels}; {people[1]}."))
    out.document({"office": office_id, "levels": rule.levels, "one_person": rule.one_person})
    return DONE


@command.command("show")
@click.argument("interpretation", type=click.IntRange(min=1))
@DATA
@JSON
def show_command(interpretation: int, data: Path | None, machine: bool) -> int:
    """查看一篇稿件的审核过程。 What was done to a text on its way to be signed off."""
    services = Services(load(data=data))
    out = Output(language=services.config.language, machine=machine)
    with services.db.reading() as session:
        piece = session.get(Interpretation, interpretation)
        if piece is None:
            out.error(Words(f"没有第 {interpretation} 号稿件。", f"There is no interpretation {interpretation}."))
            return FAILED
        newest = session.scalars(
            select(Revision).where(Revision.interpretation_id == piece.id, Revision.number == piece.version)
        ).one()
        standing = judgement(session, newest).standing
        zone = ZoneInfo(piece.office.zone)
        rows = session.scalars(
            select(Review)
            .where(Review.interpretation_id == piece.id)
            .options(joinedload(Review.user), joinedload(Review.revision))
            .order_by(Review.id)
        ).all()
    words = STANDING_WORDS[standing]
    out.say(
        Words(
            f"{piece.title}　第 {newest.number} 版：{words.zh}", f"{piece.title}, version {newest.number}: {words.en}"
        )
    )
    for row in rows:
        out.say(_line(row, zone))
    document = {"interpretation": piece.id, "version": newest.number, "content_hash": newest.content_hash}
    out.document({**document, "standing": standing.value, "reviews": [as_dict(row) for row in rows]})
    return DONE


def as_dict(row: Review) -> dict[str, Any]:
    """A row as plain data for JSON, the instant in UTC."""
    return {
        "at": row.at.isoformat(),
        "version": row.revision.number,
        "content_hash": row.content_hash,
        "kind": str(row.kind),
        "level": row.level,
        "who": row.user.name if row.user else row.actor,
        "alone": row.alone,
        "reason": row.reason,
        "artefacts": row.artefacts or [],
    }


def _line(row: Review, zone: ZoneInfo) -> Words:
    kind, who = KIND_WORDS[Kind(row.kind)], row.user.name if row.user else row.actor
    level = LEVEL_WORDS[Level(row.level)] if row.level else Words("", "")
    alone = Words("（一人签署）", " (alone)") if row.alone else Words("", "")
    at, number, tail = row.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"), row.revision.number, row.reason
    return Words(
        f"  {at}　第 {number} 版　{who}　{level.zh}{kind.zh}{alone.zh}　{tail}".rstrip(),
        f"  {at}  version {number}  {who}  {level.en} {kind.en}{alone.en}  {tail}".rstrip(),
    )
