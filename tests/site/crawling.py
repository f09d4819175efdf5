"""A site's pages read as a crawler reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from lxml import etree, html

from channels.short_links import FOLDER, read

# An attribute that makes a browser fetch its address while it shows the page.
FETCHED = (
    "//img/@src | //script/@src | //iframe/@src | //source/@src | //video/@src | //audio/@src | //object/@data"
    " | //link[contains('stylesheet icon preload modulepreload', @rel)]/@href"
)


@dataclass(frozen=True)
class Page:
    """One page; `place` is its folder below the site's root (`i/12/`), or its file where it is not an index."""

    place: str
    data: bytes
    base: str

    @cached_property
    def tree(self) -> html.HtmlElement:
        """The page's elements."""
        return html.document_fromstring(self.data, parser=html.HTMLParser(encoding="utf-8"))

    def texts(self, xpath: str) -> list[str]:
        """What the expression finds, as text."""
        return [str(found) for found in self.tree.xpath(xpath)]

    def links(self) -> Iterator[str]:
        """The absolute address of everything the page leads to or shows, without fragments."""
        for address in self.texts("//@href | //@src"):
            if not address.startswith(("data:", "tel:", "mailto:", "webcal:")):
                yield urldefrag(urljoin(self.base + self.place, address)).url

    def fetched(self) -> Iterator[str]:
        """The absolute address of everything a browser fetches with the page."""
        for address in self.texts(FETCHED):
            if not address.startswith("data:"):
                yield urljoin(self.base + self.place, address)


class Whole:
    """The folder of a site at `base`."""

    def __init__(self, folder: Path, base: str) -> None:
        self.folder, self.base = folder, base

    @cached_property
    def pages(self) -> dict[str, Page]:
        """Every page by its place."""
        files = sorted(self.folder.rglob("*.html"))
        places = [p.relative_to(self.folder).as_posix().removesuffix("index.html") for p in files]
        return {place: Page(place, path.read_bytes(), self.base) for place, path in zip(places, files, strict=True)}

    def documents(self, *endings: str) -> Iterator[tuple[str, etree._Element]]:
        """Every XML file with one of the endings, parsed strictly."""
        for path in sorted(self.folder.rglob("*")):
            if path.name.endswith(endings):
                yield path.relative_to(self.folder).as_posix(), etree.fromstring(path.read_bytes())

    def file(self, address: str) -> Path | None:
        """The file that answers an address of the site, a short one's target too; None when nothing does."""
        path = unquote(urlsplit(address).path).removeprefix(urlsplit(self.base).path)
        if path.startswith(FOLDER) and (target := read(path.removeprefix(FOLDER))):
            path = target.place
        found = self.folder / path / "index.html" if path == "" or path.endswith("/") else self.folder / path
        return found if found.is_file() else None
