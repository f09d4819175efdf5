"""The blocks around the body as plain data: lines of text and labelled rows, with the references they need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from channels.manuscript import Content, InterpreterRef, Manuscript, PolicyRef, Validity
from channels.text.cleaning import clean
from channels.text.markdown import images_in, safe_link
from channels.text.wording import day_words, span_words, titled
from channels.wechat.figures import unbroken
from channels.wechat.links import References
from channels.wechat.settings import WechatSettings

# Documentation of draft/add: content_source_url takes 1 KB.
SOURCE_URL_BYTES = 1024
# 人工智能生成合成内容标识办法, 第四条: a line that people see, beside the metadata that the file keeps.
AI_LINE, AI_MARK = "文中含人工智能生成的图片。", b"TC260:AIGC"
Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Card:
    """A block: its title or heading, its lines of text, its labelled rows, the number of its reference (0 is none)."""

    title: str
    lines: tuple[str, ...] = ()
    rows: Rows = ()
    reference: int = 0


def lines(text: str) -> tuple[str, ...]:
    """The non-empty lines of a plain text, as markup that keeps phone numbers whole."""
    return tuple(unbroken(line.strip()) for line in clean(text).split("\n") if line.strip())


def points(content: Content) -> tuple[Card, ...]:
    """The key points that say something."""
    return tuple(
        Card(clean(point.heading.strip()), lines(point.text))
        for point in content.key_points
        if point.heading.strip() or point.text.strip()
    )


def questions(content: Content) -> tuple[Card, ...]:
    """The questions with their answers."""
    return tuple(Card(clean(pair.q.strip()), lines(pair.a)) for pair in content.questions if pair.q.strip())


def stream(manuscript: Manuscript, references: References) -> Card | None:
    """The notice of the livestream when there is one."""
    live, zone = manuscript.content.livestream, manuscript.imprint.zone
    if live is None or not live.topic.strip():
        return None
    linked = bool(safe_link(live.room))
    number = references.number(live.room, "直播间") if linked else None
    rows = (
        ("时间", span_words(live.starts, live.ends, zone)),
        ("平台", live.platform),
        ("直播间", "" if linked else live.room),
        ("主持", live.host),
        ("嘉宾", "、".join(guest for guest in live.guests if guest.strip())),
    )
    return Card(clean(live.topic.strip()), rows=_said(rows), reference=number or 0)


def policies(content: Content, references: References) -> tuple[Card, ...]:
    """A card for every policy: title, number, issuer, dates and validity."""
    return tuple(_policy(policy, references) for policy in content.policies if policy.title or policy.number)


def _policy(policy: PolicyRef, references: References) -> Card:
    title = titled(policy.title)
    number = references.number(policy.url, title) if policy.url else None
    rows = (
        ("发文字号", policy.number),
        ("发文机关", policy.issuer),
        ("成文日期", _day(policy.signed)),
        ("发布日期", _day(policy.published)),
        ("施行日期", _day(policy.effective)),
        ("有效性", policy.validity.label),
    )
    return Card(clean(title or policy.number), rows=_said(rows), reference=number or 0)


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def people(content: Content) -> tuple[Card, ...]:
    """A card for every interpreter: name, office, role and public phone."""
    return tuple(_person(person) for person in content.interpreters if person.name or person.office)


def _person(person: InterpreterRef) -> Card:
    rows = (("解读机构", person.office if person.name else ""), ("职务", person.role), ("咨询电话", person.phone))
    return Card(clean(person.name or person.office), rows=_said(rows))


def corrections(manuscript: Manuscript) -> tuple[str, ...]:
    """The corrections in a sentence each, the newest first."""
    zone = ZoneInfo(manuscript.imprint.zone)
    made = reversed(manuscript.imprint.corrections)
    return tuple(clean(f"{day_words(c.at.astimezone(zone))}：{c.reason.strip()}") for c in made)


def foot(content: Content, settings: WechatSettings) -> tuple[str, ...]:
    """Source, editors and disclaimer."""
    source = settings.source_line or content.source
    told = (("来源", source), ("编辑", settings.editor), ("内容提示", AI_LINE if _made_with_ai(content) else ""))
    return tuple(f"{label}：{clean(words.strip())}" for label, words in told if words.strip()) + lines(
        settings.disclaimer
    )


def _made_with_ai(content: Content) -> bool:
    """Whether a picture of the body carries the declaration (GB 45438—2025): then the text says so too."""
    shown = {image.name for image in images_in(content.body)}
    return any(image.name in shown and AI_MARK in image.data for image in content.images)


def source_url(content: Content, references: References) -> str:
    """The address behind 阅读原文: a policy's, one in force before others, else the first of the references; nothing
    when over 1 KB.
    """
    in_force_first = sorted(content.policies, key=lambda policy: policy.validity is not Validity.IN_FORCE)
    named = (safe_link(policy.url) for policy in in_force_first)
    first = next((url for url in named if url.startswith(("http://", "https://"))), references.first)
    return first if len(first.encode()) <= SOURCE_URL_BYTES else ""


def _said(rows: Rows) -> Rows:
    return tuple((label, clean(words.strip())) for label, words in rows if words.strip())
