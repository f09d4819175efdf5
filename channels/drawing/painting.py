"""Painting: a canvas that knows text blocks, cards, rules, pictures and QR codes, and gives its PNG."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import NamedTuple

import segno
from PIL import Image, ImageDraw

from channels.drawing.encoding import encode_png
from channels.drawing.fonts import font
from channels.drawing.layout import Block
from channels.drawing.themes import Colour

# Corners are drawn this many times larger and reduced, since Pillow's own have steps.
_FINE = 4
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
_frames = threading.local()


class Box(NamedTuple):
    """A rectangle in pixels; right and bottom are outside of it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    def inset(self, x: int, y: int | None = None) -> Box:
        """The box smaller by `x` pixels at the sides and `y` (or `x`) at top and bottom."""
        dy = x if y is None else y
        return Box(self.left + x, self.top + dy, self.right - x, self.bottom - dy)


class Canvas:
    """A picture being painted. Colours are RGB triples, places are whole pixels from the top left."""

    def __init__(self, ground: Image.Image | tuple[int, int], colour: Colour = WHITE) -> None:
        """Start on a copy of the picture `ground`, or on `colour` when `ground` is a size."""
        size = ground.size if isinstance(ground, Image.Image) else ground
        self.image = Image.new("RGB", size, colour)
        if isinstance(ground, Image.Image):
            self.image.paste(ground)
        self._draw = ImageDraw.Draw(self.image)

    @classmethod
    def reusing(cls, ground: Image.Image) -> Canvas:
        """A canvas on the thread's own frame of this size: valid until the thread asks for the next one.

        Saves the page faults of a fresh frame, about half the time a card takes; for series of pictures.
        """
        frames: dict[tuple[int, int], Canvas] = _frames.__dict__.setdefault("by_size", {})
        canvas = frames.get(ground.size)
        if canvas is None:
            canvas = frames.setdefault(ground.size, cls(ground))
        canvas.image.paste(ground)
        return canvas

    @property
    def box(self) -> Box:
        """The whole picture."""
        return Box(0, 0, self.image.width, self.image.height)

    def fill(self, box: Box, colour: Colour) -> None:
        """A rectangle."""
        self.image.paste(colour, box)

    def rounded(self, box: Box, radius: int, colour: Colour) -> None:
        """A rectangle with rounded corners."""
        self.image.paste(colour, box, _rounded_mask(box.width, box.height, radius))

    def frame(self, box: Box, colour: Colour, width: int = 2) -> None:
        """The outline of a rectangle, drawn inside of it."""
        self._draw.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), outline=colour, width=width)

    def text(self, block: Block, x: int, y: int, colour: Colour) -> int:
        """Paint a laid-out text with its top left at (x, y); gives the y below it."""
        style = block.style
        for line in block.lines:
            base = y + round(line.baseline)
            for char, offset in line.glyphs:
                mask, dx, dy = _glyph(char, style.size, style.weight)
                if mask is not None:
                    self.image.paste(colour, (x + round(offset) + dx, base + dy), mask)
        return y + round(block.height)

    def picture(self, image: Image.Image, box: Box, radius: int = 0) -> None:
        """A picture that fills the box, cropped at the edges that stand over, never stretched."""
        scale = max(box.width / image.width, box.height / image.height)
        width, height = box.width / scale, box.height / scale
        left, top = (image.width - width) / 2, (image.height - height) / 2
        source = image.convert("RGB").resize(
            (box.width, box.height), Image.Resampling.LANCZOS, (left, top, left + width, top + height)
        )
        mask = _rounded_mask(box.width, box.height, radius) if radius else None
        self.image.paste(source, box, mask)

    def qr(self, data: str, place: tuple[int, int], size: int, dark: Colour = BLACK, light: Colour = WHITE) -> Box:
        """A QR code with its quiet zone, top left at `place`, at most `size` pixels square; gives the box it takes.

        Each module is a whole number of pixels. Error correction is level M.
        """
        mask = _qr_mask(data, size)
        x, y = place
        box = Box(x, y, x + mask.width, y + mask.height)
        self.fill(box, light)
        self.image.paste(dark, box, mask)
        return box

    def png(self, alt: str = "") -> bytes:
        """The picture as PNG, `alt` in its Description."""
        return encode_png(self.image, alt)


@lru_cache(maxsize=1536)
def _glyph(char: str, size: int, weight: int) -> tuple[Image.Image | None, int, int]:
    """The mask of one glyph and where its top left lies from the origin on the baseline."""
    face = font(size, weight)
    left, top, right, bottom = (round(edge) for edge in face.getbbox(char, anchor="ls"))
    if right <= left or bottom <= top:
        return None, 0, 0
    mask = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(mask).text((-left, -top), char, fill=255, font=face, anchor="ls")
    ink = mask.getbbox()
    if ink is None:
        return None, 0, 0
    return mask.crop(ink), left + ink[0], top + ink[1]


@lru_cache(maxsize=64)
def _rounded_mask(width: int, height: int, radius: int) -> Image.Image:
    radius = min(radius, width // 2, height // 2)
    mask = Image.new("L", (width, height), 255)
    if radius <= 0:
        return mask
    disc = Image.new("L", (2 * radius * _FINE, 2 * radius * _FINE))
    ImageDraw.Draw(disc).ellipse((0, 0, disc.width - 1, disc.height - 1), fill=255)
    disc = disc.resize((2 * radius, 2 * radius), Image.Resampling.BOX)
    for x, left in ((0, 0), (width - radius, radius)):
        for y, top in ((0, 0), (height - radius, radius)):
            mask.paste(disc.crop((left, top, left + radius, top + radius)), (x, y))
    return mask


def qr_side(data: str, size: int) -> int:
    """The pixels that `Canvas.qr` really takes of `size`: a multiple of the code's modules."""
    return _qr_mask(data, size).width


@lru_cache(maxsize=64)
def _qr_mask(data: str, size: int) -> Image.Image:
    code = segno.make_qr(data, error="m")
    side = int(code.symbol_size(border=4)[0])
    pixels = bytes(255 if module else 0 for row in code.matrix_iter(border=4) for module in row)
    small = Image.frombytes("L", (side, side), pixels)
    scale = max(1, size // small.width)
    return small.resize((small.width * scale, small.height * scale), Image.Resampling.NEAREST)
