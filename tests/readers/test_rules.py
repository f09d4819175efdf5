"""Every feed of the sample and of hostile texts keeps the validator's rules."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.manuscript import Content, Image, KeyPoint, Question
from channels.registry import CHANNELS
from channels.site import paths
from hub.models import Site
from hub.services import Services
from tests.fakes import later, make_services
from tests.readers.newsroom import Newsroom
from tests.readers.rules import complaints
from tests.site.conftest import whole
from tests.site.crawling import Whole

__all__ = ["whole"]

IRI = "https://锦溪.政务/站点/"
WORDS = "关于养老助餐的解读"


def feeds(folder: Path) -> Iterator[str]:
    """The paths of all feeds below the folder."""
    for path in sorted(folder.rglob("*")):
        if path.name.startswith(("feed", "atom")) and path.suffix in (".xml", ".json"):
            yield path.relative_to(folder).as_posix()


def wrong(folder: Path, base: str, now: datetime) -> dict[str, list[str]]:
    every = {path: complaints((folder / path).read_bytes(), paths.uri(base + path), now) for path in feeds(folder)}
    assert len(every) >= 10
    return {path: found for path, found in every.items() if found}


def test_the_samples_feeds_have_nothing_wrong(whole: Whole) -> None:
    assert wrong(whole.folder, whole.base, datetime.now(UTC)) == {}


def png(number: int) -> bytes:
    """A picture of one pixel, each another."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (1).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    pixel = zlib.compress(b"\x00" + number.to_bytes(3, "big"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def pictured(services: Services, count: int) -> Content:
    images, body = [], []
    for number in range(count):
        data = png(number)
        images.append(
            Image(name=f"{number}.png", sha256=services.artefacts.put(data), media_type="image/png", width=1, height=1)
        )
        body.append(f"![第{number}幅]({number}.png)")
    return Content(title=f"{count} 幅图", body="\n\n".join(body), images=tuple(images))


LINKS = (
    "[甲](https://例子.中国/路径?查=询#段) [乙](/p/1/) [丙](../a.html) [丁](javascript:alert(1)) [戊](//x.example)",
    "[己](data:text/html,x) <https://例子.中国> [庚](http://[::1) [辛](mailto:a@b.example) [壬](#x)",
)
ACTIVE = (
    "<script>alert(1)</script>",
    '<iframe src="x"></iframe>',
    '<p style="position:fixed" onclick="x">y</p>',
    "]]>",
)
BLOCKS = (
    "| 甲 | 乙 |\n|---|---|\n| <td> | ]]> |",
    "> [!提示]\n> <b>",
    "脚注[^1]。",
    "[^1]: </p></article>",
    "- 一\n  - 二",
    "1. 三",
)
HOSTILE = {
    "markup": Content(
        title="<script>alert(1)</script> ]]> &amp; <b>办法</b>",
        summary="]]><![CDATA[ <i>x</i> & &nbsp;",
        body="\n\n".join(ACTIVE),
        source="<i>来源</i>",
        keywords=("<b>", "a & b", "&lt;", "]]>"),
    ),
    "unclosed": Content(title=WORDS, body="<div><p>一<b>二\n\n<table><tr><td>三\n\n<!-- \n\n<![CDATA[ 四"),
    "characters": Content(
        title="一\x0b二\ufffe三\x1f四", summary="\x00\x08", body="正\x01文\uffff\x85。\u2028\u202e反\U0010ffff"
    ),
    "addresses": Content(title=WORDS, body=" ".join(LINKS)),
    "huge": Content(title="很长的题目" * 60, summary="很长的摘要" * 2_000, body="很长的正文。" * 40_000),
    "listed": Content(
        title=WORDS,
        body="正文",
        key_points=(KeyPoint(heading="]]>", text="<b>"),),
        questions=(Question(q="<q>", a="]]>\x0b"),),
    ),
    "blocks": Content(title=WORDS, body="\n\n".join(BLOCKS)),
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Newsroom]:
    """A site at an address with Chinese in it."""
    here = [channel for channel in CHANNELS.values() if hasattr(channel, "item")]
    services = make_services(tmp_path / "var", *here)
    with services.db.writing() as session:
        session.scalars(select(Site)).one().base_url = IRI
    yield Newsroom(services, IRI)
    services.db.close()


def test_no_text_that_anybody_writes_spoils_a_feed(office: Newsroom) -> None:
    for content in (*HOSTILE.values(), pictured(office.services, 300)):
        office.put_out(content)
    folder = office.services.config.site_folder / "main"
    assert wrong(folder, IRI, later(hours=office.hour)) == {}
    assert (folder / "feed.xml").read_text().count("<item>") == len(HOSTILE) + 1


RSS = b"""<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>t</title><link>https://x.example/</link><description>d</description><language>zh-CN</language>
<atom:link rel="self" href="https://x.example/feed.xml"/>
<item><title>t</title><link>https://x.example/i/1/</link><guid isPermaLink="false">tag:x.example,2026-01-01:i1</guid>
<dc:creator>c</dc:creator><pubDate>Fri, 20 Nov 2026 02:30:00 +0000</pubDate><description>words</description></item>
</channel></rss>"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"words", b"&lt;script&gt;x&lt;/script&gt;"),
        (b"words", b"&lt;b&gt;x"),
        (b"words", b"&lt;a href='/x'&gt;x&lt;/a&gt;"),
        (b"words", b"&lt;p style='position:fixed'&gt;x&lt;/p&gt;"),
        (b"https://x.example/i/1/", "https://x.example/解/".encode()),
        (b' isPermaLink="false"', b""),
        (b"<dc:creator>c</dc:creator>", b"<author>c</author>"),
        (b"20 Nov 2026", b"20 Nov 2036"),
        (b"feed.xml", b"other.xml"),
        (b"<title>t</title><link>https://x.example/i/1/", b"<title>&lt;b&gt;</title><link>https://x.example/i/1/"),
        (b"zh-CN", b"zh"),
    ],
)
def test_the_rules_can_be_broken(old: bytes, new: bytes) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(hours=1)
    assert complaints(RSS, "https://x.example/feed.xml", now) == []
    assert old in RSS
    assert complaints(RSS.replace(old, new), "https://x.example/feed.xml", now) != []
