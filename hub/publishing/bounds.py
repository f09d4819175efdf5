"""What bounds a slow step of a delivery, handed in by whoever runs it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from hub.publishing.claiming import Claim

Clock = Callable[[], datetime]
# Bounds a slow step of a claimed delivery; raises TooSlowError inside it. The worker passes a real one.
Guard = Callable[[Claim], AbstractContextManager[None]]


class TooSlowError(Exception):
    """A render or a send took longer than its share of the lease."""


class TooLateError(Exception):
    """The lease is nearly over, or this process stood still until it was: the step was not begun."""


def unbounded(_claim: Claim) -> AbstractContextManager[None]:
    """A guard that lets a step take as long as it takes."""
    return nullcontext()


def never() -> bool:
    """No stop is wanted."""
    return False
