"""What an office's own tables say of a text: words not to be used, and leaders named without their title."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import Finding, Severity
from channels.manuscript import Content
from channels.text.masking import passages
from channels.text.words_check import Word, check_words
from channels.words import Words
from hub.models import Leader, OfficeWord

# The kind of word that stops a text; any other is pointed out.
SENSITIVE = "sensitive"


def office_words(session: Session, office_id: int) -> tuple[Word, ...]:
    """The office's own words, as the check takes them."""
    columns = (OfficeWord.wrong, OfficeWord.suggested, OfficeWord.why, OfficeWord.source, OfficeWord.kind)
    rows = session.execute(select(*columns).where(OfficeWord.office_id == office_id).order_by(OfficeWord.id))
    return tuple(
        Word(wrong, suggested, why, source, Severity.BLOCK if kind == SENSITIVE else Severity.WARN)
        for wrong, suggested, why, source, kind in rows
    )


def office_leaders(session: Session, office_id: int) -> dict[str, str]:
    """The leaders' names, each with the title it is written with."""
    rows = session.execute(select(Leader.name, Leader.title).where(Leader.office_id == office_id).order_by(Leader.id))
    return dict(rows.all())


def word_findings(session: Session, office_id: int, content: Content) -> list[Finding]:
    """What both tables say of the text."""
    found = check_words(content, office_words(session, office_id))
    return [*found, *check_leaders(content, office_leaders(session, office_id))]


def stopping_words(session: Session, office_id: int, content: Content) -> list[Finding]:
    """What of it must be mended before the text is submitted, and before it goes out: the sensitive words."""
    return [f for f in word_findings(session, office_id, content) if f.severity is Severity.BLOCK]


def check_leaders(content: Content, leaders: Mapping[str, str]) -> list[Finding]:
    """A warning (WRD-102) where a leader is first named in the text without the title of the table beside the name.
    Pure.
    """
    found: list[Finding] = []
    texts = list(passages(content)) if leaders else []
    for name, title in leaders.items():
        first = next(((p, at) for p in texts if (at := p.own.find(name)) >= 0), None)
        if first is None:
            continue
        passage, at = first
        around = passage.own[max(0, at - len(title) - 1) : at + len(name) + len(title) + 1]
        if title not in around:
            found.append(_untitled(name, title, passage.at(at)[0]))
    return found


def _untitled(name: str, title: str, place: str) -> Finding:
    sentence = Words(f"第一次写到“{name}”时没有写职务。", f"“{name}” is first named without a title.")
    advice = Words(f"登记的职务是“{title}”，请核对。", f"The table says “{title}”; check it.")
    return Finding("WRD-102", Severity.WARN, place, sentence, advice, "")


def try_out(text: str, words: Sequence[Word], leaders: Mapping[str, str]) -> list[Finding]:
    """What the tables say of a text that somebody pasted."""
    content = Content(body=text)
    return [*check_words(content, words), *check_leaders(content, leaders)]
