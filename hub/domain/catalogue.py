"""The fields of the grassroots disclosure catalogue: a rule's data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Catalogue:
    """The rule: its source, its date, and its fields, key to name, in its own order."""

    source: str
    date: date
    fields: Mapping[str, str]


@cache
def catalogue() -> Catalogue:
    """The rule as it is shipped."""
    data = tomllib.loads((files("hub") / "rules" / "catalogue.toml").read_text(encoding="utf-8"))
    return Catalogue(data["source"], data["date"], data["fields"])
