"""`yigao hold`: order, list and lift from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli_runner import yigao


def test_a_switch_is_ordered_listed_and_lifted(tmp_path: Path) -> None:
    where = ("--data", tmp_path / "var")
    ordered = yigao("hold", "now", "--reason", "全国哀悼日", *where)
    assert ordered.code == 0, ordered
    assert "yigao hold lift 1" in ordered.out
    listed = json.loads(yigao("hold", "list", "--json", *where).out)["holds"]
    assert [(h["id"], h["name"], h["kind"], h["office"], h["held"]) for h in listed] == [
        (1, "全国哀悼日", "switch", None, 0)
    ]
    assert yigao("hold", "lift", 1, *where).code == 0
    again = yigao("hold", "lift", 1, *where)
    assert again.code == 1
    assert "HLD-409" in again.err
    assert "没有暂停" in yigao("hold", "list", *where).out


def test_quiet_times_are_read_in_the_offices_zone(tmp_path: Path) -> None:
    where = ("--data", tmp_path / "var")
    times = ("--from", "2031-06-07T08:00", "--to", "2031-06-09T18:00")
    assert yigao("hold", "window", *times, "--reason", "高考", *where).code == 0
    night = yigao("hold", "nightly", "--from", "22:00", "--to", "07:00", "--reason", "夜间", "--resume", *where)
    assert night.code == 0
    listed = yigao("hold", "list", *where).out
    assert "2031-06-07 08:00 – 2031-06-09 18:00" in listed
    assert "22:00–07:00" in listed
    wrong = yigao("hold", "nightly", "--from", "22:00", "--to", "22:00", "--reason", "夜间", *where)
    assert wrong.code == 1
    assert "HLD-106" in wrong.err
