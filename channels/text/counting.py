"""Counting text the way Chinese editors and platforms do."""

from __future__ import annotations

import unicodedata


def characters(text: str) -> int:
    """字数: every character but white space."""
    return sum(not c.isspace() for c in text)


def width(text: str) -> float:
    """The width in full-width characters: half-width ones count 0.5 (subtitle guides, platform title counters)."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.5 for c in text)
