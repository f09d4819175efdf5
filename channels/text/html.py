"""Markdown to semantic, sanitised HTML for web pages and feeds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

import nh3
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from channels.text.callouts import LABELS
from channels.text.cleaning import REPLACEMENT, clean
from channels.text.reading import text_of
from channels.text.tokens import MARKDOWN, SCHEMES, parse_with, safe_link

# C1 controls and noncharacters: XML lets them pass, HTML calls them errors.
_LAST = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
_UNDISPLAYABLE = re.compile(f"[\x7f-\x9f\ufdd0-\ufdef{_LAST}]")

ImageUrl = Callable[[str], str | None]
ImageSize = Callable[[str], tuple[int, int] | None]

_BLOCKS = ["blockquote", "div", "figcaption", "figure", "hr", "li", "ol", "p", "pre", "section", "ul"]
_INLINES = ["a", "br", "code", "em", "img", "s", "strong", "sup"]
_TABLES = ["table", "tbody", "td", "th", "thead", "tr"]
_HEADINGS = ["h2", "h3", "h4", "h5", "h6"]
_CLEANER = nh3.Cleaner(
    tags={*_BLOCKS, *_INLINES, *_TABLES, *_HEADINGS},
    attributes={
        "a": {"href", "id", "aria-label", "role"},
        "div": {"role", "tabindex", "aria-label"},
        "img": {"src", "alt", "width", "height", "loading"},
        "li": {"id"},
        "ol": {"start"},
        "section": {"role", "aria-label"},
        "sup": {"id"},
        "th": {"scope"},
        **{heading: {"id"} for heading in _HEADINGS},
    },
    allowed_classes={
        "div": {"table-scroll", "callout", *(f"callout-{kind}" for kind in LABELS)},
        "p": {"callout-title"},
        "section": {"footnotes"},
        "sup": {"footnote-ref"},
        "a": {"footnote-back"},
        "th": {"align-center", "align-right"},
        "td": {"align-center", "align-right"},
    },
    url_schemes=set(SCHEMES),
    link_rel="noopener noreferrer",
)


def to_html(
    body: str,
    *,
    heading_offset: int = 0,
    image_url: ImageUrl = lambda _name: None,
    image_size: ImageSize = lambda _name: None,
    footnote_prefix: str = "",
    heading_id: str = "",
) -> str:
    """The body as HTML that can stand inside a page or, with absolute image addresses, inside a feed.

    The page's h1 is its title, so the shallowest heading becomes h2 and deeper ones follow without a gap; with a
    `heading_offset` of 2 the shallowest becomes h3, and so on, to h6 at most.
    `image_url` gives the address of the image with that name, or None to
    leave it out; `image_size` its pixels. With `heading_id` headings get the ids `{heading_id}-1`, `-2`, … .
    Tables scroll in a `div.table-scroll` that a keyboard can reach; columns align by `.align-center`/`.align-right`.
    """
    env: dict[str, object] = {"docId": footnote_prefix} if footnote_prefix else {}
    tokens = parse_with(body, env)
    shift_headings(tokens, heading_offset, heading_id)
    for token in tokens:
        _prepare_cell(token)
        if token.children:
            token.children = _prepare(token.children, image_url, image_size)
    return displayable(str(_CLEANER.clean(_RENDERER.render(figures(tokens), MARKDOWN.options, env))))


def displayable(html: str) -> str:
    """HTML with only characters that HTML allows.

    Comes last: a character reference such as &#12; brings in what the cleaning of the source could not see.
    """
    return _UNDISPLAYABLE.sub(REPLACEMENT, clean(html))


def shift_headings(tokens: Sequence[Token], offset: int = 0, heading_id: str = "") -> None:
    """Make the shallowest heading h2 (or offset + 1), close gaps between levels, number them with `heading_id`."""
    opened = [t for t in tokens if t.type == "heading_open"]
    ranks = {tag: f"h{min(6, max(2, offset + 1) + rank)}" for rank, tag in enumerate(sorted({t.tag for t in opened}))}
    for number, token in enumerate(opened, start=1):
        if heading_id:
            token.attrSet("id", f"{heading_id}-{number}")
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = ranks[token.tag]


def figures(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with each paragraph that is nothing but an image made a figure, its Markdown title the caption."""
    made: list[Token] = []
    for at, token in enumerate(tokens):
        around = tokens[at + 1 : at + 2] if token.type == "paragraph_open" else tokens[max(0, at - 1) : at]
        is_figure = token.type in ("paragraph_open", "paragraph_close") and around and _lone_image(around[0])
        if is_figure:
            token.tag, token.hidden = "figure", False
        made.append(token)
    return made


