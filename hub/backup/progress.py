"""How a long step tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Step(StrEnum):
    """What is being done, in this order: a backup the first two, a restore the others."""

    READ = "read"
    PACK = "pack"
    VERIFY = "verify"
    LOAD = "load"
    SITE = "site"


# The step, the units done and the units there are (0 when nobody knows); rows, files, or bytes of the backup.
Progress = Callable[[Step, int, int], None]


def silent(_step: Step, _done: int, _total: int) -> None:
    """Tells nobody."""
