"""What the buttons of the compose form do to its rows when no script runs: add, pick, remove, move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.console.fields import ROWS, Fields, place_cards

# Rows that an empty form offers.
OFFERED = {"key_points": 1, "questions": 0, "policies": 1, "interpreters": 1}


def empty_row(name: str) -> dict[str, str]:
    """A fresh row."""
    return dict.fromkeys(ROWS[name], "")


def offer(fields: Fields) -> Fields:
    """The form with an empty row where an editor surely begins one."""
    for name, count in OFFERED.items():
        while len(fields.rows[name]) < count:
            fields.rows[name].append(empty_row(name))
    return fields


def act(fields: Fields, button: str, picked: Mapping[str, Mapping[str, Any]]) -> bool:
    """Do what a row button says (`add:policies`, `seek:policies` (the picker is
    filled anew), `pick:policies`, `remove:key_points:2`, `up:…`, `down:…`); returns
    whether it was one. `picked` is the record chosen for each kind of row, if any.
    """
    verb, _, rest = button.partition(":")
    if verb == "reset":
        channel, _, part = rest.partition(":")
        words = fields.variants.get(channel, {})
        for key in [key for key in words if key == part or key.startswith(f"{part}-")]:
            del words[key]
        return True
    name, _, number = rest.partition(":")
    if verb not in ("add", "pick", "seek", "remove", "up", "down") or name not in ROWS:
        return False
    rows = fields.rows[name]
    if verb == "add":
        rows.append(empty_row(name))
    elif verb == "pick":
        if name in picked:
            fields.rows[name] = [*fields.filled(name), {part: str(picked[name].get(part) or "") for part in ROWS[name]}]
    elif number.isdigit() and int(number) < len(rows):
        order = _rearranged(len(rows), verb, int(number))
        fields.rows[name] = [rows[place] for place in order]
        if name == "key_points":
            place_cards(fields, {str(was): place for place, was in enumerate(order)})
    return True


def _rearranged(count: int, verb: str, at: int) -> list[int]:
    """The old places in their new order."""
    order = list(range(count))
    order.pop(at)
    if verb != "remove":
        order.insert(max(at - 1, 0) if verb == "up" else at + 1, at)
    return order