def _lone_image(inline: Token) -> bool:
    return inline.type == "inline" and [c.type for c in inline.children or ()] == ["image"]


def _prepare_cell(token: Token) -> None:
    if token.type not in ("th_open", "td_open"):
        return
    style = str(token.attrs.pop("style", ""))
    if side := next((s for s in ("right", "center") if s in style), ""):
        token.attrSet("class", f"align-{side}")
    if token.type == "th_open":
        token.attrSet("scope", "col")


def _prepare(children: Sequence[Token], image_url: ImageUrl, image_size: ImageSize) -> list[Token]:
    """Encode the links that may be linked and unwrap the others; resolve images and leave out those without one."""
    kept: list[Token] = []
    unwrapping = False
    for child in children:
        if child.type == "link_open":
            href = safe_link(str(child.attrs.get("href", "")))
            unwrapping = not href
            child.attrs = {"href": href}
        if child.type == "image" and not _resolve(child, image_url, image_size):
            continue
        if not (unwrapping and child.type in ("link_open", "link_close")):
            kept.append(child)
    return kept


def _resolve(image: Token, image_url: ImageUrl, image_size: ImageSize) -> bool:
    name = str(image.attrs.get("src", ""))
    url = image_url(name)
    if url is None:
        return False
    image.attrs["src"] = url
    if size := image_size(name):
        image.attrs |= {"width": size[0], "height": size[1]}
    return True


def _table_name(tokens: Sequence[Token]) -> str:
    """What a screen reader calls the table that these tokens begin with: 表格 and the heads of its columns."""
    row = takewhile(lambda token: token.type != "tr_close", tokens)
    heads = [text_of(token.children or []) for token in row if token.type == "inline"]
    return "：".join(filter(None, ("表格", "、".join(filter(None, heads)))))


class _Renderer(RendererHTML):
    """The parser's own renderer with the few elements that must come out differently."""

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        caption = str(tokens[idx].attrs.pop("title", ""))
        html = super().image(tokens, idx, options, env)
        alone = len(tokens) == 1
        return f"{html}<figcaption>{nh3.clean_text(caption)}</figcaption>" if caption and alone else html

    def table_open(self, tokens: Sequence[Token], idx: int, *_args: Any) -> str:
        # A group, not a region: a page with ten tables would have ten landmarks of one name.
        label = nh3.clean_text(_table_name(tokens[idx:]))
        return f'<div class="table-scroll" role="group" tabindex="0" aria-label="{label}"><table>\n'

    def table_close(self, *_args: Any) -> str:
        return "</table></div>\n"

    def callout_open(self, tokens: Sequence[Token], idx: int, *_args: Any) -> str:
        kind = tokens[idx].meta["kind"]
        title = f'<p class="callout-title"><strong>{LABELS[kind]}</strong></p>'
        return f'<div class="callout callout-{kind}" role="note" aria-label="{LABELS[kind]}">\n{title}\n'

    def callout_close(self, *_args: Any) -> str:
        return "</div>\n"

    def footnote_ref(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: Any) -> str:
        number, name, ref = _footnote(tokens[idx], env)
        label = f'aria-label="注{number}"'
        return f'<sup class="footnote-ref" id="fnref{ref}"><a href="#fn{name}" {label}>[{number}]</a></sup>'

    def footnote_block_open(self, *_args: Any) -> str:
        return '<section class="footnotes" role="doc-endnotes" aria-label="注释"><ol>\n'

    def footnote_block_close(self, *_args: Any) -> str:
        return "</ol></section>\n"

    def footnote_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: Any) -> str:
        return f'<li id="fn{_footnote(tokens[idx], env)[1]}">'

    def footnote_close(self, *_args: Any) -> str:
        return "</li>\n"

    def footnote_anchor(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: Any) -> str:
        number, _name, ref = _footnote(tokens[idx], env)
        return f' <a class="footnote-back" href="#fnref{ref}" aria-label="回到注{number}处">↩</a>'


def _footnote(token: Token, env: Any) -> tuple[int, str, str]:
    """Its number, the name of its note and the name of this reference to it."""
    number = int(token.meta["id"]) + 1
    prefix = f"-{env['docId']}-" if env.get("docId") else ""
    again = f"-{token.meta['subId']}" if token.meta.get("subId") else ""
    return number, f"{prefix}{number}", f"{prefix}{number}{again}"


_RENDERER = _Renderer()
