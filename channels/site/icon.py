"""The site's mark: the first character of its name on a square of ink, for browsers' tabs and readers' lists."""

from __future__ import annotations

from functools import lru_cache

from channels.base import File
from channels.drawing import Canvas, Style, missing, set_text
from channels.manuscript import SiteInfo
from channels.site import paths
from channels.site.characters import one_line

# RSS 2.0: an image is at most 144 pixels wide.
SIDE = 144
_INK = (0x1F, 0x23, 0x28)
_PAPER = (0xFA, 0xF8, 0xF3)
_GLYPH = Style(size=104, weight=600, leading=1.0, align="center")


def icon(site: SiteInfo) -> File:
    """`icon.png`, 144 by 144 pixels."""
    name = one_line(site.name) or site.domain
    return File(paths.ICON, _drawn(name), "image/png", name)


@lru_cache(maxsize=64)
def _drawn(name: str) -> bytes:
    sign = next((char for char in name if char.isalnum() and not missing(char)), "政")
    canvas = Canvas((SIDE, SIDE), _INK)
    block = set_text(sign, SIDE, _GLYPH)
    canvas.text(block, 0, (SIDE - round(block.height)) // 2, _PAPER)
    return canvas.png(name)
