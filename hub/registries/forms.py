"""What the verbs of every registry share: a form's mistakes, each at its field, in one refusal."""

from __future__ import annotations

from collections.abc import Sequence

from channels.base import Finding, Severity
from channels.text.cleaning import clean
from channels.words import NO_WORDS, Words
from hub.domain.refusals import Refusal


class WrongFieldsError(Refusal):
    """A record that can't be kept as it was typed; `findings` say where and how to mend it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        first = findings[0]
        super().__init__(first.code, first.sentence, first.suggestion)
        self.findings = tuple(findings)


def mistake(code: str, field: str, zh: str, en: str, advice: Words = NO_WORDS, ground: str = "") -> Finding:
    """One mistake at a field of the form."""
    return Finding(code, Severity.BLOCK, field, Words(zh, en), advice, ground)


def one_line(text: str) -> str:
    """What was typed, cleaned of what no text may hold, on one line."""
    return " ".join(clean(text).split())


def like(search: str) -> str:
    """The pattern that finds the words anywhere; for `.ilike(…, escape="\\\\")`."""
    return "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
