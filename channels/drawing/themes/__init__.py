"""Colour themes as data: one TOML file each, checked for contrast when it is loaded."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import ImageColor

from channels.words import Words

# WCAG 2.1, success criterion 1.4.3.
CONTRAST = 4.5
_FOLDER = Path(__file__).parent

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Theme:
    """The colours of one theme. `paper`, `panel` and `rule` are grounds; `ink`, `grey` and `accent` stand on any of
    them; `on_fill` stands on `fill` only."""

    key: str
    name: Words
    paper: Colour
    panel: Colour
    rule: Colour
    ink: Colour
    grey: Colour
    accent: Colour
    fill: Colour
    on_fill: Colour


def theme_names() -> tuple[str, ...]:
    """The keys of the themes there are, the house theme first."""
    return tuple(sorted((path.stem for path in _FOLDER.glob("*.toml")), key=lambda key: (key != "paper", key)))


@lru_cache(maxsize=32)
def load_theme(key: str) -> Theme:
    """The theme stored under `key`; raises KeyError when there is none, ValueError when an ink can't be read."""
    path = _FOLDER / f"{key}.toml"
    if key not in theme_names():
        raise KeyError(key)
    return parse_theme(key, path.read_text(encoding="utf-8"))


def parse_theme(key: str, source: str) -> Theme:
    """A theme from its TOML; raises ValueError naming the pair whose contrast is below 4.5:1."""
    data = tomllib.loads(source)
    grounds = {name: _colour(value) for name, value in data["grounds"].items()}
    inks = {name: _colour(value) for name, value in data["inks"].items()}
    fill, on_fill = _colour(data["accent"]["fill"]), _colour(data["accent"]["on"])
    pairs = [(f"{i} on {g}", ink, ground) for i, ink in inks.items() for g, ground in grounds.items()]
    for pair, ink, ground in [*pairs, ("accent.on on accent.fill", on_fill, fill)]:
        if (ratio := contrast(ink, ground)) < CONTRAST:
            raise ValueError(f"theme {key}: {pair} has a contrast of {ratio:.2f}, below {CONTRAST}")
    return Theme(key, Words(data["name_zh"], data["name_en"]), **grounds, **inks, fill=fill, on_fill=on_fill)


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.1)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(value / 255) for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _colour(value: str) -> Colour:
    red, green, blue = ImageColor.getrgb(value)[:3]
    return red, green, blue
