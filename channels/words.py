"""A sentence in the two languages the product speaks."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """The same words in Chinese and in English."""

    zh: str
    en: str

    def in_(self, language: str) -> str:
        """The words in `language`: Chinese for any tag that starts with `zh`, English for everything else."""
        return self.zh if language.lower().startswith("zh") else self.en

    def as_dict(self) -> dict[str, str]:
        """As plain data for JSON."""
        return {"zh": self.zh, "en": self.en}


NO_WORDS = Words("", "")
