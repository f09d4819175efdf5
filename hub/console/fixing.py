"""A one-press correction, made in the form: the place is found, the old text checked, the new one put there."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from channels.base import Finding, Fix
from hub.console.fields import ROWS, TEXTS, Fields
from hub.editorial.gathering import Gathered

_ROW = re.compile(r"([a-z_]+)\[(\d+)\]\.([a-z_]+)")
_VARIANT = re.compile(r"variants\[([a-z0-9_]+)\]\.([a-z_]+(?:\[x?\d+\]\.[a-z_]+)?)")
_PLACE = re.compile(r"(variants\[[a-z0-9_]+\]\.)?([a-z_]+)\[(\d+)\]")
BUTTON = "fix:"


def button(fix: Fix) -> str:
    """The value of the button that makes the correction."""
    return BUTTON + json.dumps(asdict(fix), ensure_ascii=False)


def inverse(fix: Fix) -> Fix:
    """The correction that takes this one back."""
    return replace(fix, old=fix.new, new=fix.old)


def pressed(value: str) -> Fix | None:
    """The correction that a pressed button names."""
    if not value.startswith(BUTTON):
        return None
    try:
        said: dict[str, Any] = json.loads(value.removeprefix(BUTTON))
        return Fix(str(said["place"]), str(said["old"]), str(said["new"]), int(said["at"]))
    except (ValueError, KeyError, TypeError):
        return None


def apply(fields: Fields, fix: Fix) -> bool:
    """Make the correction; False when the text isn't there any more, and nothing is changed."""
    place, _, line = fix.place.partition(":")
    if place == "body" and line.isdigit():
        lines = fields.texts["body"].split("\n")
        number = int(line) - 1
        if number >= len(lines) or (made := _replaced(lines[number], fix)) is None:
            return False
        lines[number] = made
        fields.texts["body"] = "\n".join(lines)
        return True
    holder, key = _holder(fields, place)
    made = _replaced(holder[key], fix) if holder is not None and key in holder else None
    if holder is None or made is None:
        return False
    holder[key] = made
    return True


def _holder(fields: Fields, place: str) -> tuple[dict[str, str] | None, str]:
    if place in TEXTS:
        return fields.texts, place
    if (own := _VARIANT.fullmatch(place)) is not None:
        words = fields.variants.setdefault(own[1], {})
        # `key_points[2].text` of a channel is typed into the field `key_points-2-text`.
        name = own[2].replace("[", "-").replace("].", "-")
        words.setdefault(name, "")
        return words, name
    found = _ROW.fullmatch(place)
    if found is None or found[1] not in ROWS or int(found[2]) >= len(fields.rows[found[1]]):
        return None, ""
    return fields.rows[found[1]][int(found[2])], found[3]


def _replaced(text: str, fix: Fix) -> str | None:
    at = fix.at if fix.at >= 0 and text.startswith(fix.old, fix.at) else text.find(fix.old)
    return None if at < 0 else text[:at] + fix.new + text[at + len(fix.old) :]


def in_form(found: Sequence[Gathered], fields: Fields) -> list[Gathered]:
    """The findings with the numbers of the form's rows: a manuscript leaves empty ones out."""
    return [Gathered(_in_form(g.finding, fields), g.channels) for g in found]


def _in_form(finding: Finding, fields: Fields) -> Finding:
    def moved(place: str) -> str:
        match = _PLACE.match(place)
        if match is None or match[2] not in ROWS:
            return place
        own, name, number = match[1] or "", match[2], int(match[3])
        rows = fields.places(name)
        if number >= len(rows) and not own:
            return place
        # Beyond the common ones, a key point is of the channel alone.
        at = rows[number] if number < len(rows) else f"x{number - len(rows)}"
        return f"{own}{name}[{at}]{place[match.end() :]}"

    fix = replace(finding.fix, place=moved(finding.fix.place)) if finding.fix else None
    return replace(finding, place=moved(finding.place), fix=fix)
