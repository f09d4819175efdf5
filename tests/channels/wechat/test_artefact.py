"""The files of an article: one HTML everywhere, an archive with all that is uploaded, covers, and texts to copy."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image as Pictures
from PIL import ImageChops

from channels.base import Artefact, NeedsHand
from channels.drawing.themes import contrast
from channels.manuscript import Correction, PolicyRef, Validity
from channels.wechat import CHANNEL
from channels.wechat.settings import WechatSettings
from channels.wechat.themes import stylesheet, theme_names
from tests.channels.wechat.conftest import ASKED, Make, manuscript

GOLDEN = Path(__file__).parents[2] / "golden" / "wechat"


@pytest.fixture
def artefact(make: Make) -> Artefact:
    """The library's article."""
    return CHANNEL.render(make(), WechatSettings(author="锦溪发布"))


def html_of(artefact: Artefact) -> str:
    return artefact.file("article.html").data.decode()


def words_of(artefact: Artefact) -> str:
    return re.sub(r"<[^>]+>", "", html_of(artefact))


def test_the_files_are_there_in_order_and_the_preview_is_opened_first(artefact: Artefact) -> None:
    names = ["index.html", "article.html", "cover.png", "cover-square.png", "images/01.png", "article.zip"]
    assert [file.path for file in artefact.files] == names
    assert artefact.entry == "index.html"
    assert artefact.file("images/01.png").alt == "新馆外观"


def test_preview_and_archive_carry_the_same_bytes(artefact: Artefact) -> None:
    fragment = artefact.file("article.html").data
    page = artefact.file("index.html").data
    assert page.count(b'<div id="article">' + fragment + b"</div>") == 1
    with zipfile.ZipFile(io.BytesIO(artefact.file("article.zip").data)) as packed:
        assert packed.read("article.html") == fragment
        for file in artefact.files:
            if file.media_type.startswith("image/"):
                assert packed.read(file.path) == file.data


def test_the_archive_says_what_goes_into_the_platforms_fields(artefact: Artefact) -> None:
    with zipfile.ZipFile(io.BytesIO(artefact.file("article.zip").data)) as packed:
        meta = json.loads(packed.read("meta.json"))
    assert meta == {
        "title": "《锦溪区公共图书馆通借通还办法》政策解读",
        "digest": "2027年1月起，全区公共图书馆实行通借通还，不收押金。",
        "author": "锦溪发布",
        "content_source_url": "https://jinxi.example.gov.cn/wenjian/2026-31/",
    }
    assert list(meta.values()) == [text for _label, text in artefact.texts]


def test_the_preview_fetches_nothing_from_elsewhere(artefact: Artefact) -> None:
    page = artefact.file("index.html").data.decode()
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert set(sources) == {"images/01.png", "https://mp.weixin.qq.com/s/abcDEF"}
    assert "fetch(" not in page
    assert "@import" not in page


def test_the_preview_counts_every_field_against_its_limit(make: Make) -> None:
    page = CHANNEL.render(make(title="题" * 33), WechatSettings()).file("index.html").data.decode()
    assert '<span class="count over">33/32字</span>' in page
    assert '<span class="count">10/16字</span>' in page


@pytest.mark.parametrize(("name", "size"), [("cover.png", (900, 383)), ("cover-square.png", (900, 900))])
def test_the_covers_are_the_golden_ones(artefact: Artefact, name: str, size: tuple[int, int]) -> None:
    data = artefact.file(name).data
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / name).write_bytes(data)
    drawn, golden = Pictures.open(io.BytesIO(data)), Pictures.open(GOLDEN / name)
    assert drawn.size == size
    assert ImageChops.difference(drawn, golden).getbbox() is None


@pytest.mark.parametrize("title", ["题", "长" * 200, "W" * 90, "《》", "🙂", "第\u3000一"])
def test_any_title_makes_a_cover(make: Make, title: str) -> None:
    made = CHANNEL.render(make(title=title), WechatSettings())
    assert Pictures.open(io.BytesIO(made.file("cover.png").data)).size == (900, 383)


