"""Uploaded pictures: by their bytes, within limits, without what a camera wrote down; the AI label stays."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from hub.domain.refusals import Refusal
from hub.editorial import pictures
from hub.editorial.images import read_image
from hub.editorial.pictures import take_picture

LABEL = '{"AIGC":{"Label":"1","ContentProducer":"00191510","ProduceID":"p-1"}}'
GPS = {1: "N", 2: (30.0, 40.0, 0.0), 3: "E", 4: (104.0, 4.0, 0.0)}


def drawn(kind: str = "JPEG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **how: Any) -> bytes:
    picture = Image.new(mode, size, 0)
    if mode in ("RGB", "RGBA"):
        # The upper left corner is white: turning moves it.
        picture.paste((255,) * len(mode), (0, 0, size[0] // 2, size[1] // 2))
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def photograph(orientation: int = 6) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "某品牌"
    exif[0x8825] = GPS
    return drawn(exif=exif, comment=b"taken at home")


def test_where_a_photograph_was_taken_does_not_come_along() -> None:
    assert opened(photograph()).getexif().get_ifd(0x8825)
    taken = opened(take_picture(photograph()).data)
    assert not taken.getexif()
    assert not {"exif", "comment", "xmp", "icc_profile"} & set(taken.info)
    assert b"taken at home" not in take_picture(photograph()).data


def test_a_photograph_is_stored_as_it_was_meant_to_be_seen() -> None:
    taken = take_picture(photograph(orientation=6))
    assert (taken.width, taken.height) == (20, 40)
    picture = opened(taken.data).convert("L")
    # Turned by 90 degrees to the right, the upper left corner is at the upper right.
    assert picture.getpixel((18, 2)) > 200
    assert picture.getpixel((2, 2)) < 50


@pytest.mark.parametrize(
    ("kind", "mode", "media_type"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("PNG", "RGBA", "image/png"),
        ("PNG", "P", "image/png"),
        ("PNG", "1", "image/png"),
        ("PNG", "I;16", "image/png"),
        ("GIF", "P", "image/png"),
        ("WEBP", "RGBA", "image/webp"),
    ],
)
def test_each_kind_comes_back_as_one_that_every_channel_takes(kind: str, mode: str, media_type: str) -> None:
    taken = take_picture(drawn(kind, mode=mode))
    assert taken.media_type == media_type
    assert (taken.width, taken.height) == (40, 20)
    assert taken.ending in (".jpg", ".png", ".webp")
    assert opened(taken.data).mode in ("L", "RGB", "RGBA")


def test_transparency_stays() -> None:
    data = io.BytesIO()
    Image.new("RGBA", (8, 8), (10, 20, 30, 0)).save(data, "PNG")
    assert opened(take_picture(data.getvalue()).data).getpixel((1, 1)) == (10, 20, 30, 0)


def test_colours_stay_what_they_are_without_their_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    taken = opened(take_picture(drawn("PNG", icc_profile=profile)).data)
    assert taken.getpixel((1, 1)) == (255, 255, 255)
    assert "icc_profile" not in taken.info
    assert opened(take_picture(drawn("PNG", icc_profile=b"broken")).data).getpixel((1, 1)) == (255, 255, 255)


def test_the_same_picture_is_stored_as_the_same_bytes() -> None:
    assert take_picture(photograph()).sha256 == take_picture(photograph()).sha256


def test_a_telephones_photograph_with_a_depth_map_is_a_photograph() -> None:
    out = io.BytesIO()
    first, second = (Image.new("RGB", size, "red") for size in ((40, 20), (20, 10)))
    first.save(out, "MPO", save_all=True, append_images=[second])
    taken = take_picture(out.getvalue())
    assert (taken.media_type, taken.width) == ("image/jpeg", 40)
    assert read_image("a.jpg", out.getvalue()).media_type == "image/jpeg"


def test_what_hides_behind_a_picture_is_left_behind() -> None:
    smuggled = b"PK\x03\x04<script>alert(1)</script>"
    assert smuggled not in take_picture(drawn() + smuggled).data
    assert smuggled not in take_picture(drawn("PNG") + smuggled).data


def labelled_png() -> bytes:
    info = PngInfo()
    info.add_text("AIGC", LABEL)
    return drawn("PNG", pnginfo=info)


def labelled_jpeg() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\x00\x00\x00" + LABEL.encode()
    return drawn("JPEG", exif=exif)


@pytest.mark.parametrize("data", [labelled_png(), labelled_jpeg()])
def test_the_declaration_of_being_made_with_ai_is_kept_and_found_again(data: bytes) -> None:
    taken = take_picture(data)
    assert json.loads(taken.label)["ProduceID"] == "p-1"
    assert b"TC260:AIGC" in taken.data
    assert take_picture(taken.data).label == taken.label
    assert take_picture(drawn()).label == ""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "IMG-103"),
        (b"GIF89a not really", "IMG-103"),
        (b"%PDF-1.7", "IMG-103"),
        (drawn("TIFF"), "IMG-103"),
        (drawn()[:200], "IMG-103"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "IMG-104"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><svg/>', "IMG-104"),
    ],
)
def test_what_is_no_picture_is_refused_whatever_its_name(data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        take_picture(data)
    assert refusal.value.code == code
    assert refusal.value.suggestion.zh


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_a_picture_that_moves_is_refused(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    with pytest.raises(Refusal) as refusal:
        take_picture(out.getvalue())
    assert refusal.value.code == "IMG-106"


def test_a_decompression_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", 100)
    for data in (drawn("PNG"), drawn("JPEG")):
        with pytest.raises(Refusal) as refusal:
            take_picture(data)
        assert refusal.value.code == "IMG-105"
    monkeypatch.setattr(pictures, "MAX_IMAGE_BYTES", 10)
    with pytest.raises(Refusal, match="IMG-105"):
        take_picture(drawn())
