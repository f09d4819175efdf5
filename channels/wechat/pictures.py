"""Pictures as the platform takes them: inside an article jpg or png under 1 MB, and one cover with its two crops."""

from __future__ import annotations

import io

from PIL import Image as Pictures

from channels.base import Artefact, Permanent
from channels.words import Words

# Documentation of uploadimg: strictly less.
MOST_BYTES = 1024 * 1024
_TAKEN = ("image/png", "image/jpeg")
_QUALITIES = (90, 82, 74, 66)
_SMALLEST = 320


def fitted(data: bytes, media_type: str) -> tuple[bytes, str]:
    """The picture as it may be uploaded: itself where it fits, else as JPG of falling quality, then size. Raises
    Permanent for what can't be read.
    """
    if media_type in _TAKEN and len(data) < MOST_BYTES:
        return data, media_type
    try:
        with Pictures.open(io.BytesIO(data)) as opened:
            opened.load()
            # A declaration of being made with AI must not be lost: 人工智能生成合成内容标识办法, 第五条.
            kept = _declaration(opened)
            picture = _flat(opened)
    except (OSError, Pictures.DecompressionBombError) as error:
        raise Permanent(
            "WEC-316", Words("有图片无法读取，请换一张。", "A picture can't be read; use another.")
        ) from error
    while True:
        for quality in _QUALITIES:
            made = _jpeg(picture, quality, kept)
            if len(made) < MOST_BYTES:
                return made, "image/jpeg"
        width = picture.width * 3 // 4
        if width < _SMALLEST:
            raise Permanent(
                "WEC-316", Words("有图片压缩后仍过大，请换一张。", "A picture stays too large; use another.")
            )
        picture = picture.resize((width, picture.height * 3 // 4), Pictures.Resampling.LANCZOS)


def _flat(opened: Pictures.Image) -> Pictures.Image:
    """On white: black ink on nothing would vanish in dark mode."""
    picture = opened.convert("RGBA")
    ground = Pictures.new("RGBA", picture.size, (255, 255, 255, 255))
    return Pictures.alpha_composite(ground, picture).convert("RGB")


def _declaration(opened: Pictures.Image) -> bytes:
    """The XMP of the picture, which says what it was made with."""
    found = opened.info.get("xmp") or opened.info.get("XML:com.adobe.xmp") or b""
    return found.encode() if isinstance(found, str) else bytes(found)


def _jpeg(picture: Pictures.Image, quality: int, xmp: bytes) -> bytes:
    out = io.BytesIO()
    how = {"xmp": xmp} if xmp else {}
    picture.save(out, "JPEG", quality=quality, optimize=True, progressive=True, **how)
    return out.getvalue()


def cover_of(artefact: Artefact) -> tuple[bytes, dict[str, str]]:
    """Both covers in one picture, the wide above the square, and the fields that crop each out of it: the platform
    takes one picture for both places.
    """
    wide, square = (Pictures.open(io.BytesIO(artefact.file(name).data)) for name in ("cover.png", "cover-square.png"))
    both = Pictures.new("RGB", (max(wide.width, square.width), wide.height + square.height), (255, 255, 255))
    both.paste(wide, (0, 0))
    both.paste(square, (0, wide.height))
    out = io.BytesIO()
    both.save(out, "PNG", optimize=True)
    crops = {
        "pic_crop_235_1": _crop(0, 0, wide.width / both.width, wide.height / both.height),
        "pic_crop_1_1": _crop(0, wide.height / both.height, square.width / both.width, 1),
    }
    return out.getvalue(), crops


def _crop(*corners: float) -> str:
    return "_".join(f"{corner:.6f}".rstrip("0").rstrip(".") for corner in corners)
