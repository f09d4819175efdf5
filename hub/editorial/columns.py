"""Columns (栏目) as verbs: opening one, changing what its pages and its feed say of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from channels.text.cleaning import clean
from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.models import Column, Interpretation, Office, Revision, Site
from hub.permissions import require
from hub.services import Services
from hub.site import first_site, want
from hub.trail import note
from hub.workflow import Actor

# In addresses for good: lower-case letters, digits and hyphens, as every web server and QR code takes them.
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
# Values of ColumnType in use under 政府网站发展指引 (国办发〔2017〕47号); others may be written.
TYPES = (
    "政策解读",
    "政策文件",
    "回应关切",
    "在线访谈",
    "概况信息",
    "工作动态",
    "通知公告",
    "办事服务",
    "征集调查",
    "咨询投诉",
)


@dataclass(frozen=True)
class Facts:
    """What a column says of itself: the page tags ColumnName, ColumnDescription, ColumnKeywords and ColumnType."""

    name: str
    description: str
    keywords: str
    type: str


# Characters that the database keeps of each.
LIMITS = {"name": 60, "description": 300, "keywords": 200, "type": 40}
FIELD_WORDS = {
    "name": Words("栏目名称", "the name"),
    "description": Words("栏目描述", "the description"),
    "keywords": Words("关键词", "the keywords"),
    "type": Words("栏目类别", "the type"),
}


def open_column(services: Services, *, actor: Actor, office_id: int, slug: str, facts: Facts, now: datetime) -> int:
    """A new column on the office's site; returns its id. Its feed is there with the next refresh. Raises Refusal for a
    name or slug that is taken, an empty or too long fact, and a slug that is none.
    """
    with services.db.writing() as session:
        require(session, actor, Right.MANAGE, office_id)
        facts, slug = _tidy(facts), slug.strip().lower()
        if not SLUG.fullmatch(slug):
            raise Refusal("COL-102", Words("网址名只能用小写字母、数字和连字符。", _SLUG_EN), _SLUG_ADVICE)
        site = _site(session, office_id)
        _require_free(session, site.id, facts.name, slug)
        column = Column(site_id=site.id, slug=slug, **facts.__dict__)
        session.add(column)
        session.flush()
        after = {"slug": slug, **facts.__dict__}
        note(session, actor=actor, kind="column.opened", subject=column, now=now, after=after, office_id=office_id)
        want(session, site.id)
        return column.id


def change_column(
    services: Services, *, actor: Actor, office_id: int, column_id: int, facts: Facts, now: datetime
) -> None:
    """Change what the column says of itself; pages and feeds follow with the next refresh. Its address never changes.
    Raises Refusal for another site's column, a name that is taken, an empty or too long fact, and another name for a
    column that texts name: their place on the site would be lost.
    """
    with services.db.writing() as session:
        require(session, actor, Right.MANAGE, office_id)
        facts = _tidy(facts)
        column = session.get(Column, column_id)
        if column is None or column.site_id != _site(session, office_id).id:
            raise Refusal("COL-404", Words("本单位的网站没有这个栏目。", "The office's site has no such column."))
        if facts.name != column.name:
            _require_free(session, column.site_id, facts.name, "")
            _require_unused(session, column)
        before = {name: getattr(column, name) for name in LIMITS}
        for name in LIMITS:
            setattr(column, name, getattr(facts, name))
        note(
            session,
            actor=actor,
            kind="column.changed",
            subject=column,
            now=now,
            before=before,
            after=facts.__dict__,
            office_id=office_id,
        )
        want(session, column.site_id)


def in_use(session: Session, column: Column) -> bool:
    """Whether a version of any text names the column."""
    named = Revision.content["column"].as_string().in_((column.name, column.slug))
    offices = or_(Office.site_id == column.site_id, Office.site_id.is_(None))
    found = (
        select(Revision.id)
        .join(Interpretation, Interpretation.id == Revision.interpretation_id)
        .join(Office, Office.id == Interpretation.office_id)
        .where(named, offices)
        .limit(1)
    )
    return session.scalar(found) is not None


def _site(session: Session, office_id: int) -> Site:
    site = session.get_one(Office, office_id).site or first_site(session)
    if site is None:
        raise Refusal("COL-405", Words("还没有网站。", "There is no site yet."))
    return site


def _tidy(facts: Facts) -> Facts:
    tidy = Facts(**{f.name: " ".join(clean(getattr(facts, f.name)).split()) for f in fields(facts)})
    for name, most in LIMITS.items():
        value, words = getattr(tidy, name), FIELD_WORDS[name]
        if not value:
            # 国办发〔2017〕47号: none of a column's four tags may be empty.
            raise Refusal("COL-101", Words(f"请填写{words.zh}。", f"Fill in {words.en}."), _TAGS)
        if len(value) > most:
            raise Refusal("COL-103", Words(f"{words.zh}超过{most}字。", f"Over {most} characters: {words.en}."))
    return tidy


def _require_free(session: Session, site_id: int, name: str, slug: str) -> None:
    taken = select(Column).where(Column.site_id == site_id, or_(Column.name == name, Column.slug == slug)).limit(1)
    if other := session.scalars(taken).first():
        raise Refusal(
            "COL-104",
            Words(
                f"网站上已有栏目“{other.name}”（{other.slug}）。", f"The site has a column {other.name} ({other.slug})."
            ),
            Words("请换一个名称或网址名。", "Choose another name or address."),
        )


def _require_unused(session: Session, column: Column) -> None:
    if in_use(session, column):
        raise Refusal(
            "COL-105",
            Words(f"已有稿件归在“{column.name}”，不能改名。", f"Texts stand in {column.name}; it keeps its name."),
            Words("可另开一个栏目，新稿件归到新栏目。", "Open another column for the texts to come."),
        )


_SLUG_EN = "The address takes lower-case letters, digits and hyphens only."
_SLUG_ADVICE = Words("例如 jiedu；定下后不再更改。", "For example jiedu; it never changes afterwards.")
_TAGS = Words(
    "栏目页的四个标签都不能为空（国办发〔2017〕47号）。",
    "None of a column's four page tags may be empty (国办发〔2017〕47号).",
)
