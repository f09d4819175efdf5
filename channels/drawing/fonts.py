"""The one typeface of every picture: Noto Sans CJK, Simplified Chinese, from its wheel or from the system."""

from __future__ import annotations

import importlib.util
import mmap
import struct
import unicodedata
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

# In every build of this collection, face 2 draws the Simplified Chinese forms (0 draws the Japanese ones).
_FACE = 2
_WHEEL = ("manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc")
_SYSTEM = Path("/usr/share/fonts/opentype/noto")
_EM = 1000
# GB 2312's own mark for a character that the type case doesn't hold (U+3013).
GETA = "〓"


class FontMissingError(RuntimeError):
    """Neither the wheel nor the system has the typeface."""

    def __init__(self) -> None:
        super().__init__(
            "找不到中文字体 Noto Sans CJK：请重新安装依赖（含 manimgx-fonts-cjk），或安装系统包 fonts-noto-cjk。 "
            "No Noto Sans CJK: reinstall the dependencies (manimgx-fonts-cjk) or the system package fonts-noto-cjk."
        )


@lru_cache(maxsize=1)
def _variable() -> Path | None:
    spec = importlib.util.find_spec(_WHEEL[0])
    for place in (spec.submodule_search_locations if spec else None) or ():
        if (path := Path(place) / _WHEEL[1]).is_file():
            return path
    return None


def static_face(weight: int) -> Path:
    """The file of the system's face nearest to `weight`; raises FontMissingError when there is none."""
    path = _SYSTEM / f"NotoSansCJK-{'Bold' if weight >= 600 else 'Regular'}.ttc"
    if not path.is_file():
        raise FontMissingError
    return path


# Every face maps the whole file anew, up to 13 MB of which count as resident; to open one again costs 0.4 ms, and
# what a series of pictures needs again are glyphs, which are kept apart.
@lru_cache(maxsize=6)
def font(size: int, weight: int = 400) -> ImageFont.FreeTypeFont:
    """The face at `size` pixels an em and `weight` 100–900; raises FontMissingError when there is none.

    The basic layout engine places one glyph at a time, which is all that our own layout asks for; the complex one
    would load whatever bidirectional library the machine has.
    """
    variable = _variable()
    path = variable or static_face(weight)
    face = ImageFont.truetype(str(path), size, index=_FACE, layout_engine=ImageFont.Layout.BASIC)
    if variable is not None:
        face.set_variation_by_axes([weight])
    return face


@lru_cache(maxsize=16384)
def advance(char: str, weight: int = 400) -> float:
    """The width of one character in em; 0 for what is never drawn (format characters, combining marks)."""
    if unicodedata.category(char) in ("Cf", "Cc", "Mn", "Me"):
        return 0.0
    if unicodedata.east_asian_width(char) in "WF" or not has_glyph(char):
        return 1.0
    return font(_EM, weight).getlength(char) / _EM


def has_glyph(char: str) -> bool:
    """Whether the typeface draws `char`, or needs not to (spaces, format characters)."""
    return char.isspace() or ord(char) in _covered() or unicodedata.category(char) in ("Cf", "Cc") or _selects(char)


def _selects(char: str) -> bool:
    """Variation selectors choose between glyphs and are none themselves."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def missing(text: str) -> frozenset[str]:
    """The characters of `text` that the typeface has no glyph for."""
    return frozenset(char for char in set(text) if not has_glyph(char))


@lru_cache(maxsize=1)
def _covered() -> frozenset[int]:
    """Every code point the face maps to a glyph, read from its `cmap` table, format 12 (OpenType 1.9, cmap)."""
    with (
        (_variable() or static_face(400)).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        return _mapped(data)


def _mapped(data: mmap.mmap) -> frozenset[int]:
    (face,) = struct.unpack_from(">I", data, 12 + 4 * _FACE)
    (count,) = struct.unpack_from(">H", data, face + 4)
    records = (struct.unpack_from(">4s3I", data, face + 12 + 16 * i) for i in range(count))
    cmap = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    (tables,) = struct.unpack_from(">H", data, cmap + 2)
    for i in range(tables):
        (offset,) = struct.unpack_from(">I", data, cmap + 8 + 8 * i)
        table = cmap + offset
        if struct.unpack_from(">H", data, table) == (12,):
            return _format_12(data, table)
    raise FontMissingError


def _format_12(data: mmap.mmap, table: int) -> frozenset[int]:
    (groups,) = struct.unpack_from(">I", data, table + 12)
    runs = struct.iter_unpack(">3I", data[table + 16 : table + 16 + 12 * groups])
    return frozenset(code for first, last, glyph in runs if glyph for code in range(first, last + 1))
