"""The body's Markdown as flat HTML of the platform's few elements, with class names that a theme is written for.

Flat because the platform moves or flattens nested lists and its checker wants nesting below ten: inner lists become
indented paragraphs with their own marks, a quotation holds paragraphs only, emphasis never nests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from itertools import zip_longest

from markdown_it.token import Token

from channels.text.callouts import LABELS
from channels.text.cleaning import clean
from channels.text.tokens import reading
from channels.wechat.inline import Setting, inline_html
from channels.wechat.shapes import FACTS, SOURCE, TIMELINE, is_source, note_shapes

_HEADINGS = (
    ('<h2 class="head">', "</h2>"),
    ("<h3>", "</h3>"),
    ("<h4>", "</h4>"),
    ('<p class="minor">', "</p>"),
)
_PLAIN = {
    "hr": '<section class="rule"><br></section>',
    "table_close": "</tbody></table></section>",
    "tr_open": "<tr>",
    "tr_close": "</tr>",
    "th_close": "</th>",
    "td_close": "</td>",
    "footnote_block_open": '<section class="notes"><p class="small-head">注释</p>',
    "footnote_block_close": "</section>",
    "paragraph_close": "</p>",
}
_DEEPEST_INDENT = 3
_FIGURES = re.compile(r"[\d.,+%—-][\d.,+%—\- ]{0,20}\w{0,2}")


@dataclass
class _List:
    ordered: bool
    number: int


@dataclass
class _Writer:
    """Writes block tokens; `pending` is the mark that the next paragraph starts with."""

    setting: Setting
    ranks: dict[str, int]
    out: list[str] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)
    quotes: int = 0
    in_quote: bool = False
    pending: str = ""

    def write(self, token: Token, following: Token | None) -> None:
        """One token; `following` is the next one, or None at the end."""
        if token.type in _PLAIN:
            self.out.append(_PLAIN[token.type])
        elif token.type == "inline":
            self.out.append(inline_html(token.children or [], self.setting))
        elif token.type in ("fence", "code_block"):
            self.out.append(_code(token.content))
        elif token.type == "table_open":
            name = f' class="{FACTS}"' if token.meta.get("shape") == FACTS else ""
            self.out.append(f'<section class="scroll"><table{name}><tbody>')
        elif token.type in ("th_open", "td_open"):
            self.out.append(f"<{token.tag}{_cell_class(token, following)}>")
        elif token.type == "paragraph_open":
            self.paragraph(following)
        elif token.type == "footnote_open":
            self.pending = f"[注{int(token.meta['id']) + 1}] "
        else:
            self.edge(token)

    def edge(self, token: Token) -> None:
        """The beginning or the end of a heading, a list, an item or a quotation."""
        kind, _, end = token.type.rpartition("_")
        opens = end == "open"
        if kind == "heading":
            pair = _HEADINGS[min(self.ranks[token.tag], len(_HEADINGS) - 1)]
            self.out.append(pair[0] if opens else pair[1])
        elif kind in ("bullet_list", "ordered_list"):
            self.list_edge(token, opens=opens)
        elif kind == "list_item":
            self.item_edge(opens=opens)
        elif kind == "blockquote":
            self.quote_edge(opens=opens)
        elif kind == "callout":
            self.callout_edge(token.meta["kind"], opens=opens)

    @property
    def flat(self) -> bool:
        """Whether list items are indented paragraphs: in a quotation, and below the outermost list."""
        return self.in_quote or len(self.lists) > 1

    def paragraph(self, following: Token | None) -> None:
        """A paragraph's beginning; one that is nothing but a picture is a figure."""
        name = self.indent(following)
        if not name and following is not None and [c.type for c in following.children or []] == ["image"]:
            name = "figure"
        self.out.append((f'<p class="{name}">' if name else "<p>") + self.pending)
        self.pending = ""

    def indent(self, following: Token | None) -> str:
        """The class of a paragraph inside lists and quotations."""
        if self.in_quote and not self.lists and is_source(following):
            return SOURCE
        if self.lists and self.flat:
            return f"sub{min(len(self.lists) - (not self.in_quote), _DEEPEST_INDENT)}"
        if self.lists:
            return "quoted" if self.quotes else "item"
        return ""

    def list_edge(self, token: Token, *, opens: bool) -> None:
        """The beginning or the end of a list; flat ones leave no element."""
        ordered = token.type.startswith("ordered")
        if opens:
            start = int(token.attrs.get("start", 1)) if ordered else 1
            self.lists.append(_List(ordered, start - 1))
            tag = f'<ol start="{start}">' if start != 1 else "<ol>"
            plain = "<ul>" if token.meta.get("shape") != TIMELINE else f'<ul class="{TIMELINE}">'
            self.out.append("" if self.flat else tag if ordered else plain)
        else:
            self.out.append("" if self.flat else "</ol>" if ordered else "</ul>")
            self.lists.pop()

    def item_edge(self, *, opens: bool) -> None:
        """The beginning or the end of an item; a flat one has its mark in the text."""
        if not self.flat:
            self.out.append("<li>" if opens else "</li>")
        elif opens:
            self.lists[-1].number += 1
            self.pending = f"{self.lists[-1].number}. " if self.lists[-1].ordered else "– "

    def quote_edge(self, *, opens: bool) -> None:
        """The beginning or the end of a quotation; inside lists and quotations it leaves no element."""
        self.quotes += 1 if opens else -1
        if opens and self.quotes == 1 and not self.lists:
            self.in_quote = True
            self.out.append("<blockquote>")
        elif self.in_quote and not self.quotes:
            self.in_quote = False
            self.out.append("</blockquote>")

    def callout_edge(self, kind: str, *, opens: bool) -> None:
        """The beginning or the end of a callout; inside lists and quotations its name alone is left of it."""
        alone = not self.lists and not self.quotes
        if opens and alone:
            self.out.append(f'<section class="callout"><p class="callout-head callout-{kind}">{LABELS[kind]}</p>')
        elif opens:
            self.paragraph(None)
            self.out.append(f"<strong>{LABELS[kind]}</strong></p>")
        elif alone:
            self.out.append("</section>")


def _cell_class(token: Token, following: Token | None) -> str:
    """How a cell is aligned, and whether it is a phone number or a sum that must not break."""
    style = str(token.attrs.get("style", ""))
    names = [side for side in ("right", "center") if side in style]
    if following is not None and _FIGURES.fullmatch(following.content):
        names.append("figures")
    return f' class="{" ".join(names)}"' if names else ""


def _code(text: str) -> str:
    """Code line by line; the platform drops leading blanks and line feeds, so they become no-break spaces and br."""
    lines = [escape(line, quote=False) for line in clean(text).rstrip("\n").expandtabs(4).split("\n")]
    kept = [line.replace("  ", "\u00a0\u00a0") for line in lines]
    return f'<section class="code"><code>{"<br>".join(kept)}</code></section>'


def body_html(body: str, setting: Setting) -> str:
    """The body as HTML. The shallowest heading becomes h2, deeper ones follow without a gap; below h4 they are bold."""
    tokens = reading(body)
    note_shapes(tokens)
    levels = sorted({token.tag for token in tokens if token.type == "heading_open"})
    writer = _Writer(setting, {tag: rank for rank, tag in enumerate(levels)})
    for token, following in zip_longest(tokens, tokens[1:]):
        writer.write(token, following)
    return "".join(writer.out)
