"""The channel as a whole: its files, its page, its entry in feeds."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import html5lib
import pytest

from channels.base import Artefact, Severity, blocks
from channels.items import Item
from channels.livestream import CHANNEL
from channels.manuscript import Content, Correction, Form, InterpreterRef, KeyPoint, Manuscript, PolicyRef

GOLDEN = Path(__file__).parents[2] / "golden" / "livestream"
Make = Callable[..., Manuscript]
Golden = Callable[[Path, bytes], None]
SETTINGS = CHANNEL.Settings()
TAGS = [
    *("SiteName", "SiteDomain", "SiteIDCode"),
    *("ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"),
    *("ArticleTitle", "PubDate", "ContentSource"),
]


def render(manuscript: Manuscript, **settings: Any) -> Artefact:
    return CHANNEL.render(manuscript, CHANNEL.Settings(**settings))


def page_of(manuscript: Manuscript) -> str:
    return render(manuscript).file("index.html").data.decode()


def tree(html: str) -> Any:
    """The document; raises html5lib.html5parser.ParseError for the first thing wrong with it."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)


def test_the_files_in_their_order(make: Make) -> None:
    artefact = render(make())
    paths = ["index.html", "poster.png", "announcement.txt", "event.ics", "item.atom", "livestream.zip", "share.png"]
    assert [file.path for file in artefact.files] == paths
    assert artefact.entry == "index.html"


def test_the_text_to_copy_is_the_golden_text(make: Make, golden: Golden) -> None:
    artefact = render(make())
    golden(GOLDEN / "announcement.txt", artefact.file("announcement.txt").data)
    assert dict(artefact.texts)["预告文字"].encode() == artefact.file("announcement.txt").data
    assert dict(artefact.texts)["标题"] == "【直播预告】走进直播间：春耕农资价格怎么稳、质量谁来管"
    assert dict(artefact.texts)["观看地址"] == "https://live.example.gov.cn/room/309"


def test_what_is_not_known_leaves_no_empty_label(make: Make) -> None:
    bare = make(
        content={"policies": (), "interpreters": (), "key_points": (), "source": ""},
        platform="", room="", host="", guests=(), ends=None,
    )  # fmt: skip
    text = dict(render(bare).texts)["预告文字"]
    assert text.splitlines() == [
        "【直播预告】走进直播间：春耕农资价格怎么稳、质量谁来管",
        "",
        "直播时间：2027年3月9日（星期二）15:00开始（北京时间）",
        "",
        "预告页面：https://jinxi.example.gov.cn/live/12/",
        "",
        "锦溪区人民政府办公室",
        "2027年3月1日",
    ]
    assert not re.search(r"<d[td]></d[td]>|（）", page_of(bare))


def test_nothing_is_made_up_that_people_would_copy_or_scan(make: Make) -> None:
    draft = make(imprint={"id": None, "published": None})
    artefact = render(draft)
    text = dict(artefact.texts)["预告文字"]
    assert "live/" not in text
    assert text.endswith("\n锦溪区人民政府办公室\n")
    assert "预告页面" not in dict(artefact.texts)
    assert artefact.file("poster.png").alt.endswith("二维码指向https://live.example.gov.cn/room/309。")


def test_cited_documents_are_separated_as_the_standard_says(make: Make) -> None:
    bare = (PolicyRef(title="甲办法"), PolicyRef(title="乙办法"))
    numbered = (PolicyRef(title="甲办法", number="锦溪府发〔2027〕1号"), PolicyRef(title="乙办法"))
    assert "解读文件：《甲办法》《乙办法》\n" in dict(render(make(content={"policies": bare})).texts)["预告文字"]
    words = "解读文件：《甲办法》（锦溪府发〔2027〕1号）、《乙办法》\n"
    assert words in dict(render(make(content={"policies": numbered})).texts)["预告文字"]


def test_the_archive_holds_what_a_person_posts(make: Make) -> None:
    artefact = render(make())
    with zipfile.ZipFile(io.BytesIO(artefact.file("livestream.zip").data)) as archive:
        assert archive.namelist() == ["poster.png", "announcement.txt", "event.ics"]
        assert all(archive.read(name) == artefact.file(name).data for name in archive.namelist())


