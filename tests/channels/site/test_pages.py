"""The site's own pages: lists, policies linked both ways, what search engines read. All a projection of the items."""

from __future__ import annotations

import io
import json
import posixpath
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import html5lib
import pytest
import segno
from lxml import etree
from PIL import Image

from channels.base import File
from channels.items import Item
from channels.manuscript import Correction, Form, InterpreterRef, PolicyRef, Validity, Withdrawal
from channels.site.crawlers import NEWS
from channels.site.icon import icon
from channels.site.links import OneWayLinkError
from channels.site.paging import PER_PAGE
from channels.site.paths import root_of
from channels.site.recorded import RecordedPolicy, Related
from channels.site.searching import BLOCK
from channels.site.shelves import AreaName, Directory
from tests.channels.site.making import COLUMN, MORNING, OTHER, POLICY, SITE, item
from tests.site_files import Shelves, site_files

DIRECTORY = Directory(SITE, (COLUMN,))
GONE = Withdrawal(at=MORNING, reason="重新核定。")
AMENDED = PolicyRef(id=8, title="锦溪区农机补贴细则", validity=Validity.AMENDED)


def built(
    items: list[Item], policies: list[PolicyRef] | None = None, columns: Any = (COLUMN, OTHER)
) -> dict[str, File]:
    return site_files(Directory(SITE, columns), items, [POLICY] if policies is None else policies)


def text(files: dict[str, File], path: str) -> str:
    return files[path].data.decode()


class Links(HTMLParser):
    """Every address on a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


def links_to(path: str, page: str) -> set[str]:
    """The site's own files that a page links to, as paths below its root."""
    inside = [link for link in Links(page).found if not urlsplit(link).scheme and urlsplit(link).path]
    return {posixpath.normpath(posixpath.join(posixpath.dirname(path), urlsplit(link).path)) for link in inside}


def test_every_link_of_the_site_leads_to_a_file() -> None:
    items = [item(n, form=Form.QA if n % 2 else Form.TEXT) for n in range(2 * PER_PAGE + 1)]
    files = built(items, [POLICY, AMENDED])
    places = set(files) | {f"{i.place}index.html" for i in items}
    for path, file in files.items():
        if path.endswith(".html"):
            assert links_to(path, file.data.decode()) <= places, path


def test_every_page_is_valid_html_and_carries_the_sites_tags_once() -> None:
    for path, file in built([item(1)], [POLICY, AMENDED]).items():
        if path.endswith(".html"):
            page = file.data.decode()
            html5lib.HTMLParser(strict=True).parse(page)
            for tag in ("SiteName", "SiteDomain", "SiteIDCode"):
                assert page.count(f'<meta name="{tag}"') == 1, (path, tag)


def test_a_columns_list_carries_its_tags_and_none_is_empty() -> None:
    page = text(built([item(1)]), "c/huiying/index.html")
    assert '<meta name="ColumnName" content="回应关切">' in page
    assert '<meta name="ColumnDescription" content="回应关切">' in page
    assert '<meta name="ColumnKeywords" content="回应关切">' in page
    assert '<meta name="ColumnType" content="回应关切">' in page


def test_a_piece_stands_on_the_home_page_in_its_column_and_in_its_form() -> None:
    files = built([item(1), item(2, column="回应关切", form=Form.TEXT)])
    assert {"i/1/index.html", "i/2/index.html"} <= links_to("index.html", text(files, "index.html"))
    assert "i/1/index.html" in links_to("c/jiedu/index.html", text(files, "c/jiedu/index.html"))
    assert "i/1/index.html" not in links_to("c/huiying/index.html", text(files, "c/huiying/index.html"))
    assert "i/2/index.html" in links_to("f/text/index.html", text(files, "f/text/index.html"))
    assert b"i/2/" in files["c/huiying/feed.xml"].data
    assert b"i/2/" not in files["f/qa/atom.xml"].data


def test_a_list_turns_its_pages_newest_first_and_counts_them_from_the_oldest() -> None:
    files = built([item(n) for n in range(2 * PER_PAGE + 1)])
    newest, oldest = text(files, "c/jiedu/index.html"), text(files, "c/jiedu/page-1/index.html")
    assert newest.count("<li>\n<h2>") == PER_PAGE + 1
    assert oldest.count("<li>\n<h2>") == PER_PAGE
    assert f"水价怎么算（{2 * PER_PAGE}）" in newest
    assert "水价怎么算（0）" in oldest
    assert "第 1 页" in oldest
    assert "c/jiedu/page-2/index.html" not in files


