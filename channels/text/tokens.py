"""Markdown to tokens: one parser for every channel.

CommonMark with tables, strikethrough, footnotes and callouts. HTML is off, so a tag in a draft is text from here on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from markdown_it import MarkdownIt, helpers
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from channels.text.callouts import callouts_plugin
from channels.text.cleaning import clean
from channels.text.emphasis import WIDE, emphasis

SCHEMES = frozenset({"http", "https", "mailto", "tel"})
# Text below this many levels of lists and quotations would be dropped by the parser (CommonMark's own preset says 20).
_DEEPEST = 90


def _as_written(url: str) -> str:
    """An image's name must stay as the editor wrote it; links are encoded when they are rendered."""
    return url


class _Helpers:
    """The parser's helpers. Without the first look, thousands of opening brackets cost the square of their number."""

    parseLinkDestination = staticmethod(helpers.parseLinkDestination)  # noqa: N815 (the parser's own names)
    parseLinkTitle = staticmethod(helpers.parseLinkTitle)  # noqa: N815

    @staticmethod
    def parseLinkLabel(state: StateInline, start: int, disable_nested: bool = False) -> int:  # noqa: N802
        if state.src.find("]", start, state.posMax) < 0:
            return -1
        return helpers.parseLinkLabel(state, start, disable_nested)


def _parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    footnote_plugin(md, inline=False)
    callouts_plugin(md)
    md.inline.ruler.at("emphasis", emphasis)
    md.normalizeLink = _as_written  # type: ignore[method-assign]
    md.helpers = _Helpers()  # type: ignore[assignment]
    # Bad links are parsed, told of and dropped, so that their source never shows in the published text.
    md.validateLink = bool  # type: ignore[method-assign,assignment]
    return md


MARKDOWN = _parser()


def parse(body: str, footnote_prefix: str = "") -> list[Token]:
    """The tokens of a Markdown text; a line break between two Chinese characters is no space and is taken out.

    `footnote_prefix` keeps the ids of footnotes apart when several texts stand on one page.
    """
    return parse_with(body, {"docId": footnote_prefix} if footnote_prefix else {})


def parse_with(body: str, env: dict[str, object]) -> list[Token]:
    """As `parse`, with the parser's environment given: rendering needs the same one again."""
    tokens = MARKDOWN.parse(clean(body), env)
    for token in tokens:
        if token.children:
            _join_lines(token.children)
    return tokens


@lru_cache(maxsize=16)
def reading(body: str) -> tuple[Token, ...]:
    """The tokens for reading only: shared between all who ask for the same body, so nobody may change them."""
    return tuple(parse(body))


def _join_lines(children: list[Token]) -> None:
    for at, child in enumerate(children):
        if child.type == "softbreak" and _is_wide(_before(children, at)) and _is_wide(_after(children, at)):
            # Kept as an empty text with a mark, so that the lines of what follows can still be counted.
            child.type, child.meta = "text", {"line": True}


def _before(children: Sequence[Token], at: int) -> str:
    return next((c.content[-1] for c in reversed(children[:at]) if c.content), "")


def _after(children: Sequence[Token], at: int) -> str:
    return next((c.content[0] for c in children[at + 1 :] if c.content), "")


def _is_wide(char: str) -> bool:
    return bool(WIDE.match(char))


def inlines(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """Every inline token's children with the line of the text each starts on, counted from 1."""
    line = 1
    for token in tokens:
        if token.map is not None:
            line = token.map[0] + 1
        here = line
        for child in token.children or ():
            yield here, child
            here += child.type in ("softbreak", "hardbreak") or bool(child.meta.get("line"))


def is_safe_link(href: str) -> bool:
    """Whether an address may be linked; see `safe_link`."""
    return bool(safe_link(href))


def safe_link(href: str) -> str:
    """The address percent-encoded, or nothing when it may not be linked.

    Linked are http, https, mailto and tel addresses and places on the same page (`#…`).
    """
    href = href.strip()
    if href.startswith("#"):
        return str(normalizeLink(href))
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    if parts.scheme not in SCHEMES or (parts.scheme in ("http", "https") and not parts.netloc):
        return ""
    return str(normalizeLink(href))
