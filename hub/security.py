"""The key that signs cookies."""

from __future__ import annotations

import secrets
from pathlib import Path

from hub.files import make_private

KEY_FILE = "secret.key"


def secret_key(folder: Path) -> bytes:
    """The key that signs this installation's sessions; made at the first start, readable by its owner alone."""
    path = folder / KEY_FILE
    if not path.exists():
        make_private(path, secrets.token_bytes(32))
    return path.read_bytes()