def test_a_policys_page_says_what_is_known_and_names_its_interpretations() -> None:
    page = text(built([item(1), item(2)]), "p/7/index.html")
    for fact in ("锦溪府发〔2026〕7号", "锦溪区人民政府", "2026-09-01", "2026-10-01", "有效"):
        assert fact in page
    assert {"i/1/index.html", "i/2/index.html"} <= links_to("p/7/index.html", page)


def test_policies_and_interpretations_name_each_other_in_equal_sets() -> None:
    items = [item(1), item(2, policies=(POLICY, AMENDED)), item(3, policies=())]
    files = built(items, [POLICY, AMENDED])
    listed = {
        (link.removesuffix("/index.html"), policy.id)
        for policy in (POLICY, AMENDED)
        for link in links_to(f"p/{policy.id}/index.html", text(files, f"p/{policy.id}/index.html"))
        if link.startswith("i/")
    }
    assert listed == {(i.place.rstrip("/"), p.id) for i in items for p in i.policies}


def test_a_link_that_goes_one_way_stops_the_build() -> None:
    with pytest.raises(OneWayLinkError) as caught:
        built([item(1, policies=(POLICY, AMENDED))])
    assert caught.value.pairs == [("i1", 8)]


def test_each_validity_has_a_word_and_a_shape() -> None:
    shapes = set()
    for validity in Validity:
        policy = POLICY.model_copy(update={"validity": validity})
        page = text(built([item(1, policies=(policy,))], [policy]), "p/7/index.html")
        start = page.index('<span class="validity')
        shape = page[page.index("<svg", start) : page.index("</svg>", start)]
        assert validity.label in page[start : page.index("</span>", start)]
        shapes.add(shape)
    assert len(shapes) == len(Validity)


def test_a_correction_is_said_in_lists() -> None:
    corrected = item(1, correction=Correction(at=MORNING, reason="电话有误"))
    assert "已更正" in text(built([corrected]), "c/jiedu/index.html")


def test_a_livestream_can_be_put_into_a_calendar_from_the_list() -> None:
    live = item(1, identity="live1", place="live/1/", form=Form.LIVESTREAM, calendar="live/1/event.ics")
    assert "live/1/event.ics" in links_to("f/livestream/index.html", text(built([live]), "f/livestream/index.html"))


def test_a_site_without_a_piece_says_what_each_place_is_for() -> None:
    files = built([], [])
    assert "还没有" in text(files, "index.html")
    assert "还没有" in text(files, "c/jiedu/index.html")
    assert "feed.xml" in files


def test_the_pages_tell_readers_where_the_feeds_are() -> None:
    page = text(built([item(1)]), "c/jiedu/index.html")
    assert 'type="application/rss+xml"' in page
    assert {"feed.xml", "c/jiedu/feed.xml", "c/jiedu/atom.xml"} <= links_to("c/jiedu/index.html", page)
    subscribe = text(built([item(1)]), "subscribe/index.html")
    assert {"c/huiying/index.html", "c/huiying/feed.xml", "c/huiying/atom.xml"} <= links_to(
        "subscribe/index.html", subscribe
    )


@pytest.mark.parametrize("place", ["c/huiying/", "f/qa/", "subscribe/"])
def test_a_feed_has_its_address_to_copy_and_its_code_for_a_telephone(place: str) -> None:
    feed = "" if place == "subscribe/" else place
    page = text(built([item(1)]), f"{place}index.html")
    own = page[page.index('id="subscribe"') :]
    assert f">https://www.jinxi.example/{feed}feed.xml</a>" in own
    assert f">https://www.jinxi.example/{feed}atom.xml</a>" in own
    assert (
        segno.make_qr(f"https://www.jinxi.example/{feed}feed.xml", error="m").svg_inline(
            border=4, dark="#000", light="#fff", omitsize=True
        )
        in own
    )


def test_further_pages_of_a_list_leave_subscribing_to_the_first() -> None:
    files = built([item(n) for n in range(2 * PER_PAGE + 1)])
    pages = [path for path in files if path.startswith("c/jiedu/page-")]
    assert pages
    assert not [path for path in pages if 'id="subscribe"' in text(files, path)]


