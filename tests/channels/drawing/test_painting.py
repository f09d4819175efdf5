"""Painting and encoding: what is painted is what a reader of the file sees, pixel by pixel."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from channels.drawing import Box, Canvas, FontMissingError, Style, fonts, load_theme, missing, set_text, theme_names
from channels.drawing.encoding import encode_png
from channels.drawing.themes import CONTRAST, contrast, parse_theme

THEME = load_theme("paper")


def painted() -> Canvas:
    canvas = Canvas((400, 300), THEME.paper)
    canvas.rounded(Box(10, 10, 200, 120), 16, THEME.fill)
    canvas.text(set_text("一稿，川办函〔2021〕57号", 380, Style(40, 700)), 10, 130, THEME.ink)
    canvas.qr("https://www.example.gov.cn/i/12/", (250, 10), 110)
    return canvas


def test_the_png_decodes_to_exactly_what_was_painted() -> None:
    canvas = painted()
    with Image.open(io.BytesIO(canvas.png("题名。正文。来源"))) as image:
        assert image.tobytes() == canvas.image.tobytes()
        assert image.info["Description"] == "题名。正文。来源"


@given(st.integers(1, 40), st.integers(1, 230), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_any_picture_survives_encoding(width: int, height: int, random: object) -> None:
    data = random.randbytes(width * height * 3)  # type: ignore[attr-defined]
    with Image.open(io.BytesIO(encode_png(Image.frombytes("RGB", (width, height), data)))) as image:
        assert image.tobytes() == data


def test_only_rgb_is_encoded() -> None:
    with pytest.raises(ValueError, match="RGBA"):
        encode_png(Image.new("RGBA", (2, 2)))


def test_the_same_picture_in_two_processes_is_the_same_bytes() -> None:
    program = (
        "from channels.drawing import *; import hashlib; c = Canvas((400, 300), load_theme('paper').paper);"
        "c.text(set_text('一稿，川办函〔2021〕57号', 380, Style(40, 700)), 10, 130, (0, 0, 0));"
        "print(hashlib.sha256(c.png('甲')).hexdigest())"
    )
    digests = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout for _ in range(2)
    }
    assert len(digests) == 1
    assert digests != {b""}


def test_a_reused_frame_shows_nothing_of_the_picture_before() -> None:
    ground = Image.new("RGB", (400, 300), THEME.paper)
    Canvas.reusing(ground).fill(Box(0, 0, 400, 300), THEME.ink)
    assert Canvas.reusing(ground).png() == Canvas(ground).png()


@pytest.mark.parametrize("key", theme_names())
def test_every_theme_is_readable(key: str) -> None:
    theme = load_theme(key)
    for ink in (theme.ink, theme.grey, theme.accent):
        for ground in (theme.paper, theme.panel, theme.rule):
            assert contrast(ink, ground) >= CONTRAST
    assert contrast(theme.on_fill, theme.fill) >= CONTRAST


def test_a_theme_that_cannot_be_read_is_refused_with_the_pair() -> None:
    source = """name_zh = "浅"\nname_en = "Pale"\n[grounds]\npaper = "#FFFFFF"\npanel = "#FFFFFF"\nrule = "#FFFFFF"
[inks]\nink = "#000000"\ngrey = "#BBBBBB"\naccent = "#000000"\n[accent]\nfill = "#000000"\non = "#FFFFFF"\n"""
    with pytest.raises(ValueError, match="grey on paper"):
        parse_theme("pale", source)


def test_contrast_is_the_ratio_of_wcag() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)


def test_an_unknown_theme_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_theme("../paper")


def test_characters_of_place_names_are_covered_and_pictographs_are_named() -> None:
    assert missing("郫县邛崃㙍𰻞，。《》〈〉——……〔〕") == frozenset()
    assert missing("好😀\u200b\ufe0f") == {"😀"}


def test_without_the_wheel_the_system_face_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_SYSTEM", tmp_path)
    with pytest.raises(FontMissingError, match="fonts-noto-cjk"):
        fonts.static_face(400)
    for name in ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"):
        (tmp_path / name).touch()
    assert [fonts.static_face(weight).name for weight in (400, 700)] == [
        "NotoSansCJK-Regular.ttc",
        "NotoSansCJK-Bold.ttc",
    ]
