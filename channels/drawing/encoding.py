"""PNG files, fast and the same every time (docs/decisions/0003-png-encoder.md says why and at what price)."""

from __future__ import annotations

import struct
import zlib

from PIL import Image, ImageChops
from zlib_ng import zlib_ng

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UP = 2
_LEVEL = 1
_STRIP = 96


def encode_png(image: Image.Image, alt: str = "") -> bytes:
    """The RGB image as a PNG with every row filtered by "up" and packed by zlib-ng, `alt` in an iTXt Description.

    Raises ValueError for another mode. Up alone is right for flat, typeset pictures: most rows repeat the one above.
    """
    if image.mode != "RGB":
        raise ValueError(f"only RGB is encoded, not {image.mode}")
    header = struct.pack(">IIBBBBB", image.width, image.height, 8, 2, 0, 0, 0)
    chunks = [_chunk(b"IHDR", header), _chunk(b"sRGB", b"\x00")]
    if alt:
        text = b"Description\x00\x00\x00zh-CN\x00\x00" + alt.encode("utf-8", "replace")
        chunks.append(_chunk(b"iTXt", text))
    return b"".join([_SIGNATURE, *chunks, *_packed(image), _chunk(b"IEND", b"")])


def _packed(image: Image.Image) -> list[bytes]:
    """The IDAT chunk in pieces.

    In strips, since buffers of a whole frame cost more in page faults than the work itself.
    """
    stride = image.width * 3 + 1
    packer = zlib_ng.compressobj(_LEVEL)
    pieces = [packer.compress(bytes([_UP]))]
    above = bytes(stride)
    for top in range(0, image.height, _STRIP):
        bottom = min(top + _STRIP, image.height)
        raw = image.crop((0, top, image.width, bottom)).tobytes("raw", "RGB", stride, 1)
        filtered = _filtered(raw, above, stride)
        # The very last filter byte has no row to stand before.
        pieces.append(packer.compress(filtered if bottom < image.height else filtered[:-1]))
        above = raw[-stride:]
    data = b"".join([*pieces, packer.flush()])
    crc = zlib.crc32(data, zlib.crc32(b"IDAT"))
    return [struct.pack(">I", len(data)), b"IDAT", data, struct.pack(">I", crc)]


def _filtered(raw: bytes, above: bytes, stride: int) -> bytes:
    """Rows less the rows above them, each followed by the filter byte of the next.

    The bytes are looked at as one grey image whose last column is that filter byte, so that filtering is one
    subtraction in Pillow instead of a loop over rows.
    """
    size = (stride, len(raw) // stride)
    rows = Image.frombuffer("L", size, raw, "raw", "L", 0, 1)
    before = Image.frombuffer("L", size, above + raw[:-stride], "raw", "L", 0, 1)
    difference = ImageChops.subtract_modulo(rows, before)
    difference.paste(_UP, (stride - 1, 0, stride, size[1]))
    return difference.tobytes()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
