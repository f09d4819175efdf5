"""The log: one JSON line a record, with the delivery it is about, and never what a draft or a setting says."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub import logs, supervisor
from hub.config import Config
from hub.domain.states import State
from hub.logs import JsonLines, about
from hub.publishing.scheduling import schedule
from tests.fakes import EDITOR, write
from tests.processes.fake_leaks import BODY, PASSWORD, PHONE, TITLE, services_of
from tests.processes.helpers import ROOT, end, redis_server, until
from tests.publishing.helpers import state


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


def test_whatever_is_said_while_a_delivery_is_worked_on_names_it() -> None:
    with about(delivery=12):
        with about(attempt=2):
            assert (_line()["delivery"], _line()["attempt"]) == (12, 2)
        assert "attempt" not in _line(name="some.library")
        assert _line(name="some.library")["delivery"] == 12
    assert "delivery" not in _line()


def test_only_known_fields_are_written() -> None:
    assert "password" not in _line(password="secret")


def test_an_error_is_named_by_its_kind_and_place_not_by_its_message() -> None:
    try:
        try:
            int("身份证号 110101199003077758")
        except ValueError as error:
            raise RuntimeError("110101199003077758") from error
    except RuntimeError:
        line = _line(exc_info=sys.exc_info())
    assert line["error"] == "RuntimeError from ValueError"
    assert "test_logs.py" in str(line["where"])
    assert "1101" not in json.dumps(line)


@pytest.mark.parametrize(
    ("msg", "args", "said"),
    [
        ("job %s failed (%s)", ("1", "Traceback: 13912345678"), "job %s failed (%s) [x.py:7]"),
        ("put together: 13912345678", (), "(left out) [x.py:7]"),
        ("%s\n13912345678", ("1",), "%s [x.py:7]"),
    ],
)
def test_of_what_a_library_says_only_the_pattern_and_the_place(msg: str, args: tuple[str, ...], said: str) -> None:
    assert _line(name="rq.worker", msg=msg, args=args, pathname="/lib/x.py", lineno=7)["message"] == said


def test_the_supervisor_keeps_a_journal(tmp_path: Path) -> None:
    journal = tmp_path / "log" / "supervisor.log"
    said: list[str] = []
    with logs.to_file(journal, "yigao.supervisor"):
        tree = supervisor.Tree(Config(data=tmp_path), {}, lambda words: said.append(words.zh))
        tree.programs.append(supervisor.Program("clock", [sys.executable, "-c", "raise SystemExit(3)"], stage=0))
        tree.start(tree.programs[0])
        until(lambda: tree.tend() or said)
        tree.stop()
    started, ended, stopping = map(json.loads, journal.read_text().splitlines())
    assert (started["message"], started["program"]) == ("started", "clock")
    assert (ended["message"], ended["program"], ended["exit"], ended["level"]) == ("ended", "clock", 3, "warning")
    assert stopping["message"] == "stopping"


# --- real processes in which everything breaks with what must not be said ---


def _run(kind: str, data: Path, url: str) -> subprocess.Popen[bytes]:
    with (data / f"{kind}.log").open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.processes.fake_leaks", kind, str(data)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "REDIS_URL": url},
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def _lines(data: Path, kind: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (data / f"{kind}.log").read_text().splitlines()]


@pytest.mark.processes
@pytest.mark.usefixtures("socket_enabled")
def test_no_text_no_number_and_no_secret_reaches_a_log_however_things_break(tmp_path: Path) -> None:
    data = tmp_path / "var"
    data.mkdir()
    with redis_server(data) as url:
        services = services_of(data, create=True, redis_url=url)
        now = services.db.now()
        outcomes = schedule(
            services, actor=EDITOR, revision_id=write(services, TITLE), account_ids=[1, 2], at=None, now=now
        )
        renders, sends = (outcome.delivery_id or 0 for outcome in outcomes)
        processes = [_run(kind, data, url) for kind in ("worker", "clock", "web")]
        try:
            until(lambda: state(services, renders) == State.FAILED, 60)
            until(lambda: state(services, sends) == State.UNKNOWN, 60)
            until(lambda: any(line["message"] == "look broke" for line in _lines(data, "worker")), 60)
            processes[2].wait(60)
        finally:
            for process in processes:
                end(process)
            services.db.close()
    for kind in ("worker", "clock", "web"):
        text = (data / f"{kind}.log").read_text()
        assert not [word for word in (TITLE, BODY, PHONE, PASSWORD) if word in text], kind
        # It was said in every way, and each way left its line.
        kinds = {line.get("error") for line in _lines(data, kind)}
        assert {"RuntimeError", "ValueError from RuntimeError"} <= kinds
        assert {line["logger"] for line in _lines(data, kind)} >= {"some.library", "yigao", "yigao.warnings"}
    assert any(line["message"] == "job broke" for line in _lines(data, "worker"))
    for delivery in (renders, sends):
        about_it = [line for line in _lines(data, "worker") if line.get("delivery") == delivery]
        assert {line["logger"] for line in about_it} >= {"some.library", "yigao.delivery"}
