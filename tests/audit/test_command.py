"""`yigao audit`: one sentence with a code, and an exit code that a script can trust."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.audit import seal
from hub.cli import main
from hub.services import Services
from tests.audit.trails import WAY, deliver, execute, unguard
from tests.fakes import NOW


@dataclass
class Ran:
    """What a run of the command left behind."""

    code: object
    out: str
    err: str


Yigao = Callable[..., Ran]


@pytest.fixture
def yigao(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Yigao:
    """Run the command line in this process."""

    def run(*arguments: object, language: str = "zh") -> Ran:
        monkeypatch.setenv("YIGAO_LANGUAGE", language)
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments)])
        said = capsys.readouterr()
        return Ran(ended.value.code, said.out, said.err)

    return run


@pytest.fixture
def folder(lite: Services) -> Path:
    """The data folder of an installation with two sealed deliveries."""
    deliver(lite, 2)
    seal(lite, NOW)
    return lite.config.data


def test_a_whole_trail_is_exit_0_and_the_head_to_note_down_is_printed(yigao: Yigao, folder: Path) -> None:
    ran = yigao("audit", "verify", "--data", folder)
    assert ran.code == 0, ran
    assert "AUD-200 留痕完整：14 环，2 项发布任务" in ran.out
    head = next(line for line in ran.out.splitlines() if "链头 14:" in line).split()[1].partition("（")[0]
    again = yigao("audit", "verify", "--data", folder, "--head", head, "--json", language="en")
    answer = json.loads(again.out)
    assert (again.code, answer["whole"], answer["links"], answer["notes"]) == (0, True, 14, 2)
    assert f"{answer['head']['position']}:{answer['head']['hash']}" == head


def test_a_broken_one_is_exit_1_and_the_first_broken_row_is_named_in_both_languages(
    yigao: Yigao, folder: Path, lite: Services
) -> None:
    unguard(lite)
    execute(lite, "UPDATE moves SET actor = 'user:2' WHERE id IN (5, 9)")
    ran = yigao("audit", "verify", "--data", folder)
    assert ran.code == 1, ran
    first = ran.err.splitlines()[0]
    assert "AUD-201 第 5 环" in first
    assert "发布任务 1" in first
    assert "AUD-200" not in ran.out
    english = yigao("audit", "verify", "--data", folder, "--json", language="en")
    assert "AUD-201 Link 5 does not fit its move (move 5, delivery 1)" in english.err.splitlines()[0]
    answer = json.loads(english.out)
    assert (english.code, answer["whole"], answer["broken"]) == (1, False, 2)
    assert answer["breaks"][0] | {"sentence": None} == {
        "code": "AUD-201",
        "position": 5,
        "move_id": 5,
        "delivery_id": 1,
        "sentence": None,
    }


@pytest.mark.parametrize(
    "arguments", [["--head", "14:abc"], ["--head", "x"], ["--nothing"]], ids=["short", "no head", "no option"]
)
def test_wrong_use_is_exit_2(yigao: Yigao, folder: Path, arguments: list[str]) -> None:
    assert yigao("audit", "verify", "--data", folder, *arguments).code == 2


def test_a_folder_without_a_database_is_exit_2_and_stays_empty(yigao: Yigao, tmp_path: Path) -> None:
    ran = yigao("audit", "verify", "--data", tmp_path / "nothing")
    assert (ran.code, ran.err.startswith("AUD-101")) == (2, True), ran
    assert not (tmp_path / "nothing").exists()


def test_a_database_without_its_tables_is_exit_2_and_a_damaged_one_exit_1(yigao: Yigao, tmp_path: Path) -> None:
    file = tmp_path / "yigao.db"
    file.touch()
    ran = yigao("audit", "verify", "--data", tmp_path)
    assert (ran.code, ran.err.startswith("AUD-103")) == (2, True), ran
    file.write_bytes(b"no database at all, " * 400)
    ran = yigao("audit", "verify", "--data", tmp_path)
    assert (ran.code, ran.err.startswith("AUD-207")) == (1, True), ran


def test_the_trail_of_a_delivery_is_a_table_with_the_zone_named(yigao: Yigao, folder: Path) -> None:
    ran = yigao("audit", "show", "--delivery", "2", "--data", folder)
    assert ran.code == 0, ran
    lines = ran.out.splitlines()
    assert len(lines) == 1 + len(WAY)
    assert lines[0].split() == ["时间", "任务", "账号", "从", "到", "次", "何人", "版本", "封存", "缘由"]
    assert "2026-05-04 09:00:00 Asia/Shanghai" in lines[1]
    assert "编辑 (user:1)" in lines[1]
    assert "定时发布" in lines[1]
    assert "FAK-101 对方没有回应。" in lines[4]


def test_the_last_moves_of_all_are_given_as_json(yigao: Yigao, folder: Path) -> None:
    ran = yigao("audit", "show", "--last", "3", "--json", "--data", folder)
    moves = json.loads(ran.out)["moves"]
    assert (ran.code, [move["move_id"] for move in moves]) == (0, [12, 13, 14])
    last = moves[-1]
    assert (last["source"], last["target"], last["position"]) == ("working", "published", 14)
    assert (last["at"], last["local"], last["zone"]) == (
        "2026-05-04T01:00:06+00:00",
        "2026-05-04T09:00:06+08:00",
        "Asia/Shanghai",
    )


def test_a_delivery_that_does_not_exist_is_exit_1(yigao: Yigao, folder: Path) -> None:
    ran = yigao("audit", "show", "--delivery", "99", "--data", folder, language="en")
    assert (ran.code, ran.err.startswith("AUD-102 No moves")) == (1, True), ran


def test_a_control_character_in_a_reason_does_not_reach_the_terminal(
    yigao: Yigao, folder: Path, lite: Services
) -> None:
    unguard(lite)
    execute(lite, "UPDATE moves SET reason = 'a' || char(27) || '[2Jb'")
    ran = yigao("audit", "show", "--data", folder)
    assert "\x1b" not in ran.out
    assert "a [2Jb" in ran.out


@pytest.mark.parametrize("which", ["verify", "show"])
def test_each_explains_itself(yigao: Yigao, which: str) -> None:
    ran = yigao("audit", which, "--help")
    assert (ran.code, "--json" in ran.out) == (0, True)
