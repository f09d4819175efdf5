"""Emphasis beside Chinese. CommonMark takes `**全区通用。**不再` for stray asterisks: a closing run after a mark
must be followed by a space. Chinese has no spaces, so full-width marks and Chinese characters count as letters here.
"""

from __future__ import annotations

import re

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

WIDE = re.compile("[\u2018-\u201d\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]")


def emphasis(state: StateInline, silent: bool) -> bool:
    """The parser's rule for `*` and `_`: every marker becomes a text token and a delimiter that may be paired later."""
    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    end = state.pos
    while end < state.posMax and state.src[end] == marker:
        end += 1
    length = end - state.pos
    before = state.src[state.pos - 1] if state.pos else " "
    after = state.src[end] if end < state.posMax else " "
    can_open, can_close = flanks(before, after, inside_words=marker == "*")
    for _ in range(length):
        token = state.push("text", "", 0)
        token.content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker), length=length, token=len(state.tokens) - 1, end=-1, open=can_open, close=can_close
            )
        )
    state.pos = end
    return True


def flanks(before: str, after: str, *, inside_words: bool) -> tuple[bool, bool]:
    """Whether a run between these two characters may open and may close emphasis (CommonMark 6.2, with wide characters
    as letters on the side they stand on and as a word's border for the other side).
    """
    left = not (_space(after) or (_mark(after) and not (_space(before) or _mark(before) or _wide(before))))
    right = not (_space(before) or (_mark(before) and not (_space(after) or _mark(after) or _wide(after))))
    can_open = left and (inside_words or not right or _mark(before))
    can_close = right and (inside_words or not left or _mark(after))
    return can_open, can_close


def _wide(character: str) -> bool:
    return WIDE.match(character) is not None


def _mark(character: str) -> bool:
    return not _wide(character) and (isMdAsciiPunct(ord(character)) or isPunctChar(character))


def _space(character: str) -> bool:
    return bool(isWhiteSpace(ord(character)))
