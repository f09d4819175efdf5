"""The log: one JSON line a record, never what a draft or a setting says."""

from __future__ import annotations

import json
import logging
import sys

from hub.logs import JsonLines


def _line(**fields: object) -> dict[str, object]:
    record = logging.makeLogRecord({"name": "yigao.x", "levelname": "INFO", "msg": "published", **fields})
    text = JsonLines().format(record)
    assert "\n" not in text
    found: dict[str, object] = json.loads(text)
    return found


def test_a_record_names_its_delivery() -> None:
    line = _line(delivery=12, channel="x")
    assert (line["message"], line["delivery"], line["channel"], line["level"]) == ("published", 12, "x", "info")
    assert str(line["at"]).endswith("+00:00")


def test_only_known_fields_are_written() -> None:
    assert "password" not in _line(password="secret")


def test_an_error_is_named_by_its_kind_and_place_not_by_its_message() -> None:
    try:
        int("身份证号 110101199003077758")
    except ValueError:
        line = _line(exc_info=sys.exc_info())
    assert line["error"] == "ValueError"
    assert "test_logs.py" in str(line["where"])
    assert "1101" not in json.dumps(line)