@pytest.mark.parametrize("identity", [12, None])
def test_the_page_has_every_required_tag_once_and_not_empty(make: Make, identity: int | None) -> None:
    metas = tree(page_of(make(imprint={"id": identity}))).findall(".//meta[@name]")
    found = [(meta.get("name"), meta.get("content")) for meta in metas]
    for tag in TAGS:
        assert [bool(content) for name, content in found if name == tag] == [True], tag
    assert dict(found)["PubDate"] == "2027-03-01 09:00"
    assert len({name for name, _ in found}) == len(found)


def test_the_page_shows_the_time_of_its_tag_and_a_correction_does_not_change_it(make: Make) -> None:
    corrected = make(
        imprint={"corrections": (Correction(at=datetime(2027, 3, 5, 2, 0, tzinfo=UTC), reason="直播时间变更。"),)}
    )
    page = page_of(corrected)
    assert page.count("2027-03-01 09:00") == 2
    assert "直播时间变更。" in page
    item = CHANNEL.item(corrected, SETTINGS)
    assert (item.published, item.updated) == (
        datetime(2027, 3, 1, 1, 0, tzinfo=UTC),
        datetime(2027, 3, 5, 2, 0, tzinfo=UTC),
    )


def test_a_correction_is_said_on_everything_that_is_shown(make: Make) -> None:
    at = datetime(2027, 3, 5, 2, 0, tzinfo=UTC)
    corrected = make(imprint={"corrections": (Correction(at=at, reason="直播时间变更。"),)})
    artefact = CHANNEL.render(corrected, SETTINGS)
    assert "更正（2027年3月5日）：直播时间变更。" in artefact.file("announcement.txt").data.decode().splitlines()
    assert artefact.file("poster.png").alt.startswith("直播预告（更正）海报")
    assert CHANNEL.item(corrected, SETTINGS).html.strip().startswith("<p><strong>更正（2027-03-05 10:00）")


def test_a_page_outside_a_site_links_to_nothing_of_it(make: Make) -> None:
    document = tree(page_of(make(imprint={"id": None}, content={"policies": (PolicyRef(title="办法", id=3),)})))
    links = [a.get("href") for a in document.findall(".//a")]
    assert {link for link in links if "/" in link} == {"https://live.example.gov.cn/room/309"}


def test_a_page_on_the_site_links_to_the_policy_page(make: Make) -> None:
    document = tree(page_of(make(content={"policies": (PolicyRef(title="办法", id=3),)})))
    assert "../../p/3/index.html" in [a.get("href") for a in document.findall(".//a")]


def test_its_files_are_linked_and_there(make: Make) -> None:
    artefact = render(make())
    document = tree(artefact.file("index.html").data.decode())
    places = [e.get("href") or e.get("src") for e in [*document.findall(".//a"), *document.findall(".//img")]]
    local = {place for place in places if place and not re.match(r"https?:|#|\.\./|tel:", place)}
    assert local == {"poster.png", "announcement.txt", "event.ics"}
    assert local <= {file.path for file in artefact.files}


def test_the_item_is_a_place_of_its_own(make: Make) -> None:
    item: Item = CHANNEL.item(make(), SETTINGS)
    assert (item.identity, item.place, item.form) == ("live12", "live/12/", Form.LIVESTREAM)
    assert item.calendar == "live/12/event.ics"
    assert item.policies == make().content.policies
    assert item.image is not None
    assert item.image.size == len(render(make()).file("poster.png").data)


def test_outside_a_database_the_identity_follows_the_content(make: Make) -> None:
    one = CHANNEL.item(make(imprint={"id": None}), SETTINGS)
    same = CHANNEL.item(make(imprint={"id": None}), SETTINGS)
    other = CHANNEL.item(make(imprint={"id": None}, topic="另一场"), SETTINGS)
    assert one.identity == same.identity != other.identity
    assert re.fullmatch(r"lived[0-9a-f]{12}", one.identity)


