"""docs/editors.md: its example is a whole draft, and its tables name every field and every choice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from channels.manuscript import FORM_LABELS, VALIDITY_LABELS
from hub.editorial.front_matter import parse_draft
from hub.editorial.header import SHAPES

PAGE = (Path(__file__).parents[2] / "docs" / "editors.md").read_text(encoding="utf-8")


def _example() -> str:
    (block,) = re.findall(r"^```markdown\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(block)


def test_the_example_parses_with_every_field_filled() -> None:
    content = parse_draft(_example(), where="docs/editors.md").content
    empty = [name for name in type(content).model_fields if name != "images" and not getattr(content, name)]
    assert empty == []
    assert content.livestream is not None
    assert content.livestream.starts.isoformat() == "2027-01-14T15:00:00+08:00"


@pytest.mark.parametrize("field", sorted(SHAPES))
def test_every_field_is_in_the_example_and_in_a_table(field: str) -> None:
    assert re.search(rf"^{field}:", _example(), re.MULTILINE)
    assert re.search(rf"^\| `{field}` \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize("part", ["policies", "interpreters", "key_points", "questions", "livestream"])
def test_every_part_of_a_field_is_explained(part: str) -> None:
    shape = SHAPES[part] if isinstance(SHAPES[part], dict) else SHAPES[part][0]
    tables = "\n".join(line for line in PAGE.splitlines() if line.startswith("|"))
    assert [name for name in shape if not re.search(rf"`(?:{part}\[\]\.)?{name}`", tables)] == []


@pytest.mark.parametrize("label", [*FORM_LABELS.values(), *VALIDITY_LABELS.values()])
def test_every_choice_is_named(label: str) -> None:
    assert label in PAGE
