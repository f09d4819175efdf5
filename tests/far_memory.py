"""A memory for channels that nobody else shares, with a clock of its own, and a line to this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import httpx

from channels.base import Retryable
from channels.far import FarEnd, Steps, Token
from channels.words import Words


@dataclass
class PlainMemory:
    """`channels.far.Memory` in plain dictionaries."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    tokens: dict[str, Token] = field(default_factory=dict)
    calls: dict[tuple[str, date, str], int] = field(default_factory=dict)
    things: dict[tuple[str, str], str] = field(default_factory=dict)
    sends: dict[str, Steps] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.clock()

    def token(self, account: str, fetch: Callable[[str], Token], refused: str = "") -> str:
        there = self.tokens.get(account)
        if there is None or there.value == refused or there.ends - self.now() <= timedelta(minutes=5):
            there = self.tokens[account] = fetch(refused)
        return there.value

    def count(self, account: str, group: str, day: date, limit: int) -> int:
        made = self.calls.get((account, day, group), 0) + 1
        self.calls[account, day, group] = made
        return made

    def exhaust(self, account: str, group: str, day: date, limit: int) -> None:
        self.calls[account, day, group] = max(limit, self.calls.get((account, day, group), 0))

    def used(self, account: str, day: date) -> Mapping[str, int]:
        return {g: n for (a, d, g), n in self.calls.items() if (a, d) == (account, day)}

    def kept(self, account: str, name: str) -> str:
        return self.things.get((account, name), "")

    def keep(self, account: str, name: str, value: str) -> None:
        self.things[account, name] = value

    def steps(self, key: str) -> Steps:
        return self.sends.get(key, Steps(key))

    def note(self, steps: Steps, **said: str) -> Steps:
        if self.steps(steps.key).version != steps.version:
            raise Retryable("DLV-509", Words("被接手。", "Overtaken."))
        made = {name: value for name, value in {**steps.said, **said}.items() if value}
        self.sends[steps.key] = Steps(steps.key, made, steps.version + 1)
        return self.sends[steps.key]


def far_end(memory: PlainMemory | None = None) -> FarEnd:
    """A far end whose line goes wherever it is told."""
    return FarEnd(memory or PlainMemory(), lambda: httpx.HTTPTransport(trust_env=False))
