"""Links: the platform keeps those to its own articles and kills every other, so the others become references."""

from __future__ import annotations

from urllib.parse import urlsplit

from markdown_it.common.normalize_url import normalizeLinkText

from channels.text.markdown import safe_link

ARTICLE_HOST = "mp.weixin.qq.com"
IMAGE_HOSTS = frozenset({"mmbiz.qpic.cn", "mmecoa.qpic.cn"})


def stays_link(address: str) -> bool:
    """Whether the platform keeps the link: only http(s) addresses of its own articles."""
    return _is_at(address, frozenset({ARTICLE_HOST}))


def is_platform_image(address: str) -> bool:
    """Whether the platform keeps an image with this absolute address."""
    return _is_at(address, IMAGE_HOSTS)


def _is_at(address: str, hosts: frozenset[str]) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() in hosts


class References:
    """The addresses an article refers to, numbered from 1 in the order they come up, each once."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str]] = {}

    def number(self, href: str, label: str) -> int | None:
        """The number of the address; None when it may not be linked, leads nowhere outside, or is its own label."""
        address = safe_link(href)
        if not address or address.startswith("#") or stays_link(address):
            return None
        shown = shown_address(address)
        if shown in label or address in label:
            return None
        return self._found.setdefault(address, (len(self._found) + 1, label.strip()))[0]

    @property
    def entries(self) -> list[tuple[int, str, str]]:
        """Number, label and address as it is shown, in order."""
        return [(number, label, shown_address(address)) for address, (number, label) in self._found.items()]

    @property
    def first(self) -> str:
        """The first http(s) address, percent-encoded, or nothing."""
        return next((address for address in self._found if address.startswith(("http://", "https://"))), "")


def shown_address(address: str) -> str:
    """The address as a reader copies it; Chinese in paths is readable, mailto: and tel: are left out."""
    shown = str(normalizeLinkText(address))
    return shown.removeprefix("mailto:").removeprefix("tel:")
