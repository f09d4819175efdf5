"""What a Markdown text says: its plain text, outline, images, links, sentences and summary."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from markdown_it.token import Token

from channels.text.callouts import LABELS
from channels.text.cleaning import clean
from channels.text.tokens import inlines, reading

# A tag or a comment as somebody would write it; "<2000元" is none.
_TAG = re.compile("</?[A-Za-z][^<>]*>|<!--|<[A-Za-z][^<>]*$")
_QUOTED = re.compile("“[^“”]*”|‘[^‘’]*’|「[^「」]*」|『[^『』]*』")


class Heading(NamedTuple):
    """A heading, its line counted from 1, and the plain text of each block below it, up to the next heading."""

    level: int
    text: str
    line: int
    below: tuple[str, ...] = ()


class BodyImage(NamedTuple):
    """An image as the body refers to it."""

    name: str
    alt: str
    line: int


class BodyLink(NamedTuple):
    """A link of the body, its address as written."""

    href: str
    text: str
    line: int


def text_of(children: Sequence[Token]) -> str:
    """The plain text of inline tokens. An image says its alternative text, a footnote mark nothing."""
    parts = []
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            parts.append(" " if child.type == "softbreak" else "\n")
        elif child.type == "image":
            parts.append(text_of(child.children or ()))
        else:
            parts.append(child.content)
    return clean("".join(parts))


def plain(body: str) -> str:
    """The plain text of a Markdown body: a line a block, table cells apart by a space, no marks."""
    return "\n".join(text for _line, text in plain_blocks(body))


def plain_blocks(body: str) -> list[tuple[int, str]]:
    """(line, plain text) of every paragraph, heading, list item, table row and code block, in order; none is empty.

    A callout's first text begins with what it is (`注意：`).
    """
    return [(block.line, block.text) for block in _blocks(reading(body))]


class _Block(NamedTuple):
    """A block's plain text; `level` is a heading's, 0 of any other."""

    text: str
    level: int
    line: int


def _blocks(tokens: Sequence[Token]) -> Iterator[_Block]:
    return (block for block in _all_blocks(tokens) if block.text)


def _all_blocks(tokens: Sequence[Token]) -> Iterator[_Block]:
    row: list[str] | None = None
    level, line, label = 0, 1, ""
    for token in tokens:
        if token.map:
            line = token.map[0] + 1
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            yield _Block(" ".join(row).strip(), 0, line)
            row = None
        elif token.type in ("fence", "code_block"):
            yield _Block(clean(token.content).strip("\n"), 0, line)
        elif token.type == "inline" and row is not None:
            row.append(text_of(token.children or ()).strip())
        elif token.type == "callout_open":
            label = LABELS[token.meta["kind"]] + "："
        elif token.type == "inline":
            yield _Block(label + text_of(token.children or ()).strip(), level, line)
            label = ""
        elif token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "heading_close":
            level = 0


def outline(body: str) -> list[Heading]:
    """Every heading in order, with the blocks that follow it. The footnotes belong to no section."""
    found: list[tuple[_Block, list[str]]] = []
    for block in _blocks(_without_footnotes(body)):
        if block.level:
            found.append((block, []))
        elif found:
            found[-1][1].append(block.text)
    return [Heading(block.level, block.text, block.line, tuple(below)) for block, below in found]


def _without_footnotes(body: str) -> list[Token]:
    return list(takewhile(lambda token: token.type != "footnote_block_open", reading(body)))


def images_in(body: str) -> list[BodyImage]:
    """Every image reference in order, with the name as written."""
    return [
        BodyImage(str(child.attrs.get("src", "")), text_of(child.children or ()).strip(), line)
        for line, child in inlines(reading(body))
        if child.type == "image"
    ]


def links_in(body: str) -> list[BodyLink]:
    """Every link in order, with the address as written, whether it may be linked or not."""
    found: list[BodyLink] = []
    opened = False
    for line, child in inlines(reading(body)):
        if child.type == "link_open":
            found.append(BodyLink(str(child.attrs.get("href", "")), "", line))
        elif opened and child.type != "link_close":
            found[-1] = found[-1]._replace(text=found[-1].text + text_of([child]))
        opened = child.type == "link_open" or (opened and child.type != "link_close")
    return found


def prose(body: str) -> Iterator[tuple[int, str]]:
    """(line, text) of the running text by source line. Code, quotations (`>` and “”) and addresses are left out:
    what is quoted is never corrected.
    """
    for line, text in _running(body, quotations=False):
        yield line, _QUOTED.sub(" ", text)


def raw_html_lines(body: str) -> list[int]:
    """The lines outside code on which somebody wrote an HTML tag or comment, counted from 1."""
    return [line for line, text in _running(body, quotations=True) if _TAG.search(text)]


def _running(body: str, *, quotations: bool) -> list[tuple[int, str]]:
    lines: dict[int, list[str]] = {}
    for line, child in inlines(_unquoted(body) if not quotations else reading(body)):
        if child.type == "text":
            lines.setdefault(line, []).append(child.content)
        elif child.type == "code_inline":
            # What stands before and after a code span isn't one text.
            lines.setdefault(line, []).append(" ")
    return [(line, "".join(parts)) for line, parts in sorted(lines.items())]


def _unquoted(body: str) -> list[Token]:
    depth = 0
    kept = []
    for token in reading(body):
        depth += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if not depth:
            kept.append(token)
    return kept
