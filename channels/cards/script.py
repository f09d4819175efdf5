"""What is said and described: the narration of each card and its alternative text."""

from __future__ import annotations

from channels.cards.deck import Card, Kind
from channels.manuscript import Content, InterpreterRef, Manuscript

_ENDS = "。！？；!?…"


def narration(card: Card, manuscript: Manuscript) -> str:
    """What a voice reads while the card stands; a heading is read on the first of its cards only."""
    if card.kind is Kind.CLOSING:
        return "".join(_closing(manuscript))
    heading = card.title if card.part == 1 else ""
    if card.kind is Kind.CORRECTION:
        return _sentence(f"更正：{heading}" if heading else "") + _sentence(card.body)
    if card.kind is Kind.QUESTION:
        asked = _sentence(f"问：{heading}") if heading else ""
        return asked + (_sentence(f"答：{card.body}" if card.part == 1 else card.body) if card.body else "")
    return _sentence(heading) + _sentence(card.body)


def _closing(manuscript: Manuscript) -> list[str]:
    content = manuscript.content
    said = []
    for who in contacts(content)[:1]:
        office = who.office or manuscript.imprint.office or content.source
        phone = f"，电话{who.phone}" if who.phone else ""
        said.append(f"咨询请找{office or who.name}{phone}。")
    for policy in content.policies[:1]:
        number = f"，{policy.number}" if policy.number else ""
        said.append(f"政策依据：{quoted(policy.title)}{number}。")
    return said or ["全文请看正式发布的政策解读。"]


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text.rstrip("”’）》」』】")[-1:] in _ENDS else f"{text}。"


def contacts(content: Content) -> list[InterpreterRef]:
    """The two interpreters that a closing card names: whoever can be called comes first."""
    return sorted(content.interpreters, key=lambda who: not who.phone)[:2]


def quoted(title: str) -> str:
    """The title of a document in its marks; one that already starts with them is left alone."""
    return title if title.startswith("《") else f"《{title}》"


def alternative(card: Card, manuscript: Manuscript, source: str) -> str:
    """The text equivalent of the card: all that stands on it but the page number."""
    title = card.title if card.parts == 1 else f"{card.title}（{card.part}/{card.parts}）"
    body = card.body
    if card.kind is Kind.CORRECTION:
        title = f"更正：{title}"
    if card.kind is Kind.COVER:
        numbers = [p.number for p in manuscript.content.policies if p.number][:1]
        body = "。".join([manuscript.content.summary.rstrip("。"), *numbers])
    elif card.kind is Kind.CLOSING:
        body = "".join(_contact_lines(manuscript))
    return "\n".join(filter(None, (title.strip(), body.strip("。\n ") and body.strip(), source)))


def _contact_lines(manuscript: Manuscript) -> list[str]:
    content = manuscript.content
    lines = []
    for who in contacts(content):
        lines.append("，".join(filter(None, (who.office, who.name, who.role, who.phone))) + "。")
    for policy in content.policies[:1]:
        lines.append(f"政策原文：{quoted(policy.title)}{policy.number}（{policy.validity.label}）。")
    return lines
