"""Images as they come in: read, measured, never trusted by their name."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image as Pictures

from channels.manuscript import Image

# An editor's photograph is well under this; a file beyond it is a mistake or an attack.
MAX_IMAGE_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 80_000_000
MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
# A telephone's JPEG that holds a second picture, such as a depth map.
MEDIA_TYPES_SEEN = {**MEDIA_TYPES, "MPO": "image/jpeg"}


def read_image(name: str, data: bytes) -> Image:
    """The image as a manuscript carries it. Bytes that are no PNG, JPEG, GIF or WebP, are broken, or are larger than
    the limits (bytes, pixels) come back with an empty media type; the channels' checks then say so.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    broken = Image(name=name, sha256=sha256, data=data)
    if len(data) > MAX_IMAGE_BYTES:
        return broken
    try:
        with Pictures.open(io.BytesIO(data), formats=list(MEDIA_TYPES)) as picture:
            kind, (width, height) = picture.format, picture.size
            if width * height > MAX_PIXELS:
                return broken
            picture.load()
    # Pillow's decoders raise many kinds of errors on hostile bytes; each means the same here.
    except (OSError, ValueError, SyntaxError, EOFError, Warning, Pictures.DecompressionBombError):
        return broken
    return Image(
        name=name, sha256=sha256, media_type=MEDIA_TYPES_SEEN[kind or "PNG"], width=width, height=height, data=data
    )


def load_beside(folder: Path, names: list[str]) -> tuple[Image, ...]:
    """The images that a text file in `folder` refers to by relative path. What is not there, lies outside the folder
    or has an address of its own (`https:`) is left out; the channels' checks say what is missing.
    """
    root = folder.resolve()
    found = []
    for name in dict.fromkeys(names):
        if ":" in name.split("/")[0] or "\x00" in name:
            continue
        path = (root / name).resolve()
        if path.is_relative_to(root) and path.is_file() and path.stat().st_size <= MAX_IMAGE_BYTES:
            found.append(read_image(name, path.read_bytes()))
    return tuple(found)
