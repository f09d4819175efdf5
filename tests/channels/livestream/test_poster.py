"""The poster: the same pixels always, nothing outside its margins, whatever the text."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from pydantic import ValidationError

from channels.drawing import load_theme, theme_names
from channels.livestream.announcement import announce
from channels.livestream.poster import poster, poster_alt, qr_target
from channels.livestream.settings import LivestreamSettings, QrTarget
from channels.manuscript import Manuscript, PolicyRef

GOLDEN = Path(__file__).parents[2] / "golden" / "livestream" / "poster.png"
Make = Callable[..., Manuscript]
# The short address of `live/12/`, with what it was found through.
PAGE = "https://jinxi.example.gov.cn/s/23rg/livestream"
MARGIN, SIZE = 96, (1080, 1920)


def drawn(manuscript: Manuscript, **settings: Any) -> Image.Image:
    stream = manuscript.content.livestream
    assert stream is not None
    return Image.open(BytesIO(poster(announce(manuscript, stream), LivestreamSettings(**settings))))


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other.convert("RGB")).getbbox() is None


def ink_outside_margins(image: Image.Image, theme: str = "paper") -> tuple[int, int, int, int] | None:
    """Where something stands between the frame and the margins."""
    ground = Image.new("RGB", image.size, load_theme(theme).paper)
    difference = ImageChops.difference(image, ground)
    difference.paste((0, 0, 0), (MARGIN, MARGIN, SIZE[0] - MARGIN, SIZE[1] - MARGIN))
    inner = difference.crop((42, 42, SIZE[0] - 42, SIZE[1] - 42))
    return inner.getbbox()


def test_it_is_the_golden_picture(make: Make) -> None:
    picture = drawn(make())
    if os.environ.get("UPDATE_GOLDEN"):
        picture.save(GOLDEN, optimize=True)
    assert picture.size == SIZE
    assert same(picture, Image.open(GOLDEN))


LONG = "锦溪区农业农村局农机管理科暨农业综合行政执法大队"


@pytest.mark.parametrize(
    "changes",
    [
        {"topic": "开放日", "guests": (), "host": "", "platform": "", "room": ""},
        {"topic": LONG * 40},
        {"topic": "https://live.example.gov.cn/" + "a" * 3000},
        {"topic": "，。、；" * 300},
        {"topic": "\ud800\x00\u202e🎉 mixed 文字"},
        {"guests": tuple(LONG + str(n) for n in range(40))},
        {"host": LONG * 9, "platform": LONG * 9, "room": "搜索" + LONG * 20},
        {"content": {"policies": tuple(PolicyRef(title=LONG * 8, number="锦溪府办发〔2027〕3号") for _ in range(9))}},
        {"ends": None},
    ],
    ids=["bare", "long", "address", "marks", "odd", "crowd", "wordy", "papers", "open"],
)
def test_no_text_leaves_the_margins(make: Make, changes: dict[str, Any]) -> None:
    picture = drawn(make(**changes))
    assert picture.size == SIZE
    assert ink_outside_margins(picture) is None


@pytest.mark.parametrize("theme", theme_names())
def test_every_theme_draws(make: Make, theme: str) -> None:
    picture = drawn(make(), theme=theme)
    assert picture.getpixel((60, 60)) == load_theme(theme).paper
    assert ink_outside_margins(picture, theme) is None


def test_a_theme_that_is_not_there_is_refused_by_the_settings() -> None:
    with pytest.raises(ValidationError, match="theme"):
        LivestreamSettings.model_validate({"theme": "neon"})


def test_the_code_leads_to_the_page_or_the_room_or_is_left_out(make: Make) -> None:
    stream = make().content.livestream
    assert stream is not None
    told = announce(make(), stream)
    assert qr_target(told, LivestreamSettings()) == PAGE
    assert qr_target(told, LivestreamSettings(qr_target=QrTarget.ROOM)) == "https://live.example.gov.cn/room/309"
    assert qr_target(told, LivestreamSettings(qr=False)) == ""
    assert not same(drawn(make()), drawn(make(), qr=False))


@pytest.mark.parametrize("room", ["309室", "", "https://live.example.gov.cn/" + "9" * 400])
def test_a_room_that_makes_no_readable_code_leaves_the_page(make: Make, room: str) -> None:
    stream = make(room=room).content.livestream
    assert stream is not None
    target = qr_target(announce(make(room=room), stream), LivestreamSettings(qr_target=QrTarget.ROOM))
    assert target == PAGE


def test_the_alternative_text_says_what_the_picture_says(make: Make) -> None:
    stream = make().content.livestream
    assert stream is not None
    alt = poster_alt(announce(make(), stream), PAGE)
    for words in (
        "走进直播间",
        "2027年3月9日（星期二）15:00—16:30（北京时间）",
        "言清和",
        "田有禾",
        "〔2027〕3号",
        PAGE,
    ):
        assert words in alt
    assert drawn(make()).info["Description"] == alt
