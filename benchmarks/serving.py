"""CPU a request of one feed: made by feedgen each time, served by the hub, served by nginx. CPU of a short address, and
bytes of a new entry.
"""

from __future__ import annotations

import http.client
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks._empty import process
from benchmarks._serving import BASE, ENTRIES, PATH, feed, installed
from channels.short_links import Kind, Target
from hub.outlets import Folder
from tests import nginx

WARM = 20
PATIENCE_SECONDS = 30.0
GZIP = {"Accept-Encoding": "gzip"}
DELTA = {"A-IM": "feed"}
BROWSER = {"User-Agent": "Mozilla/5.0"}
CODE = Target(Kind.PIECE, 1).code


class Server(NamedTuple):
    """A web server, the process whose CPU counts, and so many requests that a clock tick is little of it."""

    name: str
    port: int
    pid: int
    requests: int


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def run() -> list[dict[str, Any]]:
    """Times as much a second as feedgen for each request, then bytes of the answer that brings one new entry."""
    with tempfile.TemporaryDirectory(prefix="yigao-bench-") as name, ExitStack() as stack:
        data = Path(name)
        installed(data).db.close()
        folder = Folder(data / "site" / "main")
        folder.write(PATH, feed(), "")
        folder.write(Target(Kind.PIECE, 1).place + "index.html", b"page", "")
        made = _python(stack, "feedgen", data, 200)
        hub = _python(stack, "hub", data, 2_000)
        before = stack.enter_context(
            nginx.nginx(data / "nginx", root=folder.root, base=BASE, websub="", upstream=hub.port)
        )
        outside = Server("nginx", before, _nginx_worker(data / "nginx"), 20_000)
        one = _cpu(made, {}, 200)
        rows = [_row("feedgen a request", one, one)]
        for server in (hub, outside):
            rows += [_row(f"{server.name} {how}", taken, one) for how, taken in _ways(server)]
        counted = _cpu(hub, BROWSER, 302, f"/s/{CODE}/cards")
        rows.append(_row("hub short address, counted", counted, one))
        rows += _sizes(hub.port, folder)
    return rows


def _row(name: str, taken: float, one: float) -> dict[str, Any]:
    return {
        "name": f"serving: {name}",
        "value": round(taken * 1000, 3),
        "unit": "CPU ms a request",
        "against": "feedgen a request (times as many)",
        "ratio": round(one / taken, 1),
    }


def _ways(server: Server) -> Iterator[tuple[str, float]]:
    """The feed plain, packed, and for who has it already."""
    tag = _ask(server.port, {}).headers["ETag"]
    yield "plain", _cpu(server, {}, 200)
    yield "gzip", _cpu(server, GZIP, 200)
    yield "304", _cpu(server, {"If-None-Match": tag}, 304)


def _cpu(server: Server, headers: dict[str, str], status: int, path: str = f"/{PATH}") -> float:
    """Seconds of the server's CPU for one request, over one connection after the other as each server keeps them."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
    begun = 0.0
    for number in range(WARM + server.requests):
        if number == WARM:
            begun = _used(server.pid)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != status:
            raise RuntimeError(f"{server.name}: {answer.status} instead of {status}")
    connection.close()
    return (_used(server.pid) - begun) / server.requests


def _used(pid: int) -> float:
    """Seconds of CPU that the process has had, its own and the kernel's for it."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _sizes(port: int, folder: Folder) -> list[dict[str, Any]]:
    """A reader that has the feed comes back after one more entry: with `A-IM: feed` and without, both packed."""
    tag = _ask(port, GZIP | DELTA).headers["ETag"]
    folder.write(PATH, feed(ENTRIES + 1), "")
    whole = _ask(port, GZIP)
    new = _ask(port, GZIP | DELTA | {"If-None-Match": tag})
    if (whole.status, new.status) != (200, 226):
        raise RuntimeError(f"{whole.status} and {new.status} instead of 200 and 226")
    against = "the whole feed, packed"
    return [
        {
            "name": f"serving: one new entry, {how}",
            "value": len(answer.body),
            "unit": "bytes",
            "against": against,
            "ratio": round(len(answer.body) / len(whole.body), 3),
        }
        for how, answer in (("without A-IM", whole), ("A-IM: feed (226)", new))
    ]


def _ask(port: int, headers: dict[str, str]) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.request("GET", f"/{PATH}", headers=headers)
    answer = connection.getresponse()
    told = Answer(answer.status, answer.headers, answer.read())
    connection.close()
    return told


def _python(stack: ExitStack, kind: str, data: Path, requests: int) -> Server:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    started = stack.enter_context(process(sys.executable, "-m", "benchmarks._serving", kind, str(data), str(port)))
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return Server(kind, port, started.pid, requests)
        time.sleep(0.05)
    raise RuntimeError(f"{kind} did not start")


def _nginx_worker(folder: Path) -> int:
    """The one child of nginx that answers."""
    master = (folder / "pid").read_text(encoding="ascii").strip()
    return int(Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()[0])
