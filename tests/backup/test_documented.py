"""The commands of docs/operators.md, run as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from hub.services import Services
from tests.backup.house import house, rows_of
from tests.cli_runner import yigao

PAGE = (Path(__file__).parents[2] / "docs" / "operators.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## Backup")[2].partition("\n## ")[0]


def test_the_commands_of_the_page_work(original: Services, tmp_path: Path) -> None:
    commands = [shlex.split(block) for block in re.findall(r"^```\n(yigao .+)\n```$", SECTION, re.MULTILINE)]
    assert [command[1] for command in commands] == ["backup", "restore"]
    for data, command in zip((original.config.data, tmp_path / "new"), commands, strict=True):
        ran = yigao(*command[1:], cwd=tmp_path, YIGAO_DATA=str(data))
        assert ran.code == 0, ran
    lifting = re.findall(r"`yigao (hold lift) ID`", SECTION)
    ran = yigao(*lifting[0].split(), 2, YIGAO_DATA=str(tmp_path / "new"))
    assert ran.code == 0, ran
    new = house(tmp_path / "new", office=False)
    assert rows_of(new)["holds"][-1][-1] != ""  # lifted by somebody
    new.db.close()


def test_the_page_names_every_folder_and_what_becomes_of_it() -> None:
    for name in ("artefacts/", "yigao.toml", "secret.key", "site/", "previews/", "outbox/", "log/", "run/", "audit/"):
        assert f"`{name}`" in SECTION
