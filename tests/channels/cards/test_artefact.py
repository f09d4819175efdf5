"""The artefact: its files, its alternative texts, its golden pictures, and the same bytes every time."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from channels.base import Artefact, NeedsHand
from channels.cards import CHANNEL
from channels.cards.settings import CardsSettings
from channels.manuscript import Correction
from tests.channels.cards.samples import manuscript

GOLDEN = Path(__file__).parents[2] / "golden" / "cards"
SETTINGS = CardsSettings()


@pytest.fixture(scope="module")
def artefact() -> Artefact:
    return CHANNEL.render(manuscript(), SETTINGS)


def picture(artefact: Artefact, path: str) -> Image.Image:
    return Image.open(io.BytesIO(artefact.file(path).data))


def test_the_files_of_a_deck(artefact: Artefact) -> None:
    assert [file.path for file in artefact.files] == [
        *("01-cover.png", "02-point.png", "03-point.png", "04-point.png", "05-point.png", "06-question.png"),
        *("07-closing.png", "captions.srt", "captions.vtt", "script.txt", "deck.json", "index.html", "cards.zip"),
    ]
    assert artefact.entry == "index.html"


def test_every_card_is_full_size_and_says_its_text(artefact: Artefact) -> None:
    for file in artefact.files:
        if file.media_type == "image/png":
            with picture(artefact, file.path) as image:
                assert image.size == (1080, 1920)
                assert image.info["Description"] == file.alt
            assert "来源：锦溪区住房建设局" in file.alt
    assert "最高补贴25万元\n每部电梯按造价的40%补贴" in artefact.file("03-point.png").alt
    assert "0500-8862310" in artefact.file("07-closing.png").alt
    assert "锦府办发〔2026〕12号" in artefact.file("01-cover.png").alt


def test_the_manifest_lays_the_cards_on_a_time_line(artefact: Artefact) -> None:
    deck = json.loads(artefact.file("deck.json").data)
    at = 0.0
    for card in deck["cards"]:
        assert card["start"] == pytest.approx(at)
        assert artefact.file(card["file"]).alt == card["alt"]
        at += card["seconds"]
    assert deck["seconds"] == pytest.approx(at)
    assert b"00:00:03,000" in artefact.file("captions.srt").data


def test_the_zip_holds_the_deck(artefact: Artefact) -> None:
    with zipfile.ZipFile(io.BytesIO(artefact.file("cards.zip").data)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            file.path: file.data for file in artefact.files if file.path != "cards.zip"
        }


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.images: dict[str, str] = {}
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "img":
            self.images[given["src"]] = given["alt"]
        self.addresses += [given[name] for name in ("src", "href") if name in given]


def test_the_page_shows_every_card_with_its_text_and_reaches_nothing_outside(artefact: Artefact) -> None:
    page = _Page()
    page.feed(artefact.file("index.html").data.decode())
    assert page.images == {file.path: file.alt for file in artefact.files if file.media_type == "image/png"}
    assert set(page.addresses) <= {file.path for file in artefact.files}


def test_a_title_is_text_on_the_page_whatever_it_says() -> None:
    page = CHANNEL.render(manuscript(short_title="<script>alert(1)</script>"), SETTINGS).file("index.html").data
    assert b"<script" not in page


def test_two_processes_render_the_same_bytes(artefact: Artefact) -> None:
    program = (
        "from tests.channels.cards.samples import manuscript; from channels.cards import CHANNEL;"
        "print(CHANNEL.render(manuscript(), CHANNEL.Settings()).sha256)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True, cwd=Path(__file__).parents[3]
    )
    assert done.stdout.strip() == artefact.sha256


@pytest.mark.parametrize("path", ["01-cover.png", "04-point.png", "06-question.png", "07-closing.png"])
def test_the_cards_look_as_they_were_signed_off(artefact: Artefact, path: str) -> None:
    same_as_golden(artefact, path)


def same_as_golden(artefact: Artefact, path: str) -> None:
    """By pixels; after a wanted change `UPDATE_GOLDEN=1` writes them anew: look at them before committing."""
    with picture(artefact, path) as image:
        if os.environ.get("UPDATE_GOLDEN"):
            image.convert("RGB").save(GOLDEN / path, optimize=True)
        with Image.open(GOLDEN / path) as golden:
            assert worst_share(image, golden) < 0.0005


def test_a_correction_has_the_card_that_was_looked_at() -> None:
    told = (Correction(at=datetime(2026, 9, 5, 1, tzinfo=UTC), reason="补贴上限原写为26万元，应为25万元。"),)
    made = manuscript()
    corrected = made.model_copy(update={"imprint": made.imprint.model_copy(update={"corrections": told})})
    same_as_golden(CHANNEL.render(corrected, SETTINGS), "02-correction.png")


def worst_share(image: Image.Image, golden: Image.Image) -> float:
    """The share of pixels that differ visibly: another version of the rasteriser may shade an edge differently."""
    assert image.size == golden.size
    difference = ImageChops.difference(image.convert("RGB"), golden.convert("RGB")).convert("L")
    return sum(difference.histogram()[40:]) / (image.width * image.height)


def test_a_qr_code_and_a_seal_are_the_accounts_choice(artefact: Artefact) -> None:
    plain = CHANNEL.render(manuscript(), CardsSettings(qr=False, seal=False))
    for path in ("01-cover.png", "07-closing.png"):
        assert plain.file(path).data != artefact.file(path).data
    assert plain.file("02-point.png").data == artefact.file("02-point.png").data


def test_a_person_posts_unless_there_is_a_folder(artefact: Artefact, tmp_path: Path) -> None:
    with pytest.raises(NeedsHand):
        CHANNEL.send(artefact, SETTINGS, "k1")
    account = CardsSettings.model_validate({"folder": "短视频"}, context={"outbox": tmp_path})
    assert CHANNEL.find("k1", artefact, account) is None
    assert CHANNEL.send(artefact, account, "k1") == CHANNEL.find("k1", artefact, account)
    assert (tmp_path / "短视频" / "k1" / "01-cover.png").read_bytes() == artefact.file("01-cover.png").data


def test_what_a_person_copies(artefact: Artefact) -> None:
    assert dict(artefact.texts) == {
        "标题": "老楼装电梯，补贴怎么领",
        "简介": "装一部电梯最高补贴25万元，由社区统一受理，90天内办结。\n锦府办发〔2026〕12号",
        "话题": "#加装电梯 #财政补贴",
    }
