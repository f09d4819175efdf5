"""Pictures that people upload: judged by their bytes, decoded within limits, and written anew without metadata.

What is stored was encoded here: nothing that a camera, an editor program or an attacker hid in the file comes along
(where a photograph was taken, a second file behind the first). Two things are kept: how the picture is to be turned, by
turning it, and the declaration that it was made with AI, which nobody may take away
(《人工智能生成合成内容标识办法》, in force since 2025-09-01).
"""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
from dataclasses import dataclass
from typing import Any

from PIL import Image as Pictures
from PIL import ImageCms, ImageOps

from channels.words import Words
from hub.domain.refusals import Refusal
from hub.editorial.images import MAX_IMAGE_BYTES, MAX_PIXELS

READ = ("PNG", "JPEG", "GIF", "WEBP")
WRITTEN = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
MAX_SIDE = 16_000
MOST_LABEL = 2_000
ADVICE = Words("请用 20 MB 以内的 PNG、JPEG、GIF 或 WebP。", "Use a PNG, JPEG, GIF or WebP of up to 20 MB.")


@dataclass(frozen=True)
class Picture:
    """An uploaded picture as it is stored; `label` is its declaration of being made with AI, JSON, or ""."""

    data: bytes
    media_type: str
    width: int
    height: int
    sha256: str
    label: str = ""

    @property
    def ending(self) -> str:
        """What its file name ends with."""
        return ENDINGS[self.media_type]


def take_picture(data: bytes) -> Picture:
    """The picture, encoded anew. Raises Refusal with a sentence for what is none (IMG-103), is an SVG (IMG-104), is too
    large in bytes or pixels (IMG-105), or moves (IMG-106).
    """
    if len(data) > MAX_IMAGE_BYTES:
        raise _too_large(Words("文件超过 20 MB", "the file is over 20 MB"))
    _refuse_drawings(data)
    try:
        return _anew(data)
    except (Pictures.DecompressionBombWarning, Pictures.DecompressionBombError) as error:
        raise _too_large(_PIXELS) from error
    except Refusal:
        raise
    # Pillow's decoders raise many kinds of errors on hostile bytes; each means the same here.
    except Exception as error:
        raise Refusal(
            "IMG-103", Words("这不是可用的图片，或文件已损坏。", "This is no usable picture, or it is damaged."), ADVICE
        ) from error


def _refuse_drawings(data: bytes) -> None:
    """An SVG is a program: it may hold scripts and load things from elsewhere."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<?xml", b"<svg", b"<!doctype svg")) or b"<svg" in start:
        raise Refusal(
            "IMG-104",
            Words("不接受 SVG：它可能含有脚本。", "SVG is not accepted: it may hold scripts."),
            Words("请导出为 PNG 后上传。", "Export it as PNG, then upload that."),
        )


def _anew(data: bytes) -> Picture:
    with Pictures.open(io.BytesIO(data), formats=READ) as opened:
        if opened.width * opened.height > MAX_PIXELS or max(opened.size) > MAX_SIDE:
            raise _too_large(_PIXELS)
        # A telephone's JPEG with a depth map, or another size of the same photograph, is an "MPO" to Pillow.
        if opened.format != "MPO" and getattr(opened, "n_frames", 1) > 1:
            raise Refusal(
                "IMG-106",
                Words("不接受动图。", "A picture that moves is not accepted."),
                Words("请截取一帧，另存为 PNG 或 JPEG。", "Save one frame of it as PNG or JPEG."),
            )
        label = _label(opened)
        turned = ImageOps.exif_transpose(_plain(opened))
        kind = {"JPEG": "JPEG", "MPO": "JPEG", "WEBP": "WEBP"}.get(opened.format or "", "PNG")
        written = _encoded(turned, kind, label)
    size = turned.size
    return Picture(written, WRITTEN[kind], *size, hashlib.sha256(written).hexdigest(), label)


def _plain(picture: Pictures.Image) -> Pictures.Image:
    """In sRGB and eight bits, with transparency where there was some: what the colours mean is then the same everywhere
    without a profile.
    """
    picture.load()
    seen = "RGBA" if picture.has_transparency_data else "RGB"
    mode = "L" if picture.mode in ("1", "L") and seen == "RGB" else seen
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "RGBA", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            flat = picture if picture.mode != "RGBA" else picture.convert("RGB")
            managed = ImageCms.profileToProfile(flat, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            # A damaged profile says nothing about the colours.
            return _converted(picture, mode)
        if managed is not None and seen == "RGBA":
            managed.putalpha(picture.getchannel("A"))
        return _with_turn(managed, picture) if managed is not None else _converted(picture, mode)
    return _converted(picture, mode)


def _converted(picture: Pictures.Image, mode: str) -> Pictures.Image:
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        return _with_turn(picture.point(lambda value: value / 256).convert("L"), picture)
    return _with_turn(picture.convert(mode), picture)


def _with_turn(done: Pictures.Image, picture: Pictures.Image) -> Pictures.Image:
    """How it is to be turned must not get lost on the way to `exif_transpose`."""
    if "exif" in picture.info:
        done.info["exif"] = picture.info["exif"]
    return done


def _encoded(picture: Pictures.Image, kind: str, label: str) -> bytes:
    bare = picture.copy()
    bare.info = {}
    # No copy of the file's own EXIF: Pillow writes what it still finds on the picture.
    bare._exif = None
    out = io.BytesIO()
    how: dict[str, Any] = {
        "JPEG": {"quality": 90, "optimize": True, "progressive": True},
        "WEBP": {"quality": 90, "method": 4},
        "PNG": {"optimize": False, "compress_level": 6},
    }[kind]
    if label:
        how |= _carrying(label, kind)
    if kind == "JPEG" and bare.mode not in ("L", "RGB"):
        bare = bare.convert("RGB")
    bare.save(out, kind, **how)
    return out.getvalue()


_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" TC260:AIGC="{}"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def _carrying(label: str, kind: str) -> dict[str, Any]:
    """How the declaration is written into a file: as the XMP attribute TC260:AIGC (GB 45438—2025, appendix)."""
    packet = _XMP.replace("{}", html.escape(label))
    if kind != "PNG":
        return {"xmp": packet.encode()}
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415 (only for pictures that were made with AI)

    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet)
    return {"pnginfo": info}


_LABEL = re.compile(r'\{[^{}]{0,1900}"(?:Label|ContentProducer|ProduceID)"[^{}]{0,1900}\}')


def _label(picture: Pictures.Image) -> str:
    """The declaration of being made with AI, wherever programs put it: XMP, a PNG text, EXIF's comments."""
    exif = picture.getexif()
    # ImageDescription, Software, UserComment (in the EXIF block), and what a PNG or a JPEG carries as text.
    places = [exif.get(0x010E), exif.get_ifd(0x8769).get(0x9286), *picture.info.values()]
    for place in places:
        text = place.decode("utf-8", "replace") if isinstance(place, bytes) else place
        if not isinstance(text, str):
            continue
        found = _LABEL.search(html.unescape(text[:200_000]))
        if found and len(found[0]) <= MOST_LABEL:
            try:
                return json.dumps(json.loads(found[0]), ensure_ascii=False, separators=(",", ":"))
            except ValueError:
                continue
    return ""


_PIXELS = Words("图片超过 8000 万像素或单边 16000 像素", "the picture has over 80 million pixels, or 16,000 a side")


def _too_large(words: Words) -> Refusal:
    said = Words(f"图片太大：{words.zh}。", f"Too large: {words.en}.")
    return Refusal("IMG-105", said, Words("请缩小后再上传。", "Make it smaller, then upload it."))
