"""Callouts (提示, 重要, 注意): a quotation whose first line is `[!提示]`, and nothing else on it.

Any other CommonMark reader shows a quotation that begins with the word, so nothing is lost elsewhere. The English words
of GitHub's alerts mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

# How each kind is called to readers.
LABELS: Mapping[str, str] = {"note": "提示", "important": "重要", "warning": "注意"}
_WORDS = {
    **{label: kind for kind, label in LABELS.items()},
    "note": "note",
    "tip": "note",
    "important": "important",
    "warning": "warning",
    "caution": "warning",
}
_MARKER = re.compile(r"\[!(\w{2,9})\][ \t]*(?:\n|$)")


def callouts_plugin(md: MarkdownIt) -> None:
    """Make the parser know callouts: `callout_open` and `callout_close` tokens, the kind in `meta["kind"]`."""
    md.core.ruler.after("block", "callouts", _callouts)


def _callouts(state: StateCore) -> None:
    tokens = state.tokens
    for at, token in enumerate(tokens):
        if token.type == "blockquote_open" and (kind := _kind(tokens, at)):
            end = _end(tokens, at)
            token.type, token.tag, token.meta = "callout_open", "div", {"kind": kind}
            tokens[end].type, tokens[end].tag, tokens[end].meta = "callout_close", "div", {"kind": kind}
            _take_marker(tokens, at)
    state.tokens = [token for token in tokens if token.type != "callout_marker"]


def _kind(tokens: Sequence[Token], at: int) -> str:
    """The kind of callout that the quotation at this place is; nothing for one that says nothing else."""
    if tokens[at + 1].type != "paragraph_open":
        return ""
    inline = tokens[at + 2]
    found = _MARKER.match(inline.content)
    says_more = found is not None and (inline.content[found.end() :] or tokens[at + 4].type != "blockquote_close")
    return _WORDS.get(found[1].lower(), "") if found and says_more else ""


def _end(tokens: Sequence[Token], at: int) -> int:
    level = tokens[at].level
    return next(i for i in range(at, len(tokens)) if tokens[i].type == "blockquote_close" and tokens[i].level == level)


def _take_marker(tokens: Sequence[Token], at: int) -> None:
    """Take the first line out; the lines of what follows are counted on."""
    opened, inline, closed = tokens[at + 1 : at + 4]
    rest = _MARKER.sub("", inline.content, count=1)
    if not rest:
        for token in (opened, inline, closed):
            token.type, token.children, token.content = "callout_marker", None, ""
        return
    inline.content = rest
    for token in (opened, inline):
        token.map = [token.map[0] + 1, token.map[1]] if token.map else None
