"""What a worker's child has in its hand, told to its parent through shared memory: readable also when the child hangs
inside a library that never lets go of the interpreter.
"""

from __future__ import annotations

import mmap
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hub.publishing.claiming import Claim

# A sequence that is odd while the child writes, the claim's token, the delivery, and two instants of the steady clock.
_SHAPE = struct.Struct("=Q36sqdd")


@dataclass(frozen=True)
class InHand:
    """One slow step of one delivery, begun `since` and under a lease that `ends`, on the steady clock."""

    token: str
    delivery_id: int
    since: float
    ends: float


class Progress:
    """Made before the fork; the child writes, the parent reads."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SHAPE.size)

    @contextmanager
    def of(self, claim: Claim) -> Iterator[None]:
        """Say that a slow step of this delivery is under way for as long as the block lasts."""
        self._write(claim.token.encode(), claim.delivery_id, time.monotonic(), claim.ends)
        try:
            yield
        finally:
            self.clear()

    def clear(self) -> None:
        """Say that nothing is in hand."""
        self._write(b"", 0, 0.0, 0.0)

    def _write(self, token: bytes, delivery_id: int, since: float, ends: float) -> None:
        sequence = _SHAPE.unpack_from(self._memory)[0]
        _SHAPE.pack_into(self._memory, 0, sequence + 1, token, delivery_id, since, ends)
        _SHAPE.pack_into(self._memory, 0, sequence + 2, token, delivery_id, since, ends)

    def read(self) -> InHand | None:
        """What is in hand; None when nothing is, or when it changes at this moment."""
        first = _SHAPE.unpack_from(self._memory)
        sequence, token, delivery_id, since, ends = first
        if sequence % 2 or _SHAPE.unpack_from(self._memory) != first or not delivery_id:
            return None
        return InHand(token.rstrip(b"\0").decode(), delivery_id, since, ends)
