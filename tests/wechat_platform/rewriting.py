"""What the platform makes of an article's HTML when it saves it.

Counted in served articles: `src` becomes `data-src`, author ids and positions are gone, style sheets, scripts, forms
and foreign frames too; pictures that are not its own are emptied, as is every `url(...)`; links elsewhere are dead.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

IMAGE_HOSTS = {"mmbiz.qpic.cn", "mmecoa.qpic.cn"}
_DROPPED = {"style", "script", "form", "iframe", "object", "svg", "title", "head"}
_BARE = {"link", "input", "button", "textarea", "select", "meta", "base", "html", "body"}
_EMPTY = {"br", "img", "hr"}


def saved(html: str) -> str:
    """The HTML as it is kept."""
    reader = _Saver()
    reader.feed(html)
    reader.close()
    return "".join(reader.out)


class _Saver(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.dropping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            self.dropping += 1
        if self.dropping or tag in _BARE:
            return
        kept = "".join(f' {name}="{escape(value)}"' for name, value in _attributes(tag, attrs))
        self.out.append(f"<{tag}{kept}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in _DROPPED:
            self.dropping = max(0, self.dropping - 1)
        elif not self.dropping and tag not in _BARE | _EMPTY:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.dropping:
            self.out.append(escape(data, quote=False))


def _attributes(tag: str, attrs: list[tuple[str, str | None]]) -> list[tuple[str, str]]:
    made = (_attribute(tag, name, value or "") for name, value in attrs)
    return [pair for pair in made if pair is not None]


def _attribute(tag: str, name: str, value: str) -> tuple[str, str] | None:
    if name == "id" or name.startswith("on"):
        return None
    if name == "style":
        return name, _style(value)
    if tag == "img" and name == "src":
        return "data-src", value if urlsplit(value).hostname in IMAGE_HOSTS else ""
    if tag == "a" and name == "href" and urlsplit(value).hostname != "mp.weixin.qq.com":
        return None
    return name, value


def _style(style: str) -> str:
    parts = [part for part in style.split(";") if not part.strip().lower().startswith("position")]
    return re.sub(r"url\([^)]*\)", "", ";".join(parts))