def test_the_home_page_says_how_the_site_is_searched_and_other_pages_where_they_are() -> None:
    files = built([item(1)])
    (site,) = linked_data(text(files, "index.html"))
    assert site["potentialAction"]["target"]["urlTemplate"] == "https://www.jinxi.example/search/?q={query}"
    (way,) = linked_data(text(files, "c/jiedu/index.html"))
    assert [step["name"] for step in way["itemListElement"]] == ["首页", "政策解读"]
    assert 'property="og:image" content="https://www.jinxi.example/share.png"' in text(files, "p/index.html")


def linked_data(page: str) -> list[Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    return list(json.loads(found[1])["@graph"])


def test_the_order_in_which_items_come_changes_no_byte() -> None:
    items = [item(n) for n in range(5)]
    forward, backward = built(items, [POLICY, AMENDED]), built(items[::-1], [AMENDED, POLICY])
    assert forward == backward


def test_hostile_titles_stay_text() -> None:
    hostile = item(1, title='</title><script>alert(1)</script>"', summary="<img src=x onerror=alert(1)>\x00\ud800")
    # JSON has no markup that a browser would take: it is sent as what it is.
    for file in (f for path, f in built([hostile]).items() if not path.endswith(".json")):
        assert b"<script>alert" not in file.data
        assert b"<img src=x" not in file.data
        if file.media_type.startswith("text/"):
            file.data.decode()


def _map(files: dict[str, File]) -> dict[str, str]:
    """Every address of the map with its last change."""
    index = etree.fromstring(files["sitemap.xml"].data)
    parts = [url[0].text.removeprefix("https://www.jinxi.example/") for url in index if url[0].text]
    urls = [url for part in parts for url in etree.fromstring(files[part].data)]
    return {url[0].text: url[1].text or "" for url in urls if url[0].text is not None}


def test_search_engines_find_every_place_with_its_last_change() -> None:
    files = built([item(1, updated=MORNING), item(2)])
    robots = text(files, "robots.txt").splitlines()
    assert "Disallow: /search/?" in robots
    assert {"Sitemap: https://www.jinxi.example/sitemap.xml", f"Sitemap: https://www.jinxi.example/{NEWS}"} <= set(
        robots
    )
    found = _map(files)
    assert found["https://www.jinxi.example/i/1/"] == "2026-11-20T01:30:00Z"
    assert found["https://www.jinxi.example/"] == "2026-11-20T03:30:00Z"
    for address in found:
        path = address.removeprefix("https://www.jinxi.example/")
        assert f"{path}index.html" in files or path.startswith("i/")


def test_a_place_stays_in_its_part_of_the_map() -> None:
    shelves = Shelves(Directory(SITE, (COLUMN,)), [POLICY])
    shelves.put(item(1), item(999), item(1000))
    assert {"sitemap-i-0.xml", "sitemap-i-1.xml", "sitemap-lists.xml", "sitemap-p-0.xml"} <= set(shelves.kept.files)
    assert "sitemap-i-0.xml" not in shelves.put(item(1001))


@pytest.mark.parametrize("place", ["", "i/12/", "c/jiedu/page-2/"])
def test_the_way_back_to_the_root_leads_there(place: str) -> None:
    base = "https://www.jinxi.example/"
    assert urljoin(base + place, root_of(place) or ".") == base


def test_the_sites_mark_is_a_small_picture_that_says_its_name() -> None:
    mark = built([])["icon.png"]
    with Image.open(io.BytesIO(mark.data)) as image:
        assert image.size == (144, 144)
        assert len(image.convert("L").getcolors() or []) > 2
    assert icon(SITE).alt == SITE.name


def test_the_map_of_news_has_the_two_days_up_to_the_newest_piece() -> None:
    files = built([item(0, title="旧闻 <1>"), item(24), item(60), item(61, title="新闻 <&>")])
    document = etree.fromstring(files[NEWS].data)
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "n": "http://www.google.com/schemas/sitemap-news/0.9"}
    places = [str(loc.text) for loc in document.iterfind("s:url/s:loc", names)]
    assert places == [f"https://www.jinxi.example/i/{n}/" for n in (61, 60, 24)]
    first = document.find("s:url/n:news", names)
    assert first is not None
    assert first.findtext("n:title", "", names) == "新闻 <&>"
    assert first.findtext("n:publication/n:language", "", names) == "zh-cn"
    assert first.findtext("n:publication_date", "", names).endswith("+08:00")
    assert etree.fromstring(built([])[NEWS].data).tag.endswith("urlset")


