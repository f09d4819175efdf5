"""docs/wechat-checklist.md knows every code that the channel can end with."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "wechat-checklist.md").read_text(encoding="utf-8")


def told() -> set[int]:
    """The codes of the table, ranges spelled out."""
    table = PAGE.partition("## The codes")[2]
    codes = {int(n) for n in re.findall(r"`WEC-(3\d\d)`", table)}
    for first, last in re.findall(r"`WEC-(3\d\d)` to `WEC-(3\d\d)`", table):
        codes |= set(range(int(first), int(last) + 1))
    return codes


def test_every_code_of_the_program_is_told_and_no_other() -> None:
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "channels" / "wechat").glob("*.py"))
    used = {int(n) for text in texts for n in re.findall(r'"WEC-(3\d\d)"', text)}
    assert told() - used <= {339}
    assert used - told() <= {339}


def test_steps_are_numbered_without_a_gap() -> None:
    steps = [int(n) for n in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)]
    assert steps == list(range(1, len(steps) + 1))
