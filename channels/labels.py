"""How the fields of an account's settings read on a form and in the documentation, in both languages.

A channel annotates each field of its `Settings`: `footer: Annotated[str, Label("页脚附注", "Footer")] = ""`.
A field typed `SecretStr` is a secret: stored sealed, never shown again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic.fields import FieldInfo

from channels.words import NO_WORDS, Words


@dataclass(frozen=True)
class Label:
    """A field's name and hint, and what its choices are called (value -> words)."""

    zh: str
    en: str
    hint: Words = NO_WORDS
    choices: Mapping[str, Words] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> Words:
        """The name in both languages."""
        return Words(self.zh, self.en)


class UnfitError(ValueError):
    """A value that a Settings' own validator refuses, with the sentence in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.words = Words(zh, en)


def label_of(name: str, info: FieldInfo) -> Label:
    """The field's label; of one without a `Label` its title and description, in whatever language they are."""
    for mark in info.metadata:
        if isinstance(mark, Label):
            return mark
    title, hint = info.title or name, info.description or ""
    return Label(title, title, Words(hint, hint))