def test_the_feed_entry_parses_with_its_chinese_intact(make: Make) -> None:
    entry = render(make()).file("item.atom").data
    start = entry.index(b"<entry")
    feed = feedparser.parse(b'<feed xmlns="http://www.w3.org/2005/Atom">' + entry[start:] + b"</feed>")
    (found,) = feed.entries
    assert found.id == "tag:jinxi.example.gov.cn,2026-01-01:live12"
    assert found.title == "直播预告：走进直播间：春耕农资价格怎么稳、质量谁来管"
    assert "2027年3月9日（星期二）15:00—16:30（北京时间）" in found.content[0].value
    assert {link.rel for link in found.links} == {"alternate", "enclosure", "related"}


def test_every_address_in_the_feed_content_is_absolute(make: Make) -> None:
    html = CHANNEL.item(make(content={"policies": (PolicyRef(title="办法", url="/a.html", id=3),)}), SETTINGS).html
    places = re.findall(r'(?:href|src)="([^"]*)"', html)
    assert places
    assert all(place.startswith("https://") for place in places)


HOSTILE = "\"><script>alert(1)</script>' onload=x {{ 7*7 }} &amp; ]]>\x07\ufffe"


def test_hostile_text_stays_text(make: Make) -> None:
    manuscript = make(
        content={
            "title": HOSTILE,
            "summary": HOSTILE,
            "source": HOSTILE,
            "policies": (PolicyRef(title=HOSTILE, number=HOSTILE, url="javascript:alert(1)"),),
            "interpreters": (InterpreterRef(name="田有禾", role=HOSTILE, office=HOSTILE, phone=HOSTILE),),
            "key_points": (KeyPoint(heading=HOSTILE, text=HOSTILE),),
            "keywords": (HOSTILE,),
        },
        imprint={"office": HOSTILE},
        topic=HOSTILE,
        platform=HOSTILE,
        room="搜索" + HOSTILE,
        host=HOSTILE,
        guests=("田有禾", HOSTILE),
    )  # fmt: skip
    artefact = render(manuscript)
    page = artefact.file("index.html").data.decode()
    document = tree(page)
    assert [script.get("type", "") for script in document.iter("script")] == ["application/ld+json", ""]
    assert "javascript:" not in page
    assert "{{ 7*7 }}" in page
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe]", page + artefact.file("announcement.txt").data.decode())
    html = CHANNEL.item(manuscript, SETTINGS).html
    assert "<script" not in html


def test_a_manuscript_without_livestream_is_skipped_and_nothing_else_is_said(make: Make) -> None:
    (finding,) = CHANNEL.check(make(content={"livestream": None, "title": ""}), SETTINGS)
    assert (finding.code, finding.severity) == ("LIV-100", Severity.SKIP)
    assert blocks([finding])


def test_an_unscheduled_announcement_says_that_its_date_is_a_stand_in(make: Make) -> None:
    codes = [finding.code for finding in CHANNEL.check(make(imprint={"published": None}), SETTINGS)]
    assert "PUB-101" in codes
    assert "LIV-111" not in codes


REPLAY = "https://live.example.gov.cn/replay/309"


def test_after_it_page_article_text_and_feed_lead_to_the_replay(make: Make) -> None:
    before, after = make(imprint={"id": 12}), make(imprint={"id": 12}, replay=REPLAY)
    page = page_of(after)
    assert f'<a class="button primary" href="{REPLAY}" rel="noopener">观看回放</a>' in page
    assert "data-starts" not in page
    assert "进入直播间" not in page
    assert "data-starts" in page_of(before)
    assert "观看回放" not in page_of(before)
    assert f"观看回放：{REPLAY}" in dict(render(after).texts)["预告文字"]
    assert f'href="{REPLAY}"' in CHANNEL.item(after, SETTINGS).html


def test_without_a_replay_a_text_keeps_the_hash_that_was_signed(make: Make) -> None:
    content = make().content
    old = content.model_dump_json(exclude={"variants": True, "livestream": {"replay"}})
    assert Content.model_validate_json(old).content_hash == content.content_hash
    assert hashlib.sha256(old.encode()).hexdigest() == content.content_hash
    assert make(replay=REPLAY).content.content_hash != content.content_hash


def test_a_replay_that_is_no_address_is_stopped(make: Make) -> None:
    assert "LIV-122" in {f.code for f in CHANNEL.check(make(replay="搜索“锦溪发布”"), SETTINGS)}
    assert "LIV-122" not in {f.code for f in CHANNEL.check(make(replay=REPLAY), SETTINGS)}
