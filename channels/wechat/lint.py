"""What the platform would strip or its article checker would refuse, found in a finished article.

Source: what is kept in served articles, and the platform's checker (wechatjs/verify-article-structure-spec).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

from PIL import ImageColor

from channels.drawing.themes import contrast
from channels.wechat.links import is_platform_image, stays_link
from channels.wechat.styles import ATTRIBUTES, TAGS, declarations, is_allowed

# The checker asks for less than ten levels; it lays the page out on white and, in dark mode, on #191919.
DEEPEST = 9
_GROUNDS = ((255, 255, 255), (0x19, 0x19, 0x19))
# WCAG 2.1, 1.4.3: no colour reaches 4.5:1 on both pages, so that running text keeps the platform's own; large type
# (24 px, or 18.66 px and bold) needs 3:1.
_CONTRAST, _OF_LARGE = 4.5, 3.0
_LARGE, _LARGE_BOLD = 24.0, 18.66
_EMPTY = frozenset(("br", "img"))


class Flaw(NamedTuple):
    """One rule that the article breaks: the rule's name, the element, and what stands there."""

    rule: str
    element: str
    detail: str


def lint(html: str) -> list[Flaw]:
    """Every flaw of the article, in order; none when the platform would keep it as it is."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.flaws


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.flaws: list[Flaw] = []
        self.path: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        style = given.get("style", "")
        found = [*_element(tag), *_attributes(tag, given), *_style(style), *self._place(tag, style)]
        self.flaws += [Flaw(rule, tag, detail) for rule, detail in found]
        if tag not in _EMPTY:
            self.path.append((tag, style))

    def handle_endtag(self, tag: str) -> None:
        if self.path and self.path[-1][0] == tag:
            self.path.pop()
        else:
            self.flaws.append(Flaw("well-nested", tag, f"</{tag}>"))

    def handle_comment(self, data: str) -> None:
        self.flaws.append(Flaw("element", "comment", data[:40]))

    def handle_decl(self, decl: str) -> None:
        self.flaws.append(Flaw("element", "declaration", decl[:40]))

    def close(self) -> None:
        super().close()
        self.flaws += [Flaw("well-nested", tag, "not closed") for tag, _ in self.path]

    def _place(self, tag: str, style: str) -> Iterator[tuple[str, str]]:
        tags = [open_tag for open_tag, _ in self.path]
        if len(tags) + 1 > DEEPEST:
            yield "nesting", f"{len(tags) + 1} levels"
        if tag in ("ul", "ol") and "li" in tags:
            yield "nested-list", " > ".join(tags)
        if tag == "table" and not (self.path and "overflow-x:auto" in self.path[-1][1]):
            yield "table-scrolls", "not in a scrolling section"
        if "background" in style and any("background" in above for _, above in self.path):
            yield "one-background", style


def _element(tag: str) -> Iterator[tuple[str, str]]:
    if tag not in TAGS:
        yield "element", tag


def _attributes(tag: str, given: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in given.items():
        if name != "style" and name not in ATTRIBUTES.get(tag, ()):
            yield "attribute", f"{name}={value[:40]}"
    if tag == "img":
        source = given.get("src", "")
        if not (is_platform_image(source) or re.fullmatch(r"images/[\w.-]+", source)):
            yield "image-host", source[:80]
        if not given.get("data-w", "").isdigit():
            yield "image-width", "no data-w"
    if tag == "a" and not stays_link(given.get("href", "")):
        yield "link-host", given.get("href", "")[:80]


def _style(style: str) -> Iterator[tuple[str, str]]:
    told = dict(declarations(style))
    for name, value in declarations(style):
        if not is_allowed(name, value):
            yield "style", f"{name}:{value[:40]}"
    if "color" in told and not _reads_on_both(told["color"], _OF_LARGE if _is_large(told) else _CONTRAST):
        yield "mid-contrast", told["color"]
    if "opacity" in told and not any(digit in told["opacity"] for digit in "123456789"):
        yield "style", f"opacity:{told['opacity']}"
    height = told.get("line-height", "")
    if re.fullmatch(r"[\d.]+", height) and float(height) < 1:
        yield "line-height", height


def _is_large(told: dict[str, str]) -> bool:
    size = re.fullmatch(r"([\d.]+)px", told.get("font-size", ""))
    pixels = float(size[1]) if size else 0.0
    return pixels >= (_LARGE_BOLD if told.get("font-weight") == "bold" else _LARGE)


def _reads_on_both(colour: str, least: float) -> bool:
    if colour == "inherit":
        return True
    try:
        red, green, blue = ImageColor.getrgb(colour)[:3]
    except ValueError:
        return False
    return all(contrast((red, green, blue), ground) >= least for ground in _GROUNDS)
