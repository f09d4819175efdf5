"""What a table, a list or a quotation of the body is, beyond its Markdown: facts to look up, dates in order, a policy's
words with their source. The themes have a form for each; the words stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

FACTS, TIMELINE, SOURCE = "facts", "timeline", "quote-source"

# "2026年5月4日", "5月4日前", "2026-05-04", "5月上旬", "2026年起".
_DATE = re.compile(
    r"(?:自|从|截至)?(?:\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月(?:\d{1,2}日|[上中下]旬|底|初)?"
    r"|\d{4}[-./]\d{1,2}[-./]\d{1,2})(?:起|前|后|止|至)?"
)
# An attribution at the end of a quotation.
_ATTRIBUTION = re.compile(r"(?:——|—|――)\s*\S")


def note_shapes(tokens: Sequence[Token]) -> None:
    """Say in the meta of each outermost list that it is a row of dates, and of each table that it has two columns."""
    depth = 0
    for at, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open", "blockquote_open", "callout_open"):
            if token.type == "bullet_list_open" and depth == 0 and _is_timeline(tokens, at):
                token.meta = {**token.meta, "shape": TIMELINE}
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close", "blockquote_close", "callout_close"):
            depth -= 1
        elif token.type == "table_open" and _columns(tokens, at) == 2:
            token.meta = {**token.meta, "shape": FACTS}


def is_source(following: Token | None) -> bool:
    """Whether a paragraph of a quotation says where it is from."""
    return following is not None and _ATTRIBUTION.match(following.content) is not None


def _is_timeline(tokens: Sequence[Token], at: int) -> bool:
    """Two items or more, each of which begins with a date and has nothing nested."""
    level, items, dated = tokens[at].level, 0, 0
    for token, before in zip(tokens[at + 1 :], tokens[at:], strict=False):
        if token.type == "bullet_list_close" and token.level == level:
            break
        if token.type.endswith("list_open"):
            return False
        items += token.type == "list_item_open"
        if token.type == "inline" and before.type == "paragraph_open":
            dated += _DATE.match(token.content.lstrip("* ")) is not None
    return items >= 2 and dated == items


def _columns(tokens: Sequence[Token], at: int) -> int:
    """The cells of a table's first row."""
    count = 0
    for token in tokens[at:]:
        if token.type == "tr_close":
            break
        count += token.type in ("th_open", "td_open")
    return count
