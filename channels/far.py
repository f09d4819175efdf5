"""What a channel that talks to a platform is handed: a memory that all workers share, and a line it may talk on.

A channel knows no database and no queue. The installation hands these over as validation context of the account's
settings (`{"far_end": FarEnd}`), as it does the outbox; they are never stored with the account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol

import httpx


class Token(NamedTuple):
    """A platform's access token, and when it ends."""

    value: str
    ends: datetime


@dataclass(frozen=True)
class Steps:
    """How far a send of several steps has come: what was begun and what came of it, by names of the channel's own.
    `version` tells a writer that has the newest from one that was overtaken.
    """

    key: str
    said: Mapping[str, str] = field(default_factory=dict)
    version: int = 0

    def __getitem__(self, name: str) -> str:
        """What stands under the name; "" for nothing."""
        return self.said.get(name, "")


class Memory(Protocol):
    """What outlives a call and a worker. `account` is the platform's name of the account, with the channel in front;
    every change is committed when its method returns.
    """

    def now(self) -> datetime:
        """The instant by which tokens and days are judged."""
        ...

    def token(self, account: str, fetch: Callable[[str], Token], refused: str = "") -> str:
        """The account's token, which is not `refused`. Without one `fetch` is called, by one worker at a time, with the
        refused one; the others wait for what it brings. It raises what `fetch` raises.
        """
        ...

    def count(self, account: str, group: str, day: date, limit: int) -> int:
        """Count a call of this group on this day, and say how many that makes."""
        ...

    def exhaust(self, account: str, group: str, day: date, limit: int) -> None:
        """The platform says that the day's calls of this group are used up."""
        ...

    def used(self, account: str, day: date) -> Mapping[str, int]:
        """The calls of the day by group."""
        ...

    def kept(self, account: str, name: str) -> str:
        """What is kept under the name ("" for nothing), such as the address of a picture that was uploaded."""
        ...

    def keep(self, account: str, name: str, value: str) -> None:
        """Keep it for every later send of the account."""
        ...

    def steps(self, key: str) -> Steps:
        """How far the send with this key has come."""
        ...

    def note(self, steps: Steps, **said: str) -> Steps:
        """Write further steps; an empty one is taken away. Raises Retryable when somebody else has written meanwhile:
        then this is not our send any more.
        """
        ...


@dataclass(frozen=True)
class FarEnd:
    """Memory and line. `transport` makes a transport that goes nowhere but where the installation allows."""

    memory: Memory
    transport: Callable[[], httpx.BaseTransport]
