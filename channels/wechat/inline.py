"""Inline text for the platform: flat runs, so that no emphasis nests, links as text with a reference number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

from markdown_it.token import Token

from channels.manuscript import Image
from channels.text.cleaning import clean
from channels.text.markdown import safe_link
from channels.wechat.figures import unbroken
from channels.wechat.links import References, stays_link

ImageAddress = Callable[[Image], str]
_MARKS = {"strong_open", "strong_close", "em_open", "em_close", "s_open", "s_close"}


@dataclass
class Setting:
    """What inline text is set against: the references it adds to, the pictures there are, where their files lie."""

    references: References
    images: dict[str, Image]
    address: ImageAddress


@dataclass
class _Runs:
    """Text with the marks that are open; equal neighbours become one element."""

    out: list[str] = field(default_factory=list)
    buffer: list[str] = field(default_factory=list)
    open: dict[str, int] = field(default_factory=dict)
    # In a link nothing nests: in a table within a list it stands on the last level there is.
    in_link: bool = False

    def text(self, words: str) -> None:
        self.buffer.append(words)

    def mark(self, name: str, step: int) -> None:
        self.flush()
        self.open[name] = self.open.get(name, 0) + step

    def raw(self, html: str) -> None:
        self.flush()
        self.out.append(html)

    def small(self, tag: str, words: str) -> None:
        """A leaf element, or its words alone in a link."""
        if self.in_link:
            self.text(words)
        else:
            self.raw(f"<{tag}>{escape(clean(words), quote=False)}</{tag}>")

    @property
    def marks(self) -> list[str]:
        """The names of the marks that are open."""
        return [name for name, depth in self.open.items() if depth > 0]

    def flush(self) -> None:
        words = "".join(self.buffer)
        self.buffer.clear()
        if words and self.in_link:
            self.out.append(escape(clean(words), quote=False))
        elif words:
            self.out.append(_run(words, self.marks))


def _run(words: str, marks: Sequence[str]) -> str:
    """One element for all marks: the weightiest gives the tag, the rest are classes for the theme."""
    if not marks:
        return unbroken(words)
    words = escape(clean(words), quote=False)
    tag = "strong" if "strong" in marks else "em" if "em" in marks else "span"
    classes = " ".join(mark for mark in sorted(marks) if mark != tag)
    return f'<{tag} class="{classes}">{words}</{tag}>' if classes else f"<{tag}>{words}</{tag}>"


def inline_html(children: Sequence[Token], setting: Setting) -> str:
    """Inline tokens as HTML with class names for the theme. Text is escaped; unusable links and pictures are text."""
    runs = _Runs()
    href, words = "", [""]
    for child in children:
        if child.type in _MARKS:
            runs.mark(child.type.rsplit("_", 1)[0], child.nesting)
        elif child.type == "link_open":
            href, words = str(child.attrs.get("href", "")), []
            _open_link(runs, safe_link(href))
        elif child.type == "link_close":
            _close_link(runs, safe_link(href), clean("".join(words)), setting.references)
        else:
            _leaf(runs, child, setting)
            words.append(child.content)
    runs.flush()
    return "".join(runs.out)


def _open_link(runs: _Runs, address: str) -> None:
    if stays_link(address):
        runs.raw(f'<a class="{" ".join(runs.marks)}" href="{escape(address)}">')
        runs.in_link = True
    elif address and not address.startswith("#"):
        runs.mark("link", 1)


def _close_link(runs: _Runs, address: str, words: str, references: References) -> None:
    if stays_link(address):
        runs.raw("</a>")
        runs.in_link = False
    elif address and not address.startswith("#"):
        runs.mark("link", -1)
        number = references.number(address, words)
        if number is not None:
            runs.raw(f"<sup>[{number}]</sup>")


def _leaf(runs: _Runs, child: Token, setting: Setting) -> None:
    if child.type == "text":
        runs.text(child.content)
    elif child.type == "softbreak":
        runs.text(" ")
    elif child.type == "hardbreak":
        runs.raw("<br>")
    elif child.type == "code_inline":
        runs.small("code", child.content)
    elif child.type == "footnote_ref":
        runs.small("sup", f"[注{int(child.meta['id']) + 1}]")
    elif child.type == "image":
        _picture(runs, child, setting)


def _picture(runs: _Runs, child: Token, setting: Setting) -> None:
    image = setting.images.get(str(child.attrs.get("src", "")))
    if image is None or not image.media_type or runs.in_link:
        runs.text(child.content)
        return
    alt = escape(clean(child.content))
    runs.raw(f'<img src="{escape(setting.address(image))}" alt="{alt}" data-w="{image.width}">')
    if caption := clean(str(child.attrs.get("title", "")).strip()):
        runs.raw(f'<span class="caption">{escape(caption, quote=False)}</span>')
