"""The editor's reading and writing of Markdown, in Node."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

AGAIN = Path(__file__).parent / "again.mjs"
NODE = Path(sys.executable).parent / "node"


class Written(NamedTuple):
    """A text as the editor writes it: untouched, with every block touched, and that once more."""

    kept: str
    fresh: str
    twice: str


@pytest.fixture(scope="session")
def again() -> Iterator[Callable[[str], Written]]:
    """Reads a body and writes it as the editor does."""
    command = [str(NODE), str(AGAIN)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8") as node:
        assert node.stdin is not None
        assert node.stdout is not None
        writing, reading = node.stdin, node.stdout

        def ask(text: str) -> Written:
            writing.write(json.dumps(text) + "\n")
            writing.flush()
            return Written(**json.loads(reading.readline()))

        yield ask
        writing.close()
