"""A picture that would vanish on the dark page is told."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image as Pictures
from PIL import ImageDraw

from channels.manuscript import Image
from channels.wechat import CHANNEL
from channels.wechat.darkness import is_dark_on_nothing
from channels.wechat.settings import WechatSettings
from tests.channels.wechat.conftest import manuscript


def drawn(ink: tuple[int, ...], ground: tuple[int, ...], form: str = "PNG") -> Image:
    """A stroke on a ground."""
    picture = Pictures.new("RGBA", (300, 200), ground)
    ImageDraw.Draw(picture).line((20, 20, 280, 180), fill=ink, width=30)
    out = io.BytesIO()
    picture.save(out, form)
    data = out.getvalue()
    kind = f"image/{form.lower()}"
    return Image(
        name="a.png", sha256=hashlib.sha256(data).hexdigest(), media_type=kind, width=300, height=200, data=data
    )


BLACK, WHITE, NOTHING, RED = (0, 0, 0, 255), (255, 255, 255, 255), (0, 0, 0, 0), (230, 120, 110, 255)


@pytest.mark.parametrize(
    ("ink", "ground", "vanishes"),
    [(BLACK, NOTHING, True), (BLACK, WHITE, False), (RED, NOTHING, False), (WHITE, NOTHING, False)],
)
def test_dark_ink_on_nothing_vanishes(ink: tuple[int, ...], ground: tuple[int, ...], vanishes: bool) -> None:
    assert is_dark_on_nothing(drawn(ink, ground)) is vanishes


def test_the_editor_is_told_with_what_to_do() -> None:
    content = {"title": "标题", "body": "![图](a.png)", "images": (drawn(BLACK, NOTHING),)}
    [finding] = [f for f in CHANNEL.check(manuscript(content), WechatSettings()) if f.code == "WEC-142"]
    assert finding.place == "images[a.png]"
    assert "白底" in finding.suggestion.zh
