"""Whether what stands at the platform is what was sent: title and text, for a save changes the markup."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit, urlunsplit

# Documentation of draft/add: content_source_url takes 1 KB.
SOURCE_URL_BYTES = 1024


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.images = 0

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.images += tag == "img"


def text_of(html: str) -> str:
    """The text without markup and blanks, in one form of each character."""
    return "".join("".join(_read(html).parts).split())


def images_of(html: str) -> int:
    """How many pictures there are."""
    return _read(html).images


def _read(html: str) -> _Text:
    reader = _Text()
    reader.feed(unicodedata.normalize("NFC", html))
    reader.close()
    return reader


def same(sent: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether title, text and the number of pictures are those that were sent."""
    mine, other = str(sent["content"]), str(there.get("content", ""))
    return (
        str(sent["title"]).strip() == str(there.get("title", "")).strip()
        and text_of(mine) == text_of(other)
        and images_of(mine) == images_of(other)
    )


def marked(address: str, key: str) -> str:
    """The source link with our key at its end, where a reader's browser keeps it to itself; as it was when there is no
    link, or the key would make it too long.
    """
    if not address:
        return ""
    parts = urlsplit(address)
    mark = f"yg-{key}"
    made = urlunsplit(parts._replace(fragment=f"{parts.fragment}&{mark}" if parts.fragment else mark))
    return made if len(made.encode()) <= SOURCE_URL_BYTES else address


def carries(there: Mapping[str, Any], key: str) -> bool:
    """Whether this article has our key in its source link."""
    return urlsplit(str(there.get("content_source_url", ""))).fragment.endswith(f"yg-{key}")


def is_ours(sent: Mapping[str, Any], there: Mapping[str, Any], key: str) -> bool:
    """Whether an article is the one that was sent under `key`: by the key; where the link could not carry it, by title
    and text.
    """
    if carries(there, key):
        return True
    return not carries(sent, key) and same(sent, there)
