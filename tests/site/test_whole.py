"""Every page of the sample's site: valid, light, linked, and complete for a crawler and an inspector."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from itertools import pairwise
from urllib.parse import urljoin, urlsplit

import html5lib

from tests.site.crawling import Whole

# An article's page without its pictures.
ARTICLE_BYTES = 60_000
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
# Pages that stand for an answer, at whatever address was asked for.
ANSWERS = ("404.html", "410.html")


def test_there_is_a_site(whole: Whole) -> None:
    assert len([place for place in whole.pages if place.startswith("i/")]) >= 3
    assert {"", "p/", "subscribe/", *ANSWERS} <= set(whole.pages)


def test_every_page_is_valid(whole: Whole) -> None:
    for page in whole.pages.values():
        html5lib.HTMLParser(strict=True).parse(page.data)
        repeated = [name for name, times in Counter(page.texts("//@id")).items() if times > 1]
        assert not repeated, (page.place, repeated)


def test_every_page_says_what_it_is(whole: Whole) -> None:
    for page in whole.pages.values():
        assert page.texts("/html/@lang"), page.place
        assert len(page.texts("//h1")) == 1, page.place
        assert len(page.texts("//main")) == 1, page.place
        assert len(page.texts("//title[normalize-space()]")) == 1, page.place
    titles = Counter(page.texts("//title/text()")[0] for page in whole.pages.values() if page.place not in ANSWERS)
    assert [title for title, times in titles.items() if times > 1] == []


def test_headings_go_down_by_one(whole: Whole) -> None:
    for page in whole.pages.values():
        levels = [int(e.tag[1]) for e in page.tree.xpath("//h1 | //h2 | //h3 | //h4 | //h5 | //h6")]
        assert all(after <= before + 1 for before, after in pairwise(levels)), page.place


def test_every_picture_has_words_and_a_size(whole: Whole) -> None:
    for page in whole.pages.values():
        for image in page.tree.xpath("//img"):
            assert image.get("alt") is not None, page.place
            assert image.get("width"), (page.place, image.get("src"))
            assert image.get("height"), (page.place, image.get("src"))


def test_every_link_leads_somewhere(whole: Whole) -> None:
    broken = [
        (page.place, link)
        for page in whole.pages.values()
        for link in page.links()
        if link.startswith(whole.base) and whole.file(link) is None
    ]
    assert broken == []


def test_nothing_is_fetched_from_another_host(whole: Whole) -> None:
    for page in whole.pages.values():
        assert [a for a in page.fetched() if not a.startswith(whole.base)] == [], page.place
        styles = " ".join(page.texts("//style/text() | //@style"))
        assert re.findall(r"url\(\s*['\"]?(?!data:)", styles) == [], page.place
        assert "@import" not in styles


def test_a_page_knows_its_address(whole: Whole) -> None:
    for page in whole.pages.values():
        if page.place.rpartition("/")[2] not in ANSWERS:
            assert page.texts("//link[@rel='canonical']/@href") == [whole.base + page.place]


def test_an_article_is_light(whole: Whole) -> None:
    for page in whole.pages.values():
        assert len(page.data) < ARTICLE_BYTES, page.place


def test_the_sitemap_names_every_page_with_its_time(whole: Whole) -> None:
    named: dict[str, str] = {}
    for _, document in (
        found for found in whole.documents(".xml") if found[0].startswith("sitemap-") and found[0] != "sitemap-news.xml"
    ):
        for entry in document.iter(f"{SITEMAP}url"):
            named[entry.findtext(f"{SITEMAP}loc") or ""] = entry.findtext(f"{SITEMAP}lastmod") or ""
    assert [address for address in named if whole.file(address) is None] == []
    assert all(datetime.fromisoformat(moment).tzinfo for moment in named.values())
    pieces = {whole.base + place for place in whole.pages if re.fullmatch(r"i/[^/]+/|p/\d+/", place)}
    assert pieces <= set(named)


def test_pieces_and_policies_lead_to_each_other(whole: Whole) -> None:
    """Both ways are one set (domain.md): what a policy's page lists is what says it explains that policy."""
    there = {(p, i) for p, i in _pairs(whole, r"p/\d+/", r"(i|live)/[^/]+/")}
    back = {(p, i) for i, p in _pairs(whole, r"(i|live)/[^/]+/", r"p/\d+/")}
    assert there == back
    assert there


def _pairs(whole: Whole, here: str, to: str) -> set[tuple[str, str]]:
    path = len(urlsplit(whole.base).path)
    found = set()
    for page in whole.pages.values():
        if re.fullmatch(here, page.place):
            links = page.texts("//main//a/@href")
            places = [urlsplit(urljoin(whole.base + page.place, link)).path[path:] for link in links]
            found |= {
                (page.place, p.removesuffix("index.html")) for p in places if re.fullmatch(f"{to}(index.html)?", p)
            }
    return found
