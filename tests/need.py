"""What the tests need from the machine: Chromium. Installed on Debian when we may, else said in one sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


def main() -> int:
    """0 when Chromium is there (or has just been installed), else 1 with the way to get it."""
    if shutil.which("chromium"):
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Debian's Chromium for the browser tests …", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, timeout=900)
        if shutil.which("chromium"):
            return 0
    print("The browser tests need Chromium on the PATH: sudo apt-get install chromium", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
