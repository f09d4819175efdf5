"""Pictures as the platform takes them."""

from __future__ import annotations

import io

import pytest
from PIL import Image as Pictures
from PIL.PngImagePlugin import PngInfo

from channels.base import Permanent
from channels.wechat import CHANNEL
from channels.wechat.pictures import MOST_BYTES, cover_of, fitted
from channels.wechat.settings import WechatSettings
from tests.channels.wechat.conftest import LIBRARY, manuscript
from tests.channels.wechat.platform_calls import image

XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description TC260:AIGC="{}"/></x:xmpmeta>'


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_what_fits_goes_as_it_is(form: str) -> None:
    data = image(form)
    assert fitted(data, f"image/{form.lower()}") == (data, f"image/{form.lower()}")


@pytest.mark.parametrize("form", ["GIF", "WEBP", "BMP"])
def test_what_the_platform_does_not_take_becomes_jpg(form: str) -> None:
    data, kind = fitted(image(form), f"image/{form.lower()}")
    assert kind == "image/jpeg"
    assert Pictures.open(io.BytesIO(data)).size == (900, 383)


def test_what_is_too_large_is_made_smaller_until_it_fits() -> None:
    large = image(size=(3000, 3000), noise=True)
    data, kind = fitted(large, "image/png")
    assert len(data) < MOST_BYTES < len(large)
    assert kind == "image/jpeg"


def test_what_is_see_through_stands_on_white() -> None:
    out = io.BytesIO()
    Pictures.new("RGBA", (400, 400), (0, 0, 0, 0)).save(out, "WEBP")
    data, _kind = fitted(out.getvalue(), "image/webp")
    assert Pictures.open(io.BytesIO(data)).getpixel((10, 10)) == (255, 255, 255)


def test_the_declaration_of_being_made_with_ai_is_kept() -> None:
    out, note = io.BytesIO(), PngInfo()
    note.add_itxt("XML:com.adobe.xmp", XMP)
    Pictures.effect_noise((1300, 1300), 90).save(out, "PNG", pnginfo=note)
    data, _kind = fitted(out.getvalue(), "image/png")
    assert b"TC260:AIGC" in data


def test_what_is_no_picture_is_refused_with_a_sentence() -> None:
    with pytest.raises(Permanent) as caught:
        fitted(b"nothing", "image/gif")
    assert caught.value.code == "WEC-316"


def test_one_picture_serves_both_places_of_a_cover() -> None:
    artefact = CHANNEL.render(manuscript(LIBRARY), WechatSettings())
    data, crops = cover_of(artefact)
    both = Pictures.open(io.BytesIO(data))
    for name, file in (("pic_crop_235_1", "cover.png"), ("pic_crop_1_1", "cover-square.png")):
        left, top, right, bottom = (float(part) for part in crops[name].split("_"))
        box = (left * both.width, top * both.height, right * both.width, bottom * both.height)
        cut = both.crop(tuple(round(edge) for edge in box))
        original = Pictures.open(io.BytesIO(artefact.file(file).data)).convert("RGB")
        assert cut.tobytes() == original.tobytes()
