"""A picture as the receipt of what a person posted, where no link is to be had: made anew and kept by its hash."""

from __future__ import annotations

import io
import re
import warnings

from PIL import Image, ImageOps

from channels.words import Words
from hub.domain.refusals import Refusal

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 80_000_000
# A phone's whole screen stays legible at this; a photograph of a screen too.
LONG_SIDE = 2400
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
_NAMED = re.compile(r"screenshot sha256:([0-9a-f]{64})")


def made_anew(data: bytes) -> bytes:
    """The picture as a JPEG of our own making: what it shows, and nothing of what else the file carried (where it was
    taken, by which phone, a script behind the picture). Raises Refusal for what is no picture.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
                if len(data) > MAX_BYTES or opened.width * opened.height > MAX_PIXELS:
                    raise _REFUSED
                picture = ImageOps.exif_transpose(opened).convert("RGBA")
    # Pillow's decoders raise many kinds of errors on hostile bytes; each means the same here.
    except (OSError, ValueError, SyntaxError, EOFError, Warning, Image.DecompressionBombError):
        raise _REFUSED from None
    picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    flat = Image.new("RGB", picture.size, "white")
    flat.paste(picture, mask=picture.getchannel("A"))
    made = io.BytesIO()
    flat.save(made, "JPEG", quality=86, optimize=True)
    return made.getvalue()


def named(sha256: str) -> str:
    """How a proof names the picture."""
    return f"截图 screenshot sha256:{sha256}"


def in_proof(proof: str) -> str | None:
    """The hash of the picture that a proof names, if it names one."""
    found = _NAMED.search(proof)
    return found[1] if found else None


_REFUSED = Refusal(
    "DLV-241",
    Words("这个文件不是可用的截图。", "This file is no usable picture."),
    Words("请用 20 MB 以内的 PNG、JPEG 或 WebP 图片。", "Use a PNG, JPEG or WebP picture of up to 20 MB."),
)
