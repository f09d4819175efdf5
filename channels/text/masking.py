"""Which characters of a text are the editor's own running words: what is quoted, an address or code is left alone."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from channels.manuscript import Content
from channels.text.tokens import reading

# What stands in the place of a character that is nobody's to correct. No rule matches it.
MASK = "\x00"
_CODE = re.compile(r"(`+)(?!`)[\s\S]+?(?<!`)\1(?!`)")
_TARGET = re.compile(r"\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\]\[[^\]\n]*\]|^ {0,3}\[[^\]\n]+\]:.*$", re.MULTILINE)
_ADDRESS = re.compile(
    r"(?:https?|ftp|mailto):[^\s<>\"“”‘’《》（）〔〕，。；：！？、\u4e00-\u9fff]+"
    r"|www\.[A-Za-z0-9.-]+[^\s<>“”《》（），。；：！？、\u4e00-\u9fff]*"
    r"|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"
    r"|<[^<>\n]*>"
)
_QUOTED = re.compile(r"“[^“”]*”|‘[^‘’]*’|「[^「」]*」|『[^『』]*』|《[^《》]*(?:《[^《》]*》[^《》]*)*》")
_WHOLE_BLOCKS = ("fence", "code_block", "html_block")


@dataclass(frozen=True)
class Passage:
    """A text of the content: its place, its characters, and the same with what is nobody's to correct masked."""

    place: str
    text: str
    own: str

    def at(self, offset: int) -> tuple[str, int]:
        """The place of a character, in a body with its line, and how many characters stand before it there."""
        if self.place != "body":
            return self.place, offset
        line = bisect_right(_starts(self.text), offset)
        return f"body:{line}", offset - _starts(self.text)[line - 1]


def _starts(text: str) -> list[int]:
    return [0, *accumulate(len(line) + 1 for line in text.split("\n")[:-1])]


def own_words(text: str) -> str:
    """The plain text with quotations, titles of documents, addresses and code masked, character by character."""
    for pattern in (_CODE, _ADDRESS):
        text = pattern.sub(_masked, text)
    # The marks around a quotation are the editor's; what stands between them isn't.
    return _QUOTED.sub(lambda found: found[0][0] + _mask(found[0][1:-1]) + found[0][-1], text)


def _masked(found: re.Match[str]) -> str:
    return _mask(found[0])


def _mask(text: str) -> str:
    return "\n".join(MASK * len(line) for line in text.split("\n"))


@lru_cache(maxsize=64)
def own_body(body: str) -> str:
    """The Markdown body masked likewise, and quotations in blocks, code and the targets of links."""
    lines = body.split("\n")
    for first, last in _whole_blocks(body):
        lines[first:last] = [MASK * len(line) for line in lines[first:last]]
    return own_words(_TARGET.sub(_masked, "\n".join(lines)))


def _whole_blocks(body: str) -> Iterator[tuple[int, int]]:
    for token in reading(body):
        if token.map and (token.type in _WHOLE_BLOCKS or token.type == "blockquote_open"):
            yield token.map[0], token.map[1]


def passages(content: Content) -> Iterator[Passage]:
    """Every text of the content that an editor writes, in the order of the form."""
    for place, text in _texts(content):
        if text.strip():
            yield Passage(place, text, own_words(text))
    if content.body.strip():
        yield Passage("body", content.body, own_body(content.body))


def _texts(content: Content) -> Iterator[tuple[str, str]]:
    yield "title", content.title
    yield "short_title", content.short_title
    yield "summary", content.summary
    for n, point in enumerate(content.key_points):
        yield f"key_points[{n}].heading", point.heading
        yield f"key_points[{n}].text", point.text
    for n, pair in enumerate(content.questions):
        yield f"questions[{n}].q", pair.q
        yield f"questions[{n}].a", pair.a
