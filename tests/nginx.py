"""A real nginx with the project's own configuration, before a real web process."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import waitress
from flask import Flask

CONF = Path(__file__).parents[1] / "deploy" / "nginx.conf"
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
START_SECONDS = 20.0
# What stands around a file of sites-enabled; everything nginx writes goes into the test's folder.
MAIN = """
daemon off;
{user}
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log warn;
load_module {brotli};
events {{ worker_connections 256; }}
http {{
    access_log off;
    {temporary}
    include {folder}/site.conf;
}}
"""


def program() -> str | None:
    """Where nginx is; None when it isn't. Asked each time: `tests.need` asks before and after it installs."""
    return shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")


@contextmanager
def web(app: Flask) -> Iterator[int]:
    """The application under waitress, as it is really served; gives the port."""
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)

    def run() -> None:
        # A connection that a client keeps open is closed under the loop's feet at the end.
        with suppress(OSError):
            server.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield int(server.effective_port)
    finally:
        server.close()
        thread.join(10)


@contextmanager
def nginx(folder: Path, *, root: Path, base: str, websub: str, upstream: int) -> Iterator[int]:
    """nginx over the site's folder `root`, its own files in `folder`; gives the port. Raises RuntimeError with nginx's
    own words when it does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    (folder / "proxy_params").write_text(
        "proxy_set_header Host $host;\nproxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
        "proxy_set_header X-Forwarded-Proto $scheme;\n"
    )
    (folder / "site.conf").write_text(
        _changed(CONF.read_text(encoding="utf-8"), folder, root, base, websub, upstream, port)
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n    ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    # Started as root, nginx would read the test's folder as nobody.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, brotli=BROTLI, temporary=temporary, user=user))
    log, conf = folder / "error.log", folder / "nginx.conf"
    command = [program() or "nginx", "-p", str(folder), "-e", str(log), "-c", str(conf)]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait(port, process, folder)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _changed(conf: str, folder: Path, root: Path, base: str, websub: str, upstream: int, port: int) -> str:
    """The configuration with the five places changed that the file names, as an operator does, and Brotli on."""
    for old, new in {
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{upstream};",
        'default "https://www.example.gov.cn/";': f'default "{base}";',
        'map $host $yigao_websub {\n    default "";': f'map $host $yigao_websub {{\n    default "{websub}";',
        "listen 80;\n    listen [::]:80;": f"listen 127.0.0.1:{port};",
        "root /var/lib/yigao/site/main;": f"root {root};",
        "# brotli_static on;": "brotli_static on;",
        "/etc/nginx/proxy_params": f"{folder}/proxy_params",
    }.items():
        assert old in conf, old
        conf = conf.replace(old, new)
    assert not re.search(r"/var/lib/yigao", conf)
    return conf


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError((folder / "output").read_text() + (folder / "error.log").read_text())
