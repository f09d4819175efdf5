"""Pictures with Chinese text: line layout by Chinese rules, painting, and PNG encoding.

Shared by the channels that draw. `set_text` and `fit_text` lay a text out as plain data, `Canvas` paints it and gives
the PNG, `load_theme` brings the colours. No clock, no randomness: the same calls give the same bytes.
"""

from channels.drawing.fitting import fit_text, split_text
from channels.drawing.fonts import FontMissingError, missing
from channels.drawing.layout import Block, Line, Style, set_text
from channels.drawing.painting import Box, Canvas, qr_side
from channels.drawing.themes import Theme, load_theme, theme_names

__all__ = [
    "Block",
    "Box",
    "Canvas",
    "FontMissingError",
    "Line",
    "Style",
    "Theme",
    "fit_text",
    "load_theme",
    "missing",
    "qr_side",
    "set_text",
    "split_text",
    "theme_names",
]