def test_full_title_stands_in_the_article_when_the_short_one_is_its_title(make: Make) -> None:
    title = "锦溪区人民政府办公室关于印发锦溪区公共图书馆通借通还办法的通知政策解读"
    made = CHANNEL.render(make(title=title, short_title="通借通还怎么借"), WechatSettings())
    assert dict(made.texts)["标题"] == "通借通还怎么借"
    assert f"<strong>{title}</strong>" in html_of(made)


def test_the_source_link_is_a_policys_in_force_before_an_amended_one(make: Make) -> None:
    old = PolicyRef(title="旧办法", url="https://a.example.gov.cn/1", validity=Validity.AMENDED)
    new = PolicyRef(title="新办法", url="https://a.example.gov.cn/2")
    assert dict(CHANNEL.render(make(policies=(old, new)), WechatSettings()).texts)["原文链接"].endswith("/2")
    assert dict(CHANNEL.render(make(policies=()), WechatSettings()).texts)["原文链接"].endswith("guize.html")


def test_links_are_numbered_once_and_listed_at_the_end(make: Make) -> None:
    body = (
        "见[甲](https://a.example/1)、[乙](https://a.example/2)、[又甲](https://a.example/1)、<https://a.example/3>。"
    )
    words = words_of(CHANNEL.render(make(body=body, policies=()), WechatSettings()))
    assert "见甲[1]、乙[2]、又甲[1]、https://a.example/3。" in words
    assert "参考链接[1] 甲：https://a.example/1[2] 乙：https://a.example/2来源" in words


def test_a_correction_is_told_first(make: Make) -> None:
    made = make()
    corrected = Correction(at=datetime(2026, 12, 5, 2, 0, tzinfo=UTC), reason="荷堰馆电话有误，已改正。")
    imprint = made.imprint.model_copy(update={"corrections": (corrected,)})
    words = words_of(CHANNEL.render(made.model_copy(update={"imprint": imprint}), WechatSettings()))
    assert words.startswith("更正2026年12月5日（星期六）：荷堰馆电话有误，已改正。")


def test_every_correction_is_told(make: Make) -> None:
    made = make()
    days = [datetime(2026, 12, day, 2, 0, tzinfo=UTC) for day in (5, 7)]
    told = tuple(Correction(at=at, reason=f"改正{n}。", number=n) for n, at in enumerate(days, 1))
    imprint = made.imprint.model_copy(update={"corrections": told})
    words = words_of(CHANNEL.render(made.model_copy(update={"imprint": imprint}), WechatSettings()))
    assert words.startswith("更正2026年12月7日（星期一）：改正2。2026年12月5日（星期六）：改正1。")


def test_the_livestream_is_announced_in_the_offices_zone() -> None:
    words = words_of(CHANNEL.render(manuscript(ASKED), WechatSettings()))
    assert "时间2027年3月9日（星期二）15:00—16:00（北京时间）" in words


@pytest.mark.parametrize("theme", theme_names())
def test_every_accent_of_a_theme_reads_on_the_white_and_on_the_dark_page(theme: str) -> None:
    colours = re.findall(r"#([0-9a-fA-F]{6})\b", re.sub(r"/\*.*?\*/", "", stylesheet(theme), flags=re.DOTALL))
    assert colours
    for colour in colours:
        rgb = (int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16))
        assert contrast(rgb, (255, 255, 255)) >= 4.5
        assert contrast(rgb, (0x19, 0x19, 0x19)) >= 3


def test_it_is_delivered_into_a_folder_once_or_left_to_a_person(artefact: Artefact, tmp_path: Path) -> None:
    settings = WechatSettings.model_validate({"folder": "公众号/锦溪发布"}, context={"outbox": tmp_path})
    assert CHANNEL.find("k1", artefact, settings) is None
    receipt = CHANNEL.send(artefact, settings, "k1")
    assert CHANNEL.find("k1", artefact, settings) == receipt
    assert (tmp_path / "公众号/锦溪发布/k1/article.html").read_bytes() == artefact.file("article.html").data
    with pytest.raises(NeedsHand):
        CHANNEL.send(artefact, WechatSettings(), "k1")
