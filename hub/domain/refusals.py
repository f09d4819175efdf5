"""A refusal: something asked for that can't be done, with a sentence for whoever asked."""

from __future__ import annotations

from channels.words import NO_WORDS, Words


class Refusal(Exception):
    """`code` is stable, `words` says what is wrong, `suggestion` what to do about it."""

    def __init__(self, code: str, words: Words, suggestion: Words = NO_WORDS) -> None:
        super().__init__(f"{code} {words.zh}")
        self.code = code
        self.words = words
        self.suggestion = suggestion

    @property
    def of_rights(self) -> bool:
        """Whether it is for want of a right: that has a page of its own, whatever form was sent."""
        return self.code.startswith("PER-")

    @property
    def coded(self) -> Words:
        """The sentence behind its code, as a screen shows it."""
        return Words(f"{self.code} {self.words.zh}", f"{self.code} {self.words.en}")