def blocks(files: dict[str, File]) -> list[list[dict[str, str]]]:
    """What the search page's script looks through, block by block."""
    count = json.loads(files["find/blocks.json"].data)["blocks"]
    assert {path for path in files if re.fullmatch(r"find/\d+\.json", path)} == {f"find/{n}.json" for n in range(count)}
    return [json.loads(files[f"find/{n}.json"].data) for n in range(count)]


def test_what_the_pages_own_script_looks_through_is_every_piece_once_the_oldest_first() -> None:
    found = [hit for block in blocks(built([item(n) for n in range(BLOCK + 3)])) for hit in block]
    assert [hit["place"] for hit in found] == [f"i/{n}/" for n in range(BLOCK + 3)]
    assert found[0]["column"] == "政策解读"
    assert "锦溪府发〔2026〕7号" in found[0]["words"]
    assert blocks(built([])) == []


def test_a_new_piece_touches_the_last_block_alone() -> None:
    shelves = Shelves(DIRECTORY, [POLICY])
    shelves.put(*(item(n) for n in range(BLOCK + 3)))
    written = shelves.put(item(BLOCK + 10))
    assert [path for path in written if path.startswith("find/")] == ["find/1.json", "find/blocks.json"]
    shelves.put(*(item(n, withdrawn=GONE) for n in range(10, 20)))
    assert [len(block) for block in blocks(shelves.kept.files)] == [BLOCK - 6]


def test_a_policys_page_leads_to_what_took_its_place_and_back() -> None:
    old = POLICY.model_copy(update={"validity": Validity.AMENDED})
    new = AMENDED.model_copy(update={"number": "〔2027〕1号"})
    recorded = [
        RecordedPolicy(**old.model_dump(), replaced_by=(Related(id=8, title=new.title, number=new.number),)),
        RecordedPolicy(**new.model_dump(), replaces=(Related(id=7, title=old.title, url=old.url),)),
    ]
    files = built([item(1, policies=(old,)), item(2, policies=(new,))], recorded)
    page = text(files, "p/7/index.html")
    assert "修改本文件的文件" in page
    assert "p/8/index.html" in links_to("p/7/index.html", page)
    assert "〔2027〕1号" in page
    assert "p/7/index.html" in links_to("p/8/index.html", text(files, "p/8/index.html"))
    alone = text(built([item(2, policies=(new,))], recorded), "p/8/index.html")
    assert "p/7/index.html" not in links_to("p/8/index.html", alone)
    assert f'href="{old.url}"' in alone


def test_a_policys_page_says_to_programs_what_it_says_to_readers() -> None:
    law, way = linked_data(text(built([item(1)]), "p/7/index.html"))
    assert law["legislationIdentifier"] == "锦溪府发〔2026〕7号"
    assert law["legislationLegalForce"] == "https://schema.org/InForce"
    assert law["legislationDate"] == "2026-09-01"
    assert [step["name"] for step in way["itemListElement"]] == ["首页", "政策文件库", "《锦溪区供水价格管理办法》"]


def test_an_offices_page_says_whom_to_ask_with_the_newest_telephone() -> None:
    def asked(number: int, phone: str, name: str = "水长清", office: str = "价格科") -> Item:
        return item(number, interpreters=(InterpreterRef(name=name, role="科长", office=office, phone=phone),))

    files = built([asked(1, "028-55500100"), asked(2, "028-55500166"), asked(3, "028-55500177", "钟晓", "宣传科")])
    (page,) = [text(files, path) for path in files if path.startswith("o/") and "解读机构：价格科" in text(files, path)]
    assert '<a href="tel:028-55500166">028-55500166</a> 科长' in page
    assert "028-55500100" not in page
    assert "028-55500177" not in page


def test_an_areas_page_leads_to_the_areas_above_it() -> None:
    areas = {"1": AreaName("蓉川市"), "2": AreaName("锦溪区", "1"), "3": AreaName("桐荫街道", "2")}
    shelves = Shelves(Directory(SITE, (COLUMN,), areas=areas), [POLICY])
    shelves.put(item(1), area=3)
    page = text(shelves.kept.files, "a/3/index.html")
    way = page[page.index('aria-label="当前位置"') : page.index("</nav>", page.index('aria-label="当前位置"'))]
    assert re.findall(r">([^<>\n]+)</a>", way) == ["首页", "蓉川市", "锦溪区"]
    assert {"a/1/index.html", "a/2/index.html"} <= links_to("a/3/index.html", page)
