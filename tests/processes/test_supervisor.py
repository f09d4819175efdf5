"""The process tree: it starts, mends itself, and leaves nothing behind however it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from hub.config import Config
from hub.domain.refusals import Refusal
from hub.models import Heartbeat
from hub.supervisor import is_running, precheck, temporary
from tests.fakes import make_services
from tests.processes.helpers import ROOT, descendants, end, gone, until

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("socket_enabled")]

Up = Callable[..., "subprocess.Popen[bytes]"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    """Start a tree on DATA (created with its tables) and wait until it answers, unless told not to."""
    trees: list[subprocess.Popen[bytes]] = []

    def start(name: str = "var", port: int | None = None, *, wait: bool = True) -> subprocess.Popen[bytes]:
        data = tmp_path / name
        if not data.exists():
            make_services(data).db.close()
        command = [sys.executable, "-m", "tests.processes.fake_up", str(data), str(port or _free_port())]
        tree = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        trees.append(tree)
        if wait:
            assert tree.stdout is not None
            assert tree.stdout.readline() == b"started\n", tree.stderr.read() if tree.stderr else b""
        return tree

    yield start
    for tree in trees:
        below = descendants(tree.pid) if tree.poll() is None else []
        end(tree)
        for pipe in (tree.stdout, tree.stderr):
            if pipe:
                pipe.close()
        for process in below:
            if process.is_running():
                process.kill()


def _named(tree: subprocess.Popen[bytes], part: str) -> list[psutil.Process]:
    return [p for p in descendants(tree.pid) if part in _command(p)]


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


def test_a_tree_is_server_web_clock_and_workers(up: Up, tmp_path: Path) -> None:
    tree = up()
    until(
        lambda: [len(_named(tree, p)) for p in ("valkey-server", "http.server", "hub.clock", "worker")] == [1, 1, 1, 2]
    )
    services = make_services(tmp_path / "var", create=False)

    def beats() -> set[str]:
        with services.db.reading() as session:
            return {row.name.split(":")[0] for row in session.query(Heartbeat)}

    until(lambda: beats() == {"clock", "worker"})
    services.db.close()
    socket_mode = (tmp_path / "var/run/redis.sock").stat().st_mode & 0o777
    assert socket_mode == 0o700


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_asked_to_stop_it_stops_everything_within_five_seconds(up: Up, name: str) -> None:
    tree = up()
    until(lambda: len(descendants(tree.pid)) >= 5)
    below = descendants(tree.pid)
    began = time.monotonic()
    tree.send_signal(getattr(signal, name))
    assert tree.wait(timeout=10) == 0
    assert gone(below)
    assert time.monotonic() - began < 5


def test_killed_it_leaves_nothing_behind(up: Up) -> None:
    tree = up()
    until(lambda: len(descendants(tree.pid)) >= 5)
    below = descendants(tree.pid)
    tree.kill()
    tree.wait()
    until(lambda: gone(below), 3)


def test_whatever_dies_is_started_again_and_said(up: Up) -> None:
    tree = up()
    parts = {"valkey-server": 1, "hub.clock": 1, "worker.py": 2, "http.server": 1}
    until(lambda: all(len(_named(tree, part)) == count for part, count in parts.items()))
    victims = [_named(tree, part)[0] for part in parts]
    for victim in victims:
        victim.kill()
    until(lambda: gone(victims))
    until(lambda: all(len(_named(tree, part)) == count for part, count in parts.items()))
    os.kill(tree.pid, signal.SIGTERM)
    tree.wait(timeout=10)
    assert tree.stderr is not None
    said = tree.stderr.read().decode()
    assert all(f"{name} 已退出（信号 9）" in said for name in ("server", "clock", "worker-1", "web"))


def test_a_second_instance_runs_beside_the_first(up: Up, tmp_path: Path) -> None:
    first, second = up("one"), up("two")
    assert first.poll() is None
    assert second.poll() is None
    assert is_running(Config(data=tmp_path / "one"))


def test_a_second_start_on_one_folder_is_refused(up: Up, tmp_path: Path) -> None:
    up()
    again = up(wait=False)
    assert again.wait(timeout=10) == 2
    assert again.stderr is not None
    said = again.stderr.read().decode()
    assert said.startswith("数据目录")
    assert "Traceback" not in said


def test_a_busy_port_is_one_sentence_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Refusal, match="SYS-201") as refusal:
            precheck(Config(data=tmp_path / "var", port=port))
    assert str(port) in refusal.value.words.zh


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Refusal, match="SYS-203"):
        precheck(Config(data=tmp_path / "file" / "var"))


def test_a_temporary_tree_works_and_goes(tmp_path: Path) -> None:
    make_services(tmp_path / "var").db.close()
    config = Config(data=tmp_path / "var", workers=1, redis_url="")
    assert not is_running(config)
    # Another test's fixture may still have an installation running below this process.
    others = {process.pid for process in descendants(os.getpid())}

    def own() -> list[psutil.Process]:
        return [process for process in descendants(os.getpid()) if process.pid not in others]

    with temporary(config):
        assert is_running(config)
        until(lambda: len(own()) >= 3)
        below = own()
    assert gone(below)
    assert not is_running(config)


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    data = tmp_path / ("long" * 30)
    make_services(data).db.close()
    with temporary(Config(data=data, workers=1, redis_url="")) as tree:
        assert len(tree.redis_url) < 108
