"""What the tests need from the machine. Installed on Debian when we may, else said in one sentence."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys

from tests import nginx

# Debian's package -> is it there?
NEEDED = {
    "chromium": lambda: shutil.which("chromium") is not None,
    "khal": lambda: shutil.which("khal") is not None,
    "libical3": lambda: ctypes.util.find_library("ical") is not None,
    "libnginx-mod-http-brotli-static": nginx.BROTLI.exists,
    "newsboat": lambda: shutil.which("newsboat") is not None,
    "nginx-light": lambda: nginx.program() is not None,
}


def missing() -> list[str]:
    """The packages that are not there."""
    return [name for name, there in NEEDED.items() if not there()]


def main() -> int:
    """0 when everything is there (or has just been installed), else 1 with the way to get it."""
    wanted = missing()
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {' '.join(wanted)} for the tests …", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *wanted]):
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, timeout=900)
    if left := missing():
        print(f"The tests need these on the machine: sudo apt-get install {' '.join(left)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
