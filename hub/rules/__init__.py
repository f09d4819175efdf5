"""Rules that an office obeys, as data with a source and a date: they differ by province and change.

A rule pack is a TOML file in this folder. What the console shows of a rule is in it; nothing in the code repeats a
number of it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from channels.words import Words


@dataclass(frozen=True)
class Rule:
    """One rule: `value` in `unit`, what it says in a sentence, who says so, and since when, if that is sure."""

    key: str
    value: int
    unit: str
    says: Words
    source: Words
    since: date | None


@dataclass(frozen=True)
class Pack:
    """A rule pack: its name and its rules, by their keys."""

    key: str
    name: Words
    rules: dict[str, Rule]

    def __getitem__(self, key: str) -> int:
        """The value of a rule. Raises KeyError."""
        return self.rules[key].value


PACKS = ("timeliness",)


@cache
def pack(key: str) -> Pack:
    """The rule pack with this key. Raises FileNotFoundError."""
    read = tomllib.loads((files("hub.rules") / f"{key}.toml").read_text(encoding="utf-8"))
    rules = {name: _rule(name, table) for name, table in read["rules"].items()}
    return Pack(key, Words(read["name"]["zh"], read["name"]["en"]), rules)


def packs() -> tuple[Pack, ...]:
    """All of them."""
    return tuple(pack(key) for key in PACKS)


def _rule(key: str, table: dict[str, Any]) -> Rule:
    says, source = (Words(table[part]["zh"], table[part]["en"]) for part in ("says", "source"))
    return Rule(key, table["value"], table["unit"], says, source, table.get("since"))
