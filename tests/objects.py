"""A real server that speaks S3, as a process of its own: one a test session, a bucket a test."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

START_SECONDS = 60.0
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


class Bucket(NamedTuple):
    """A bucket that anybody may read at `address`, with a slash at its end; `output` is the setting for it."""

    address: str
    output: str


class Server:
    """The running server; `address` has no slash at its end."""

    def __init__(self, address: str) -> None:
        self.address = address

    def bucket(self) -> Bucket:
        """A new bucket."""
        name = f"site-{secrets.token_hex(4)}"
        request = urllib.request.Request(
            f"{self.address}/{name}", method="PUT", headers={"x-amz-acl": "public-read-write"}
        )
        urllib.request.urlopen(request, timeout=30).close()
        return Bucket(f"{self.address}/{name}/", f"s3://{name}/public?endpoint={self.address}&region=us-east-1")


@contextmanager
def serving() -> Iterator[Server]:
    """The server, until the block ends. Raises RuntimeError when it does not start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env={**os.environ, **KEYS})
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process)
        yield Server(address)
    finally:
        process.terminate()
        process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the S3 server did not start")
