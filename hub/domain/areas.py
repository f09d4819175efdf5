"""The tree of areas: a city, its districts, their towns, their villages. No area lies deeper."""

from __future__ import annotations

LEVELS = ("city", "district", "town", "village")
