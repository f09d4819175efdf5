"""docs/operators.md names every setting with its default and the folders that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.config import Config

PAGE = (Path(__file__).parents[2] / "docs" / "operators.md").read_text(encoding="utf-8")
SETTINGS = PAGE.partition("## Settings")[2].partition("\n## ")[0]
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", SETTINGS, re.MULTILINE))


def test_the_table_has_exactly_the_settings_there_are() -> None:
    assert set(ROWS) == set(Config.model_fields)


@pytest.mark.parametrize("name", sorted(Config.model_fields))
def test_a_setting_is_described_with_its_variable_and_default(name: str) -> None:
    field = Config.model_fields[name]
    variable, default, description = (cell.strip().strip("`") for cell in ROWS[name].split("|"))
    assert variable == (name.upper() if field.validation_alias else f"YIGAO_{name.upper()}")
    assert default == (str(field.default).lower() if isinstance(field.default, bool) else str(field.default))
    assert description


def test_the_folders_are_those_of_the_program() -> None:
    config = Config(data=Path("/srv/yigao"))
    for folder in (config.artefact_folder, config.site_folder, config.outbox):
        assert f"| `{folder.name}/` |" in PAGE
