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
