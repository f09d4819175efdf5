"""An editor who never stops: schedules one text after the other until its process is ended."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from tests.backup.house import house
from tests.backup.test_while_writing import schedule_one


def main(folder: str, url: str) -> None:
    """Schedule for ever."""
    services = house(Path(folder), url, office=False)
    for number in count():
        schedule_one(services, f"第{number}篇")


if __name__ == "__main__":
    main(*sys.argv[1:3])
