"""What the platform keeps of HTML and style: allow-lists for elements, attributes, properties and values.

Source: the elements, attributes and properties that survive in served articles, and the platform's own article
checker (wechatjs/verify-article-structure-spec).
"""

from __future__ import annotations

import re
from functools import lru_cache

import nh3

from channels.text.html import displayable
from channels.wechat.links import is_platform_image, stays_link

_BLOCKS = frozenset({"blockquote", "h1", "h2", "h3", "h4", "li", "ol", "p", "section", "ul"})
_TABLES = frozenset({"table", "tbody", "td", "th", "tr"})
TAGS = _BLOCKS | _TABLES | {"a", "br", "code", "em", "img", "span", "strong", "sup"}
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt", "data-w"}, "ol": {"start"}}
_KEYWORD = r"[a-z-]+"
_NUMBER = r"-?\d*\.?\d+"
_LENGTH = rf"(?:0|{_NUMBER}(?:px|em|%)|auto)"
_COLOUR = r"(?:#[0-9a-f]{3}(?:[0-9a-f]{3})?|rgba?\([\d., ]+\)|inherit|transparent)"
_BORDER = rf"(?:none|0|{_NUMBER}px (?:solid|dashed|dotted) {_COLOUR})"
_BOX = rf"{_LENGTH}(?: {_LENGTH}){{0,3}}"
_SHAPES = {
    "color|background-color|border-color|border-(?:top|right|bottom|left)-color": _COLOUR,
    "border|border-(?:top|right|bottom|left)": _BORDER,
    "(?:margin|padding)(?:-(?:top|right|bottom|left))?|border-radius|text-indent|letter-spacing": _BOX,
    "(?:min|max)-width|font-size|vertical-align": rf"{_LENGTH}|{_KEYWORD}",
    "width": r"\d+%|auto",
    "height": "auto",
    "line-height": r"\d*\.?\d+",
    "opacity": r"0?\.\d+|1",
    "font-weight": rf"\d+|{_KEYWORD}",
    "text-align": "left|right|center|justify",
    "display|font-style|text-decoration|overflow-x|border-collapse|word-break|white-space|list-style-type": _KEYWORD,
    "overflow-wrap|font-variant-numeric|box-sizing": _KEYWORD,
}
# In serialised HTML every `<` begins a tag, and values are in double quotes.
_MARKUP = re.compile(r'(<[^>"]*(?:"[^"]*"[^>"]*)*>)')
_ALLOWED = [(re.compile(names), re.compile(values)) for names, values in _SHAPES.items()]


def declarations(style: str) -> list[tuple[str, str]]:
    """The declarations of a style attribute, lower case, in order."""
    pairs = (part.split(":", 1) for part in style.lower().split(";") if ":" in part)
    return [(name.strip(), value.strip()) for name, value in pairs]


@lru_cache(maxsize=512)
def allowed_style(style: str) -> str:
    """The declarations of a style attribute that the platform keeps; the later of two of one name wins."""
    kept: dict[str, str] = {}
    for name, value in declarations(style):
        if is_allowed(name, value):
            kept.pop(name, None)
            kept[name] = value
    return ";".join(f"{name}:{value}" for name, value in kept.items())


def is_allowed(name: str, value: str) -> bool:
    """Whether a declaration's property and its value are both on the list; no `url()`, no variable, no position."""
    return any(names.fullmatch(name) and values.fullmatch(value) for names, values in _ALLOWED)


def _address(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return value if is_platform_image(value) or re.fullmatch(r"images/[\w.-]+", value) else None
    if tag == "a" and name == "href":
        return value if stays_link(value) else None
    return value


def _kept(tag: str, name: str, value: str) -> str | None:
    return allowed_style(value) or None if name == "style" else _address(tag, name, value)


def _cleaner(extra: str) -> nh3.Cleaner:
    attributes = {tag: {extra, *ATTRIBUTES.get(tag, ())} for tag in TAGS}
    return nh3.Cleaner(
        tags=set(TAGS),
        attributes=attributes,
        attribute_filter=_kept,
        link_rel=None,
        generic_attribute_prefixes=None,
    )


_FIRST, _LAST = _cleaner("class"), _cleaner("style")


def before_inlining(html: str) -> str:
    """The HTML with nothing but the platform's elements, their attributes, and class names for the theme."""
    return _FIRST.clean(html)


def after_inlining(html: str) -> str:
    """The HTML without class names, every style reduced to allowed properties with allowed values.

    Quotation marks in text are escaped too: what looks like an attribute is then none for any reader of the source.
    """
    parts = _MARKUP.split(displayable(_LAST.clean(html)))
    return "".join(part if at % 2 else part.replace('"', "&quot;") for at, part in enumerate(parts))
