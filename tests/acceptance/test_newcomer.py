"""What a newcomer sees: the wheel in an empty folder, `yigao up --sample`, four channels published and right."""

from __future__ import annotations

import io
import re
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import feedparser
import icalendar
import pytest
from PIL import Image

from tests.cli_runner import yigao
from tests.installation import Running, build_wheel, installation

pytestmark = [
    pytest.mark.processes,
    pytest.mark.enable_socket,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("newcomer"),
]

SITE_TAGS = ("SiteName", "SiteDomain", "SiteIDCode")
COLUMN_TAGS = ("ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType")
ARTICLE_TAGS = ("ArticleTitle", "PubDate", "ContentSource")


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built and unpacked wheel."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def running(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The wheel's installation, started in an empty folder with the sample."""
    folder = tmp_path_factory.mktemp("empty")
    with installation(folder / "var", packages=packages, cwd=folder) as started:
        yield started


def fetch(address: str) -> bytes:
    """The body of a GET."""
    with urllib.request.urlopen(address, timeout=10) as answer:
        body: bytes = answer.read()
        return body


def folders(running: Running, channel: str) -> list[Path]:
    """The folders of a channel's published artefacts."""
    return [Path(d["folder"]) for d in running.said["deliveries"] if d["channel"] == channel]


def test_every_channel_is_published_with_proof(running: Running) -> None:
    deliveries = running.said["deliveries"]
    assert {d["channel"] for d in deliveries} == {"website", "wechat", "cards", "livestream"}
    assert {d["state"] for d in deliveries} == {"published"}
    assert all(d["proof"] for d in deliveries)
    assert all(Path(d["folder"]).is_dir() for d in deliveries)


def test_the_feeds_parse_with_chinese_intact(running: Running) -> None:
    for address in running.said["feeds"]:
        feed = feedparser.parse(fetch(address))
        assert not feed.bozo
        titles = [entry.title for entry in feed.entries]
        assert len(titles) == 4
        assert any("助餐" in title for title in titles)
        assert len({entry.id for entry in feed.entries}) == 4


def test_every_article_has_every_page_tag_exactly_once(running: Running) -> None:
    for folder in folders(running, "website") + folders(running, "livestream"):
        page = (folder / "index.html").read_text(encoding="utf-8")
        for tag in SITE_TAGS + COLUMN_TAGS + ARTICLE_TAGS:
            found = re.findall(rf'<meta name="{tag}" content="([^"]*)"', page)
            assert len(found) == 1, tag
            assert found[0].strip(), tag


def test_the_wechat_article_has_nothing_the_platform_drops(running: Running) -> None:
    for folder in folders(running, "wechat"):
        article = (folder / "article.html").read_text(encoding="utf-8")
        assert not re.search(r"\s(class|id)=", article)
        assert not re.search(r"<(style|script|link|iframe|form)\b", article)
        assert not re.search(r"<img[^>]+src=\"https?://(?!mm(biz|ecoa)\.qpic\.cn)", article)
        assert "url(" not in article


def test_the_cards_are_full_frames(running: Running) -> None:
    for folder in folders(running, "cards"):
        cards = [p for p in folder.glob("*.png") if p.name[:2].isdigit()]
        assert len(cards) >= 3
        for card in cards:
            with Image.open(io.BytesIO(card.read_bytes())) as picture:
                assert picture.size == (1080, 1920)


def test_the_livestream_is_a_calendar_event(running: Running) -> None:
    (folder,) = folders(running, "livestream")
    (calendar,) = folder.glob("*.ics")
    events = list(icalendar.Calendar.from_ical(calendar.read_bytes()).walk("VEVENT"))
    assert len(events) == 1
    assert str(events[0]["UID"])


def test_the_public_pages_answer(running: Running) -> None:
    base = running.said["site"]
    for path in ("", "c/jiedu/", "f/qa/", "p/1/", "sitemap.xml", "robots.txt"):
        assert fetch(base + path)


def test_a_busy_port_is_one_sentence_and_exit_code_2(running: Running, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = yigao("up", "--data", tmp_path / "var", "--port", taken.getsockname()[1])
    assert ran.code == 2, ran
    assert len(ran.err.strip().splitlines()) == 1
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["--data", "/proc/nowhere"], {}),
        ([], {"YIGAO_LEASE_SECONDS": "soon"}),
        ([], {"REDIS_URL": "http://example.cn"}),
        (["--port", "99999"], {}),
    ],
    ids=["unwritable folder", "not a number", "wrong scheme", "no such port"],
)
def test_a_wrong_setting_is_said_and_ends_with_2(
    tmp_path: Path, arguments: list[str], settings: dict[str, str]
) -> None:
    ran = yigao("up", *(arguments or ["--data", tmp_path / "var"]), **settings)
    assert ran.code == 2, ran
    assert ran.err.strip()
    assert "Traceback" not in ran.err


def test_a_second_instance_runs_beside_and_a_second_start_keeps_everything(
    running: Running, packages: Path, tmp_path: Path
) -> None:
    data = tmp_path / "other"
    with installation(data, packages=packages, cwd=tmp_path) as first:
        published = len(first.said["deliveries"])
        assert published == len(running.said["deliveries"])
        first.stop(signal.SIGINT)
    with installation(data, packages=packages, cwd=tmp_path) as second:
        assert second.said["deliveries"] == []
        assert len(feedparser.parse(fetch(second.said["console"].replace("console/", "feed.xml"))).entries) == 4
        second.stop(signal.SIGHUP)


def test_publishing_from_the_command_line_while_it_runs(running: Running, tmp_path: Path) -> None:
    draft = tmp_path / "d.md"
    draft.write_text("---\ntitle: 命令行发布的一篇\n---\n\n这是正文，说明从命令行也走同一条路。\n", encoding="utf-8")
    ran = yigao("publish", draft, "--wait", "--data", running.data)
    assert ran.code == 3, ran
    assert "待初审" in ran.out
    assert "甄字正" in ran.out
    rule = yigao("review", "rule", "--one-person", "--reason", "一人值班", "--data", running.data)
    assert rule.code == 0, rule
    ran = yigao("publish", draft, "--wait", "--sign-off", "一人值班，已核对。", "--data", running.data)
    assert ran.code == 0, ran
    feed = feedparser.parse(fetch(running.said["feeds"][0]))
    assert "命令行发布的一篇" in [entry.title for entry in feed.entries]
    again = yigao("publish", draft, "--wait", "--data", running.data)
    assert again.code == 0, again
    feed = feedparser.parse(fetch(running.said["feeds"][0]))
    assert [entry.title for entry in feed.entries].count("命令行发布的一篇") == 1


def test_publishing_with_nothing_running_starts_what_it_needs(tmp_path: Path) -> None:
    draft = tmp_path / "d.md"
    draft.write_text("---\ntitle: 独立发布\n---\n\n这是正文，没有别的进程在运行。\n", encoding="utf-8")
    where = ("--data", tmp_path / "var")
    assert yigao("review", "rule", "--one-person", "--reason", "一人值班", *where).code == 0
    ran = yigao("publish", draft, "--wait", "--sign-off", "一人值班，已核对。", *where)
    assert ran.code == 0, ran
    pages = list((tmp_path / "var" / "site").rglob("feed.xml"))
    assert pages
    assert any("独立发布" in p.read_text(encoding="utf-8") for p in pages)
